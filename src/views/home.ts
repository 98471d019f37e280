import type { HomeView, KnownBlock } from '@slack/types';
import type { Job } from '../job/job.ts';
import { isFinal } from '../job/job.ts';
import { approvalButtons } from './approval.ts';
import type { Around } from './card.ts';
import type { Links } from './list.ts';
import { jobLine } from './list.ts';
import type { Mrkdwn } from './text.ts';
import { context, limits, plain, section } from './text.ts';

const shown = 10;
const together = 5;

/** App Home of one person: what waits for their decision, what of theirs is under way, and their last jobs. */
export function home(
  { mine, waiting, links }: { mine: readonly Job[]; waiting: readonly Job[] } & Links,
  { words }: Around,
): HomeView {
  const { home: say } = words;
  const running = mine.filter(job => !isFinal(job));
  const ended = mine.filter(isFinal);
  const asked = (job: Job) => jobLine(job, words, { links });
  const own = (job: Job) => jobLine(job, words, { links, by: false });
  return {
    type: 'home',
    blocks: [
      { type: 'header', block_id: 'title', text: plain(say.title, limits.header) },
      ...(waiting.length ? decisions(waiting) : []),
      ...(mine.length
        ? part('running', [say.running], running.length ? running.map(own) : [say.nothingUnderWay])
        : [section('empty', [say.empty])]),
      ...(ended.length ? part('last', [say.last], ended.map(own)) : []),
      context('help', [say.help]),
    ],
  };

  /** What waits for a decision, each with its buttons. */
  function decisions(jobs: readonly Job[]): KnownBlock[] {
    const more = jobs.length - shown;
    return [
      { type: 'divider', block_id: 'waiting-line' },
      section('waiting', [say.waiting]),
      ...jobs
        .slice(0, shown)
        .flatMap((job, i) => [
          section(`waiting-${i + 1}`, [asked(job), words.approval.asksFor(job.requester.user, job.spec)]),
          { ...approvalButtons(job, words), block_id: `decision-${i + 1}` },
        ]),
      ...(more > 0 ? [section('waiting-more', [say.more(more)])] : []),
    ];
  }

  function part(id: string, title: readonly Mrkdwn[], lines: readonly Mrkdwn[]): KnownBlock[] {
    const more = lines.length - shown;
    const listed = [...lines.slice(0, shown), ...(more > 0 ? [say.more(more)] : [])];
    const pieces = Array.from({ length: Math.ceil(listed.length / together) }, (_, i) =>
      section(`${id}-${i + 1}`, listed.slice(i * together, (i + 1) * together)),
    );
    return [{ type: 'divider', block_id: `${id}-line` }, section(id, title), ...pieces];
  }
}
