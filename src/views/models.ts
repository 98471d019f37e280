import type { Job } from '../job/job.ts';
import type { Message, Registered } from '../world.ts';
import type { Around } from './card.ts';
import type { Links } from './list.ts';
import { registryUrl } from './registry.ts';
import type { Mrkdwn } from './text.ts';
import { clip, context, join, limits, link, section } from './text.ts';

/** A model in the Model Registry, with the job that made it, where that is known. */
export interface Made {
  model: Registered;
  job: Job | undefined;
}

/** What is known of the Model Registry: models, the newest first, and the regions that gave no answer. */
export interface Registry extends Links {
  made: readonly Made[];
  silent: readonly string[];
}

const together = 5;

/** The newest models of the Model Registry. */
export function models(known: Registry, around: Around): Message {
  const { models: say } = around.words;
  const lines = known.made.length ? known.made.map(made => modelLine(made, around, known)) : [say.none];
  return {
    text: say.text(known.made.length),
    blocks: [
      section('title', [say.title]),
      ...Array.from({ length: Math.ceil(lines.length / together) }, (_, i) =>
        section(`models-${i + 1}`, lines.slice(i * together, (i + 1) * together)),
      ),
      ...(known.silent.length ? [context('silent', [say.silent(known.silent)])] : []),
    ],
  };
}

/** A model in one line: its page, when it was made, where it can be asked, and by which job. */
export function modelLine({ model, job }: Made, { words, project }: Around, { links }: Links): Mrkdwn {
  const { models: say } = words;
  const title = clip(model.displayName || model.name, limits.button);
  const page = registryUrl(model.name, project);
  const card = job && links[job.id];
  return clip(
    join([
      page ? link(page, title) : say.unlinked(title),
      model.createdAt === undefined ? undefined : say.at(model.createdAt),
      model.deployed ? say.deployed : undefined,
      job ? say.by(job.id, job.requester.user) : say.elsewhere,
      card ? link(card, words.list.card) : undefined,
    ]),
    limits.line,
  );
}
