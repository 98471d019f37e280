import type { Job, JobId } from '../job/job.ts';
import { isFinal } from '../job/job.ts';
import type { Message } from '../world.ts';
import type { Around } from './card.ts';
import { cancelButton, cardIds, facts, stateLine, stateText } from './card.ts';
import { passportId } from './passport-id.ts';
import type { Mrkdwn } from './text.ts';
import { button, clip, context, esc, join, limits, link, section, unformatted } from './text.ts';
import type { Words } from './words.ts';

/** Links to the jobs' cards, by job id; a job without one has no card yet. */
export interface Links {
  links: Partial<Record<JobId, string>>;
}

/** What a list may be narrowed to; `all` are everybody's jobs. */
export const lists = ['all', 'mine', 'running', 'failed'] as const;
export type ListOf = (typeof lists)[number];

/** The action ids of the buttons below a list: each list, the page after this one, and one job as it stands. */
export const listIds = {
  all: 'list-all',
  mine: 'list-mine',
  running: 'list-running',
  failed: 'list-failed',
  older: 'list-older',
  show: 'show',
} as const satisfies Record<ListOf | 'older' | 'show', string>;

const together = 5;

/** A page of jobs, a line each, in the order given, and the ways on from there. `first`: no page stands before it. */
export function list(
  jobs: readonly Job[],
  { words }: Around,
  { links, of, more, first }: Links & { of: ListOf; more: boolean; first: boolean },
): Message {
  const { list: say } = words;
  const title = say.titles[of];
  const empty = first ? say.empty[of] : say.end;
  const lines = jobs.length ? jobs.map(job => jobLine(job, words, { links, by: of !== 'mine' })) : [empty];
  const parts = Array.from({ length: Math.ceil(lines.length / together) }, (_, i) =>
    section(`jobs-${i + 1}`, lines.slice(i * together, (i + 1) * together)),
  );
  const last = jobs.at(-1);
  return {
    text: jobs.length ? say.text(jobs.length, of) : unformatted(empty),
    blocks: [
      section('title', [title]),
      ...parts,
      {
        type: 'actions',
        block_id: 'lists',
        elements: [
          ...(more && last ? [button(listIds.older, { text: say.older, value: `${of} ${last.id}` })] : []),
          // Its own list once more: the newest, as they stand now.
          ...lists.map(name =>
            button(listIds[name], { text: name === of ? say.refresh : say.names[name], value: name }),
          ),
        ],
      },
    ],
  };
}

/** Jobs of one name, each with a button that shows it. */
export function namesakes(jobs: readonly Job[], name: string, { words }: Around, { links }: Links): Message {
  const { list: say } = words;
  return {
    text: unformatted(say.namesakes(name)),
    blocks: [
      section('title', [say.namesakes(name)]),
      ...jobs.map((job, i) => ({
        ...section(`namesake-${i + 1}`, [jobLine(job, words, { links })]),
        accessory: button(listIds.show, { text: say.show, value: job.id }),
      })),
    ],
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

/** One job as it stands, where its card is, and what can be done with it from here. */
export function status(job: Job, { words }: Around, { links }: Links): Message {
  const url = links[job.id];
  const again = isFinal(job) ? [button(cardIds.again, { text: words.card.again, value: job.id })] : [];
  const passport = button(passportId, { text: words.passport.button, value: job.id });
  const elements = [...cancelButton(job, words.card.cancel, words), ...again, passport];
  return {
    text: stateText(job, words),
    blocks: [
      section('state', [words.card.title(job.spec), stateLine(job, words)]),
      context('facts', [...facts(job, words), url ? link(url, words.list.card) : undefined]),
      { type: 'actions', block_id: 'actions', elements },
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
