import { describe, expect, it } from 'vitest';
import { submitted } from '../../src/job/change.ts';
import type { Curves } from '../../src/job/curves.ts';
import { advance } from '../../src/steps/advance.ts';
import { poll } from '../../src/steps/poll.ts';
import type { Jobs, Slack } from '../../src/world.ts';
import { SlackTrouble } from '../../src/world.ts';
import { jobIn, requester, specWith } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

const id = 'abc123def456';
const minute = 60_000;

async function world({
  weave,
  slack,
}: {
  weave?: (jobs: Jobs) => Jobs;
  slack?: (slack: Slack) => Partial<Slack>;
} = {}) {
  const made = steadyWorld({ settings: { alarmChannel: 'C0ALARM' }, ...(weave && { weave }) });
  Object.assign(made.slack, slack?.(made.slack));
  const spec = specWith({ accelerator: 'TPU', tensorboard: undefined });
  const asked = { id, spec, digest: 'd', requester, channel: 'C1', uploads: {}, now: made.clock.now() };
  await made.jobs.create(submitted(asked), 'view:1');
  return made;
}

type World = Awaited<ReturnType<typeof world>>;
const keys = ({ messages }: World) =>
  [...messages.values()].filter(one => one.thread || one.key === '0000').map(({ key }) => key);
const shown = ({ files }: World) => [...files.values()].filter(({ ts }) => ts).map(({ name }) => name);

async function knocks(count: number, of: World) {
  for (let i = 0; i < count; i++) {
    of.pass(minute);
    await poll(of);
  }
}

const unclear = () => new SlackTrouble({ kind: 'unclear', code: 'file_not_shown' });

describe('The report on a dataset', () => {
  it('is shown in the thread as a file, once, between what was found and the request', async () => {
    const made = await world();
    await advance(id, made);
    await knocks(3, made);
    expect(keys(made)).toEqual(['0000', '0001', '0003']);
    expect([...made.files.values()]).toMatchObject([
      {
        name: 'support-intents-dataset.md',
        text: expect.stringContaining('# '),
        thread: '1.000000',
        ts: '3.000000',
      },
    ]);
  });

  it('is not shown twice where whoever showed it died before they could say so', async () => {
    let cut = false;
    const made = await world({
      weave: jobs => ({
        ...jobs,
        async mark(held, owed, as) {
          if (owed.post.kind !== 'attachment' || as.is !== 'sent' || cut) return jobs.mark(held, owed, as);
          cut = true;
          throw new Error('The process died here.');
        },
      }),
    });
    await expect(advance(id, made)).rejects.toThrow('died');
    await knocks(8, made);
    expect(shown(made)).toHaveLength(1);
    expect(keys(made)).toEqual(['0000', '0001', '0003']);
  });

  it('is handed in anew where it was accepted and never shown, and the first one is removed', async () => {
    const made = await world({
      slack: ({ share }) => {
        let first = true;
        return {
          share: async (file, to) => {
            if (!first) return share(file, to);
            first = false;
            throw unclear();
          },
        };
      },
    });
    await advance(id, made);
    expect(keys(made)).toEqual(['0000', '0001']);
    await knocks(8, made);
    expect(made.files.size).toBe(1);
    expect(shown(made)).toHaveLength(1);
    expect(keys(made)).toEqual(['0000', '0001', '0003']);
  });

  it('is given up where Slack refuses files, and the operator is told; what else is owed is told all the same', async () => {
    const made = await world({
      slack: () => ({
        handIn: async () => {
          throw new SlackTrouble({ kind: 'refused', code: 'missing_scope', about: 'scope' });
        },
      }),
    });
    await advance(id, made);
    await knocks(2, made);
    expect(keys(made)).toEqual(['0000', '0001', '0003']);
    const alarm = [...made.messages.values()].find(({ key }) => key.startsWith('notice'));
    expect(alarm?.message.text).toMatch(/missing_scope/);
  });
});

describe('The curves of a run', () => {
  const isCurves = (name: string) => name.includes('-curves.');
  const curves = {
    train_total_loss: { steps: [1, 2], values: [2, 1] },
    eval_total_loss: { steps: [2], values: [1.5] },
  };

  async function ended({ state = 'SUCCEEDED', found = curves as Curves, draws = true } = {}) {
    const made = steadyWorld();
    const { curves: _, ...running } = jobIn('running');
    made.vertex.curves = async () => ({ experiment: { is: 'none' }, curves: found });
    const drawn: unknown[] = [];
    made.canvas.draw = async chart => {
      if (!draws) throw new Error('The canvas is broken.');
      drawn.push(chart);
      return Buffer.from('a picture');
    };
    await made.jobs.create({ job: { ...running, curves: {} }, posts: [{ kind: 'card' }] }, 'view:2');
    const run = { ...running.run, state, endedAt: made.clock.now() };
    made.pipelineJobs.set(running.id, run);
    await advance(running.id, made);
    await knocks(6, made);
    return { made, drawn };
  }

  it.each(['SUCCEEDED', 'FAILED', 'CANCELLED'])(
    'are attached as a picture and as a table when it has %s',
    async state => {
      const { made, drawn } = await ended({ state });
      const attached = [...made.files.values()].filter(({ name, ts, thread }) => isCurves(name) && ts && thread);
      expect(attached.map(({ name }) => name)).toEqual(['support-intents-curves.png', 'support-intents-curves.csv']);
      const [picture, table] = attached;
      expect(picture?.text).toBe('a picture');
      expect(table?.text).toContain('step,train_total_loss');
      expect(table?.text).toContain('\n2,1,,,1.5,,\n');
      expect(drawn.length).toBeGreaterThan(0);
    },
  );

  it('are not attached where there are none', async () => {
    const { made } = await ended({ found: {} });
    expect(shown(made).filter(isCurves)).toEqual([]);
  });

  it('are attached as a table alone where no picture can be drawn', async () => {
    const { made } = await ended({ draws: false });
    expect(shown(made).filter(isCurves)).toEqual(['support-intents-curves.csv']);
  });
});
