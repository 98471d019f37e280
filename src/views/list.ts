import type { Job, JobId } from '../job/job.ts';
import type { Message } from '../world.ts';
import type { Around } from './card.ts';
import { facts, stateLine, stateText } from './card.ts';
import type { Mrkdwn } from './text.ts';
import { clip, context, esc, join, limits, link, section, unformatted } from './text.ts';
import type { Words } from './words.ts';

/** Links to the jobs' cards, by job id; a job without one has no card yet. */
export interface Links {
  links: Partial<Record<JobId, string>>;
}

const shown = 15;
const together = 5;

/** Jobs, a line each, in the order given. */
export function list(jobs: readonly Job[], around: Around, { links }: Links): Message {
  const { list: words } = around.words;
  if (!jobs.length) return { text: unformatted(words.empty), blocks: [section('empty', [words.empty])] };
  const lines = jobs.slice(0, shown).map(job => jobLine(job, around.words, { links }));
  const more = jobs.length - lines.length;
  const parts = Array.from({ length: Math.ceil(lines.length / together) }, (_, i) =>
    section(`jobs-${i + 1}`, lines.slice(i * together, (i + 1) * together)),
  );
  return {
    text: words.text(jobs.length),
    blocks: [section('title', [words.title]), ...parts, ...(more > 0 ? [context('more', [words.more(more)])] : [])],
  };
}

/** A job in one line of a list: its model, its state, who asked for it and when. */
export function jobLine(job: Job, words: Words, { links, by = true }: Links & { by?: boolean }): Mrkdwn {
  const url = links[job.id];
  const name = url ? link(url, clip(job.spec.modelName, limits.button)) : clip(esc(job.spec.modelName), limits.button);
  const { requester, createdAt } = job;
  const asked = by ? words.list.by(requester.user, createdAt) : words.home.when(createdAt);
  return clip(join([stateLine(job, words), name, asked, words.card.id(job.id)]), limits.line);
}

/** One job as it stands, and where its card is. */
export function status(job: Job, { words }: Around, { links }: Links): Message {
  const url = links[job.id];
  return {
    text: stateText(job, words),
    blocks: [
      section('state', [words.card.title(job.spec), stateLine(job, words)]),
      context('facts', [...facts(job, words), url ? link(url, words.list.card) : undefined]),
    ],
  };
}

/** What can be asked of Retort: each command with a line and an example. `unknown` is what was asked and is no command. */
export function help({ help: words }: Words, unknown?: string): Message {
  return {
    text: words.text,
    blocks: [
      section('title', [unknown ? words.unknown(unknown) : undefined, words.title]),
      section(
        'commands',
        words.commands.map(({ command, does, example }) => words.line(command, does, example)),
      ),
      context('threads', [words.threads]),
    ],
  };
}
