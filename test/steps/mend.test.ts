import { describe, expect, it } from 'vitest';
import { submitted } from '../../src/job/change.ts';
import { advance } from '../../src/steps/advance.ts';
import { mend } from '../../src/steps/mend.ts';
import { Unavailable } from '../../src/world.ts';
import { requester, specWith } from '../job/sample-jobs.ts';
import { steadyWorld } from './steady-world.ts';

const id = 'a1b2c3';
const source = 'gs://acme/train.jsonl';
const good = Array.from({ length: 30 }, (_, i) => JSON.stringify({ input_text: `Classify: ${i}`, output_text: 'a' }));

/** A world with objects, in which a dataset with a broken row has been refused; `lost` answers of its writes get lost. */
async function refused({ lost = 0 } = {}) {
  const objects = new Map<string, { bytes: Uint8Array; generation: string }>();
  const writes: string[] = [];
  const put = (uri: string, text: string, generation = '1') =>
    objects.set(uri, { bytes: new TextEncoder().encode(text), generation });
  const steady = steadyWorld();
  let losing = lost;
  const storage: typeof steady.storage = {
    ...steady.storage,
    async open(uri) {
      const object = objects.get(uri);
      if (!object) return { is: 'missing' };
      const { bytes, generation } = object;
      const chunks = (async function* () {
        yield bytes;
      })();
      return { is: 'open', generation, size: bytes.length, elsewhere: false, chunks };
    },
    async keep(uri, chunks) {
      let text = '';
      for await (const chunk of chunks) text += new TextDecoder().decode(chunk);
      writes.push(uri);
      if (!objects.has(uri)) put(uri, text);
      if (losing-- > 0) throw new Unavailable('No answer.', { trouble: { why: 'no-answer', said: '' } });
    },
  };
  const world = { ...steady, storage };
  put(source, [...good, '{', good[0]].join('\n'));
  const spec = specWith({ accelerator: 'TPU', dataset: source, evaluate: false, evaluationDataset: undefined });
  const now = world.clock.now();
  await world.jobs.create(submitted({ id, spec, digest: 'd', requester, channel: 'C1', uploads: {}, now }), 'view:1');
  await advance(id, world);
  expect((await world.jobs.get(id))?.state).toBe('refused');
  return { world, put, writes, objects };
}

const said = ({ messages }: ReturnType<typeof steadyWorld>) =>
  [...messages.values()].filter(({ message }) => /Mended/.test(message.text)).map(({ message }) => message.text);

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
