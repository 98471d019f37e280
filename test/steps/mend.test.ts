import { describe, expect, it } from 'vitest';
import { cancelWished, submitted } from '../../src/job/change.ts';
import { advance } from '../../src/steps/advance.ts';
import { mend } from '../../src/steps/mend.ts';
import type { World } from '../../src/world.ts';
import { Unavailable } from '../../src/world.ts';
import { words } from '../job/rows.ts';
import { requester, specWith } from '../job/sample-jobs.ts';
import type { Traces } from './steady-world.ts';
import { steadyWorld } from './steady-world.ts';

const id = 'a1b2c3';
const source = 'gs://acme/train.jsonl';
const good = Array.from({ length: 30 }, (_, i) => JSON.stringify({ input_text: `Classify: ${i}`, output_text: 'a' }));

/** A world with objects, in which a dataset of these lines has been checked; `meanwhile` comes before each write, and before each piece that is read. */
async function checked(
  lines: readonly string[],
  { meanwhile = async () => {} }: { meanwhile?: (what: string, world: World & Traces) => Promise<void> } = {},
) {
  const objects = new Map<string, { bytes: Uint8Array; generation: string }>();
  const writes: string[] = [];
  const put = (uri: string, text: string, generation = '1') =>
    objects.set(uri, { bytes: new TextEncoder().encode(text), generation });
  const steady = steadyWorld();
  const world: World & Traces = {
    ...steady,
    storage: {
      ...steady.storage,
      async open(uri) {
        const object = objects.get(uri);
        if (!object) return { is: 'missing' };
        const { bytes, generation } = object;
        const chunks = (async function* () {
          for (let at = 0; at < bytes.length; at += 500) {
            await meanwhile('piece', world);
            yield bytes.subarray(at, at + 500);
          }
        })();
        return { is: 'open', generation, size: bytes.length, elsewhere: false, chunks };
      },
      async keep(uri, chunks) {
        await meanwhile(`before ${uri.split('/').at(-1)}`, world);
        let text = '';
        for await (const chunk of chunks) text += new TextDecoder().decode(chunk);
        writes.push(uri);
        if (!objects.has(uri)) put(uri, text);
        await meanwhile(`after ${uri.split('/').at(-1)}`, world);
      },
    },
  };
  put(source, lines.join('\n'));
  const spec = specWith({ accelerator: 'TPU', dataset: source, evaluate: false, evaluationDataset: undefined });
  const now = world.clock.now();
  await world.jobs.create(submitted({ id, spec, digest: 'd', requester, channel: 'C1', uploads: {}, now }), 'view:1');
  await advance(id, world);
  return { world, put, writes, objects };
}

/** A world in which a dataset with a broken row has been refused; `lost` answers of its writes get lost. */
async function refused({ lost = 0 } = {}) {
  let losing = lost;
  const it = await checked([...good, '{', good[0]!], {
    async meanwhile(what) {
      if (what.startsWith('after') && losing-- > 0)
        throw new Unavailable('No answer.', { trouble: { why: 'no-answer', said: '' } });
    },
  });
  expect((await it.world.jobs.get(id))?.state).toBe('refused');
  return it;
}

const said = ({ messages }: ReturnType<typeof steadyWorld>) =>
  [...messages.values()].filter(({ message }) => /Mended|cut/.test(message.text)).map(({ message }) => message.text);

