import type { Decision } from '../job/change.ts';
import type { Job } from '../job/job.ts';
import type { Message } from '../world.ts';
import type { Around } from './card.ts';
import { clip, limits, section, unformatted } from './text.ts';

const together = 10;
/** The newest are shown. */
const shown = 40;
/** What all lines together may hold, in characters: who and when stand before a reason, which gives way. */
const room = 8000;

/** Every decision about a job: who, when, and for which digest. */
export function audit(job: Job, decisions: readonly Decision[], { words }: Around): Message {
  const { audit: say } = words;
  const newest = decisions.slice(-shown);
  const most = Math.min(limits.line, Math.floor(room / Math.max(1, newest.length)));
  const lines = newest.map(decision => clip(say.line(decision), most));
  const earlier = decisions.length - lines.length;
  const parts = Array.from({ length: Math.ceil(lines.length / together) }, (_, i) =>
    section(`decisions-${i + 1}`, lines.slice(i * together, (i + 1) * together)),
  );
  return {
    text: unformatted(say.text(job.spec.modelName)),
    blocks: [
      section('title', [say.title(job)]),
      ...(earlier > 0 ? [section('earlier', [say.earlier(earlier)])] : []),
      ...(parts.length ? parts : [section('none', [say.none])]),
    ],
  };
}
