import type { Decision } from '../job/change.ts';
import type { Job } from '../job/job.ts';
import type { Message } from '../world.ts';
import type { Around } from './card.ts';
import { clip, limits, section } from './text.ts';

const together = 10;
const shown = 40;

/** Every decision about a job: who, when, and for which digest. */
export function audit(job: Job, decisions: readonly Decision[], { words }: Around): Message {
  const { audit: say } = words;
  const lines = decisions.slice(0, shown).map(decision => clip(say.line(decision), limits.line));
  const parts = Array.from({ length: Math.ceil(lines.length / together) }, (_, i) =>
    section(`decisions-${i + 1}`, lines.slice(i * together, (i + 1) * together)),
  );
  return {
    text: say.text(job.spec.modelName),
    blocks: [section('title', [say.title(job)]), ...(parts.length ? parts : [section('none', [say.none])])],
  };
}