describe('mend()', () => {
  it('begins one successor of two presses, and only for whoever asked', async () => {
    const { world } = await refused();
    const asked = { mending: 'drop-unusable' } as const;
    const stranger = { user: 'U0STRANGER', team: requester.team };
    expect(await mend(id, asked, stranger, world)).toMatchObject({ is: 'refused', why: 'not-the-requester' });
    const outcomes = await Promise.all([mend(id, asked, requester, world), mend(id, asked, requester, world)]);
    expect(outcomes.map(({ is }) => is).sort()).toEqual(['done', 'late']);
    expect((await world.jobs.decisions(id)).map(({ action }) => action)).toEqual(['submit', 'mend']);
  });

  it('changes nothing where nothing was found that it could mend', async () => {
    const { world } = await refused();
    expect(await mend(id, { mending: 'convert' }, requester, world)).toMatchObject({ is: 'late' });
    expect((await world.jobs.get(id))?.heir).toBeUndefined();
  });

  it('writes one object and tells it once, though the answer to its writing is lost', async () => {
    const { world, writes, objects } = await refused({ lost: 1 });
    await mend(id, { mending: 'drop-unusable' }, requester, world);
    const { heir = '' } = (await world.jobs.get(id))!;
    await advance(heir, world);
    expect(await world.jobs.get(heir)).toMatchObject({ state: 'checking', trouble: { why: 'no-answer' } });
    world.pass(60_000);
    await advance(heir, world);
    expect(await world.jobs.get(heir)).toMatchObject({ state: 'waiting', mend: { done: true } });
    expect(writes).toEqual([`gs://uploads/retort/${heir}/train-drop-unusable.jsonl`]);
    expect([...objects.keys()]).toEqual([source, ...writes]);
    expect(said(world)).toEqual([expect.stringContaining('1 row that could not be used dropped, 31 of 32 go on')]);
  });

  it('is refused where the object is not what was checked any more', async () => {
    const { world, put, writes } = await refused();
    await mend(id, { mending: 'drop-unusable' }, requester, world);
    put(source, good.join('\n'), '2');
    const { heir = '' } = (await world.jobs.get(id))!;
    await advance(heir, world);
    expect(await world.jobs.get(heir)).toMatchObject({ state: 'refused', findings: [{ name: 'not-mended-changed' }] });
    expect(writes).toEqual([]);
  });
});

describe('A cut of an evaluation dataset', () => {
  const rows = Array.from({ length: 120 }, (_, i) =>
    JSON.stringify({ input_text: `Classify: ${words(i, 12)}`, output_text: 'a' }),
  );

  it.each(['before eval', 'after eval', 'before train', 'after train'])(
    'goes on where its process died %s: nothing stands in both objects, nothing is missing, it is told once',
    async moment => {
      let died = false;
      const { world, writes, objects } = await checked(rows, {
        async meanwhile(what) {
          if (what !== `${moment}-cut-evaluation.jsonl` || died) return;
          died = true;
          throw new Error('The process died.');
        },
      });
      await mend(id, { mending: 'cut-evaluation' }, requester, world);
      const { heir = '' } = (await world.jobs.get(id))!;
      await expect(advance(heir, world)).rejects.toThrow('The process died.');
      world.pass(120_000);
      await advance(heir, world);
      const names = ['eval', 'train'].map(name => `gs://uploads/retort/${heir}/${name}-cut-evaluation.jsonl`);
      expect(writes).toEqual(names);
      const text = names.flatMap(name =>
        String(Buffer.from(objects.get(name)!.bytes))
          .trim()
          .split('\n'),
      );
      expect(text.toSorted()).toEqual(rows.toSorted());
      expect(await world.jobs.get(heir)).toMatchObject({
        state: 'waiting',
        checked: { dataset: { report: { rows: 108 } }, evaluationDataset: { report: { rows: 12 } } },
      });
      expect(said(world)).toEqual([expect.stringContaining('12 of 120 rows')]);
    },
  );

  it('stops in between where somebody wishes to cancel, and writes nothing', async () => {
    let pieces = 0;
    const { world, writes } = await checked(rows, {
      async meanwhile(what, { jobs, pass }) {
        const { heir } = (await jobs.get(id)) ?? {};
        if (what !== 'piece' || !heir) return;
        if (pieces++ === 3) await jobs.record(heir, job => cancelWished(job, { by: requester, now: 1 }));
        pass(10_000);
      },
    });
    await mend(id, { mending: 'cut-evaluation' }, requester, world);
    const { heir = '' } = (await world.jobs.get(id))!;
    await advance(heir, world);
    expect(await world.jobs.get(heir)).toMatchObject({ state: 'cancelled' });
    expect(pieces).toBeLessThan(10);
    expect(writes).toEqual([]);
  });
});
