import type { ActionsBlock, HomeView, KnownBlock } from '@slack/types';
import type { Job } from '../job/job.ts';
import type { Ledger } from '../job/quota.ts';
import type { Accelerator } from '../job/recipe.ts';
import { accelerators } from '../job/recipe.ts';
import type { Settings } from '../world.ts';
import { approvalButtons } from './approval.ts';
import type { Around } from './card.ts';
import { form } from './form.ts';
import type { Links } from './list.ts';
import { jobLine, listIds } from './list.ts';
import type { Registry } from './models.ts';
import { modelLine } from './models.ts';
import { preferIds } from './prefer-ids.ts';
import { heldLines } from './quota.ts';
import type { Mrkdwn } from './text.ts';
import { button, context, limits, plain, section } from './text.ts';

const together = 5;

/** Some jobs, and whether there are more of them. */
export interface Some {
  jobs: readonly Job[];
  more: boolean;
}

/** What App Home is drawn from: what waits for this person's decision, what of theirs is under way and what has ended, the quotas, and the newest models. */
export interface AtHome extends Links {
  waiting: Some;
  running: Some;
  ended: Some;
  ledgers: Record<Accelerator, Ledger>;
  registry: Registry;
  /** Whether they are told by direct message when a job of theirs ends. */
  direct: boolean;
}

/** App Home of one person. */
export function home(known: AtHome, around: Around, settings: Pick<Settings, 'capacity'>): HomeView {
  const { waiting, running, ended, ledgers, registry, links, direct } = known;
  const { words } = around;
  const { home: say } = words;
  const own = (job: Job) => jobLine(job, words, { links, by: false });
  const isNew = !running.jobs.length && !ended.jobs.length;
  return {
    type: 'home',
    blocks: [
      { type: 'header', block_id: 'title', text: plain(say.title, limits.header) },
      ways(),
      ...(waiting.jobs.length ? decisions() : []),
      ...(isNew
        ? [section('empty', [say.empty])]
        : part('running', [say.running], running.jobs.length ? lines(running, own) : [say.nothingUnderWay])),
      ...(ended.jobs.length ? part('last', [say.last], lines(ended, own)) : []),
      ...part(
        'quota',
        [words.home.quota],
        accelerators.flatMap(accelerator => heldLines(accelerator, ledgers[accelerator], words, settings)),
      ),
      ...(registry.made.length
        ? part(
            'models',
            [words.models.title],
            registry.made.map(made => modelLine(made, around, registry)),
          )
        : []),
      context('help', [say.help]),
    ],
  };

  /** Where one gets from here: a new job, and the lists. */
  function ways(): ActionsBlock {
    return {
      type: 'actions',
      block_id: 'ways',
      elements: [
        button(form.open, { text: say.begin, style: 'primary' }),
        button(listIds.mine, { text: say.mine, value: 'mine' }),
        button(listIds.all, { text: say.all, value: 'all' }),
        direct ? button(preferIds.off, { text: say.tellMeNot }) : button(preferIds.on, { text: say.tellMe }),
      ],
    };
  }

  /** What waits for a decision, each with its buttons. */
  function decisions(): KnownBlock[] {
    return [
      { type: 'divider', block_id: 'waiting-line' },
      section('waiting', [say.waiting]),
      ...waiting.jobs.flatMap((job, i) => [
        section(`waiting-${i + 1}`, [
          jobLine(job, words, { links }),
          words.approval.asksFor(job.requester.user, job.spec),
        ]),
        { ...approvalButtons(job, words), block_id: `decision-${i + 1}` },
      ]),
      ...(waiting.more ? [section('waiting-more', [say.more])] : []),
    ];
  }

  function lines({ jobs, more }: Some, line: (job: Job) => Mrkdwn): Mrkdwn[] {
    return [...jobs.map(line), ...(more ? [say.more] : [])];
  }

  function part(id: string, title: readonly Mrkdwn[], listed: readonly Mrkdwn[]): KnownBlock[] {
    const pieces = Array.from({ length: Math.ceil(listed.length / together) }, (_, i) =>
      section(`${id}-${i + 1}`, listed.slice(i * together, (i + 1) * together)),
    );
    return [{ type: 'divider', block_id: `${id}-line` }, section(id, title), ...pieces];
  }
}
