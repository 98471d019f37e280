import { randomUUID } from 'node:crypto';
import type { CollectionReference, Query } from '@google-cloud/firestore';
import { FieldPath, FieldValue, Filter, Firestore, GeoPoint, Timestamp } from '@google-cloud/firestore';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startOfficial } from '../../src/local/firestore/official.ts';
import { startFirestore } from '../../src/local/firestore/server.ts';

process.env.METADATA_SERVER_DETECTION = 'none';

const official = await startOfficial();
const embedded = await startFirestore();
const servers = [{ name: 'the embedded Firestore', server: embedded }];
if (official) servers.push({ name: 'the official emulator', server: official });

const conflict = { create: 6, missing: 5, stale: 9, invalid: 3, unimplemented: 12 };

afterAll(async () => {
  await embedded.close();
  await official?.close();
});

describe.each(servers)('$name', ({ server }) => {
  let db: Firestore;
  let things: CollectionReference;

  beforeAll(() => {
    process.env.FIRESTORE_EMULATOR_HOST = server.host;
    db = new Firestore({ projectId: 'retort-test' });
  });

  beforeEach(() => {
    things = db.collection(`things-${randomUUID()}`);
  });

  afterAll(() => db.terminate());

  describe('documents', () => {
    it('gives back what was set', async () => {
      await things.doc('a').set({ name: 'retort', count: 3 });
      const snapshot = await things.doc('a').get();
      expect(snapshot.data()).toEqual({ name: 'retort', count: 3 });
      expect(snapshot.id).toBe('a');
    });

    it('says that a document does not exist', async () => {
      const snapshot = await things.doc('nothing').get();
      expect(snapshot.exists).toBe(false);
    });

    it('gives back several at once, the missing ones too', async () => {
      await things.doc('a').set({ n: 1 });
      const found = await db.getAll(things.doc('a'), things.doc('b'));
      expect(found.map(one => [one.id, one.exists])).toEqual([
        ['a', true],
        ['b', false],
      ]);
    });

    it('gives back only the fields of a mask', async () => {
      await things.doc('a').set({ n: 1, deep: { x: 1, y: 2 } });
      const [found] = await db.getAll(things.doc('a'), { fieldMask: ['deep.x'] });
      expect(found?.data()).toEqual({ deep: { x: 1 } });
    });

    it('forgets a deleted document, and deletes a missing one without complaint', async () => {
      await things.doc('a').set({ n: 1 });
      await things.doc('a').delete();
      await things.doc('a').delete();
      expect((await things.doc('a').get()).exists).toBe(false);
    });

    it('keeps values of every type', async () => {
      const everything = {
        nothing: null,
        yes: true,
        whole: 42,
        huge: 9_007_199_254_740_991,
        half: 0.5,
        unmeasured: Number.NaN,
        endless: Number.NEGATIVE_INFINITY,
        text: 'é 😀',
        bytes: Buffer.from([0, 255, 1]),
        list: [1, 'two', { three: 3 }, null],
        empty: { list: [], map: {} },
        map: { 'a.b': { c: 'd' } },
        place: new GeoPoint(48.85, 2.35),
        at: new Timestamp(1_700_000_000, 123_456_000),
        self: things.doc('a'),
      };
      await things.doc('a').set(everything);
      expect((await things.doc('a').get()).data()).toEqual(everything);
    });

    it('keeps times to the microsecond', async () => {
      await things.doc('a').set({ at: new Timestamp(5, 123_456_789), before1970: new Timestamp(-1, 500_000_000) });
      const { at, before1970 } = (await things.doc('a').get()).data() ?? {};
      expect([at, before1970]).toEqual([new Timestamp(5, 123_456_000), new Timestamp(-1, 500_000_000)]);
    });

    it('keeps projects apart', async () => {
      const other = new Firestore({ projectId: 'retort-other' });
      await things.doc('a').set({ n: 1 });
      const seen = await other.doc(things.doc('a').path).get();
      await other.terminate();
      expect(seen.exists).toBe(false);
    });
  });

  describe('writing', () => {
    it('creates a document once', async () => {
      await things.doc('a').create({ n: 1 });
      await expect(things.doc('a').create({ n: 2 })).rejects.toMatchObject({ code: conflict.create });
      expect((await things.doc('a').get()).data()).toEqual({ n: 1 });
    });

    it('lets exactly one of many creators win', async () => {
      const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => things.doc('a').create({ n })));
      const won = results.flatMap((result, n) => (result.status === 'fulfilled' ? [n] : []));
      expect(won).toHaveLength(1);
      expect((await things.doc('a').get()).get('n')).toBe(won[0]);
    });

    it('updates only what exists', async () => {
      await expect(things.doc('a').update({ n: 1 })).rejects.toMatchObject({ code: conflict.missing });
      expect((await things.doc('a').get()).exists).toBe(false);
    });

    it('replaces the whole document with set', async () => {
      await things.doc('a').set({ n: 1, m: 2 });
      await things.doc('a').set({ n: 3 });
      expect((await things.doc('a').get()).data()).toEqual({ n: 3 });
    });

    it('merges deeply where asked', async () => {
      await things.doc('a').set({ deep: { x: 1, y: 2 }, m: 1 });
      await things.doc('a').set({ deep: { y: 3 } }, { merge: true });
      await things.doc('a').set({ deep: { x: 9, y: 9 }, m: 7 }, { mergeFields: ['deep.x'] });
      expect((await things.doc('a').get()).data()).toEqual({ deep: { x: 9, y: 3 }, m: 1 });
    });

    it('creates an empty document with an empty merge', async () => {
      await things.doc('a').set({}, { merge: true });
      expect((await things.doc('a').get()).data()).toEqual({});
    });

    it('updates and deletes nested fields by path', async () => {
      await things.doc('a').set({ deep: { x: 1, y: 2 }, list: [1] });
      await things.doc('a').update({ 'deep.x': 5, 'deep.z.w': 6, 'deep.y': FieldValue.delete() });
      expect((await things.doc('a').get()).data()).toEqual({ deep: { x: 5, z: { w: 6 } }, list: [1] });
    });

    it('leaves an empty map where its only field is deleted', async () => {
      await things.doc('a').set({ deep: { x: 1 } });
      await things.doc('a').update({ 'deep.x': FieldValue.delete(), 'absent.x': FieldValue.delete() });
      expect((await things.doc('a').get()).data()).toEqual({ deep: {} });
    });

    it('replaces a value that stands in the way of a path', async () => {
      await things.doc('a').set({ deep: 1 });
      await things.doc('a').update({ 'deep.x': 2 });
      expect((await things.doc('a').get()).data()).toEqual({ deep: { x: 2 } });
    });

    it('takes field names that need quoting', async () => {
      const odd = ['a.b', 'with space', '`tick`\\', '1', 'é'];
      await things.doc('a').set({ kept: true });
      for (const name of odd) await things.doc('a').update(new FieldPath('odd', name), name);
      const expected = Object.fromEntries(odd.map(name => [name, name]));
      expect((await things.doc('a').get()).data()).toEqual({ kept: true, odd: expected });
    });

    it('stamps, counts, and keeps lists as sets', async () => {
      await things.doc('a').set({ n: 1, list: [1, 2], at: 0 });
      await things.doc('a').update({
        at: FieldValue.serverTimestamp(),
        n: FieldValue.increment(2),
        fresh: FieldValue.increment(0.5),
        list: FieldValue.arrayUnion(2, 3),
      });
      await things.doc('a').update({ list: FieldValue.arrayRemove(1) });
      const { at, ...rest } = (await things.doc('a').get()).data() ?? {};
      expect(rest).toEqual({ n: 3, fresh: 0.5, list: [2, 3] });
      expect(at).toBeInstanceOf(Timestamp);
    });
  });

  describe('times', () => {
    it('gives every write a later update time', async () => {
      const times = [];
      for (let n = 0; n < 20; n++) times.push((await things.doc('a').set({ n })).writeTime);
      const sorted = times.toSorted((a, b) => (a.valueOf() < b.valueOf() ? -1 : 1));
      expect(times).toEqual(sorted);
      expect(new Set(times.map(time => time.valueOf())).size).toBe(20);
    });

    it('keeps the create time, and says the update time that reading finds', async () => {
      const first = await things.doc('a').create({ n: 1 });
      const second = await things.doc('a').update({ n: 2 });
      const snapshot = await things.doc('a').get();
      expect(snapshot.createTime).toEqual(first.writeTime);
      expect(snapshot.updateTime).toEqual(second.writeTime);
    });

    it('keeps the update time of a write that changes nothing', async () => {
      const first = await things.doc('a').set({ n: 1, deep: { x: [1] } });
      await things.doc('a').set({ deep: { x: [1] }, n: 1 });
      await things.doc('a').update({ 'deep.x': [1] });
      expect((await things.doc('a').get()).updateTime).toEqual(first.writeTime);
    });
  });

  describe('compare and set', () => {
    it('takes an update whose update time is the document’s', async () => {
      const { writeTime } = await things.doc('a').set({ n: 1 });
      await things.doc('a').update({ n: 2 }, { lastUpdateTime: writeTime });
      expect((await things.doc('a').get()).data()).toEqual({ n: 2 });
    });

    it('refuses an update whose update time is stale', async () => {
      const { writeTime } = await things.doc('a').set({ n: 1 });
      await things.doc('a').set({ n: 2 });
      await expect(things.doc('a').update({ n: 3 }, { lastUpdateTime: writeTime })).rejects.toMatchObject({
        code: conflict.stale,
      });
      expect((await things.doc('a').get()).data()).toEqual({ n: 2 });
    });

    it('refuses a dated update of a document that is gone', async () => {
      const { writeTime } = await things.doc('a').set({ n: 1 });
      await things.doc('a').delete();
      await expect(things.doc('a').update({ n: 3 }, { lastUpdateTime: writeTime })).rejects.toMatchObject({
        code: conflict.stale,
      });
    });

    it('deletes only under its precondition', async () => {
      const { writeTime } = await things.doc('a').set({ n: 1 });
      await things.doc('a').set({ n: 2 });
      await expect(things.doc('a').delete({ lastUpdateTime: writeTime })).rejects.toMatchObject({
        code: conflict.stale,
      });
      await expect(things.doc('b').delete({ exists: true })).rejects.toMatchObject({ code: conflict.missing });
      const { updateTime } = await things.doc('a').get();
      await things.doc('a').delete({ lastUpdateTime: updateTime });
      expect((await things.doc('a').get()).exists).toBe(false);
    });

    it('lets exactly one of twenty claims win', async () => {
      const { writeTime } = await things.doc('job').set({ owner: null });
      const claims = Array.from({ length: 20 }, (_, owner) =>
        things.doc('job').update({ owner }, { lastUpdateTime: writeTime }),
      );
      const results = await Promise.allSettled(claims);
      const won = results.flatMap((result, owner) => (result.status === 'fulfilled' ? [owner] : []));
      const lost = results.flatMap(result => (result.status === 'rejected' ? [result.reason.code] : []));
      expect(won).toHaveLength(1);
      expect(lost).toEqual(Array(19).fill(conflict.stale));
      expect((await things.doc('job').get()).get('owner')).toBe(won[0]);
    });

    it('lets no update be lost among many that try again', async () => {
      await things.doc('count').set({ n: 0 });
      const add = async (): Promise<void> => {
        const seen = await things.doc('count').get();
        const lastUpdateTime = seen.updateTime ?? Timestamp.now();
        try {
          await things.doc('count').update({ n: seen.get('n') + 1 }, { lastUpdateTime });
        } catch (error) {
          expect(error).toMatchObject({ code: conflict.stale });
          await add();
        }
      };
      await Promise.all(Array.from({ length: 10 }, add));
      expect((await things.doc('count').get()).get('n')).toBe(10);
    });
  });

  describe('batches', () => {
    it('write everything at one time', async () => {
      await things.doc('gone').set({ n: 0 });
      const batch = db.batch();
      batch.create(things.doc('a'), { n: 1 });
      batch.set(things.doc('b'), { n: 2 });
      batch.delete(things.doc('gone'));
      await batch.commit();
      const [a, b, gone] = await db.getAll(things.doc('a'), things.doc('b'), things.doc('gone'));
      expect([a?.get('n'), b?.get('n'), gone?.exists]).toEqual([1, 2, false]);
      expect(a?.updateTime).toEqual(b?.updateTime);
    });

    it('write nothing when one write is refused', async () => {
      await things.doc('taken').set({ n: 0 });
      await things.doc('kept').set({ n: 0 });
      const batch = db.batch();
      batch.set(things.doc('a'), { n: 1 });
      batch.delete(things.doc('kept'));
      batch.create(things.doc('taken'), { n: 2 });
      batch.set(things.doc('b'), { n: 1 });
      await expect(batch.commit()).rejects.toMatchObject({ code: conflict.create });
      const found = await db.getAll(things.doc('a'), things.doc('taken'), things.doc('kept'), things.doc('b'));
      expect(found.map(one => one.data())).toEqual([undefined, { n: 0 }, { n: 0 }, undefined]);
    });

    it('see their own earlier writes', async () => {
      const batch = db.batch();
      batch.create(things.doc('a'), { n: 1 });
      batch.update(things.doc('a'), { m: 2 });
      await batch.commit();
      expect((await things.doc('a').get()).data()).toEqual({ n: 1, m: 2 });
    });

    it('of which several race over the same documents, let exactly one win', async () => {
      const { writeTime } = await things.doc('ledger').set({ holders: [] });
      const racers = Array.from({ length: 10 }, (_, n) => {
        const batch = db.batch();
        batch.set(things.doc(`effect-${n}`), { n });
        batch.update(things.doc('ledger'), { holders: [n] }, { lastUpdateTime: writeTime });
        return batch.commit();
      });
      const won = (await Promise.allSettled(racers)).flatMap((result, n) => (result.status === 'fulfilled' ? [n] : []));
      const effects = await things.where('n', '>=', 0).get();
      expect(won).toHaveLength(1);
      expect(effects.docs.map(one => one.get('n'))).toEqual(won);
    });

    it('hold hundreds of writes', async () => {
      const batch = db.batch();
      for (let n = 0; n < 500; n++) batch.set(things.doc(`d${n}`), { n });
      await batch.commit();
      expect((await things.count().get()).data()).toEqual({ count: 500 });
    });
  });

  describe('limits', () => {
    const refused = { code: conflict.invalid };

    it('refuse a document of more than 1 MiB', async () => {
      const half = 'x'.repeat(524_288);
      await expect(things.doc('a').set({ half, other: half })).rejects.toMatchObject(refused);
      await things.doc('a').set({ half, other: half.slice(200) });
      expect((await things.doc('a').get()).get('half')).toBe(half);
    });

    it('refuse a value of more than 1 MiB less 89 bytes', async () => {
      await expect(things.doc('a').set({ s: 'é'.repeat(524_244) })).rejects.toMatchObject(refused);
      await things.doc('a').set({ s: 'é'.repeat(524_100) });
      expect((await things.doc('a').get()).exists).toBe(true);
    });

    it('refuse arrays in arrays, and reserved ids', async () => {
      await expect(things.doc('__a__').set({})).rejects.toMatchObject(refused);
      await expect(things.doc('a').set({ rows: [[1]] })).rejects.toMatchObject(refused);
    });
  });

  describe('queries', () => {
    async function fill(documents: Record<string, object>): Promise<void> {
      const batch = db.batch();
      for (const [id, fields] of Object.entries(documents)) batch.set(things.doc(id), fields);
      await batch.commit();
    }
    async function ids(query: Query): Promise<string[]> {
      return (await query.get()).docs.map(({ id }) => id);
    }
    const mixed = {
      nothing: null,
      no: false,
      nan: Number.NaN,
      minus: -1,
      zero: 0,
      one: 1,
      more: 1.5,
      at: Timestamp.fromMillis(5),
      text: 'a',
      bytes: Buffer.from('a'),
      place: new GeoPoint(1, 2),
      list: [1, 'a'],
      map: { x: 1 },
    };
    const fillMixed = () =>
      fill({ ...Object.fromEntries(Object.entries(mixed).map(([id, v]) => [id, { v }])), lacking: { w: 1 } });

    it('find what is due, soonest first, no more than asked for', async () => {
      const at = (seconds: number) => new Timestamp(seconds, 0);
      await fill({ late: { due: at(40) }, c: { due: at(30) }, a: { due: at(10) }, b: { due: at(20) }, none: { n: 1 } });
      await fill({ never: { due: null } });
      const due = things.where('due', '<=', at(30)).orderBy('due');
      expect(await ids(due.limit(2))).toEqual(['a', 'b']);
      expect(await ids(due)).toEqual(['a', 'b', 'c']);
    });

    it('sort all types, and leave out documents that lack the field', async () => {
      await fillMixed();
      expect(await ids(things.orderBy('v'))).toEqual(Object.keys(mixed));
      expect(await ids(things.orderBy('v', 'desc'))).toEqual(Object.keys(mixed).toReversed());
    });

    it('compare only with values of the same type', async () => {
      await fillMixed();
      expect(await ids(things.where('v', '<', 2))).toEqual(['minus', 'zero', 'one', 'more']);
      expect(await ids(things.where('v', '<=', 1))).toEqual(['minus', 'zero', 'one']);
      expect(await ids(things.where('v', '>', 0))).toEqual(['one', 'more']);
      expect(await ids(things.where('v', '>=', 0))).toEqual(['zero', 'one', 'more']);
      expect(await ids(things.where('v', '>=', ''))).toEqual(['text']);
      expect(await ids(things.where('v', '>=', [0]))).toEqual(['list']);
    });

    it('find equal values of every type', async () => {
      await fillMixed();
      for (const [id, v] of Object.entries(mixed)) expect(await ids(things.where('v', '==', v))).toEqual([id]);
    });

    it('find unequal values, never null', async () => {
      await fillMixed();
      const all = Object.keys(mixed).slice(1);
      expect(await ids(things.where('v', '!=', 1))).toEqual(all.filter(id => id !== 'one'));
      expect(await ids(things.where('v', '!=', null))).toEqual(all);
      expect(await ids(things.where('v', '!=', Number.NaN))).toEqual(all.filter(id => id !== 'nan'));
      expect(await ids(things.where('v', 'not-in', [1, 'a']))).toEqual(all.filter(id => id !== 'one' && id !== 'text'));
    });

    it('find values in a list, and lists with a value', async () => {
      await fillMixed();
      expect(await ids(things.where('v', 'in', [1, 'a', 'z']))).toEqual(['one', 'text']);
      expect(await ids(things.where('v', 'array-contains', 'a'))).toEqual(['list']);
      expect(await ids(things.where('v', 'array-contains', 'z'))).toEqual([]);
      expect(await ids(things.where('v', 'array-contains-any', [1, 7]))).toEqual(['list']);
    });

    it('join filters with and, and with or', async () => {
      await fill({ a: { x: 1, y: 1 }, b: { x: 1, y: 2 }, c: { x: 2, y: 2 }, d: { x: 3 } });
      expect(await ids(things.where('x', '==', 1).where('y', '==', 2))).toEqual(['b']);
      const either = Filter.or(Filter.where('x', '==', 3), Filter.where('y', '==', 2));
      expect(await ids(things.where(either))).toEqual(['b', 'c', 'd']);
      const both = Filter.and(either, Filter.where('x', '<', 3));
      expect(await ids(things.where(both))).toEqual(['b', 'c']);
    });

    it('sort by the fields of inequalities and then by name', async () => {
      await fill({ a: { x: 2, y: 1 }, b: { x: 1, y: 2 }, c: { x: 3, y: 0 }, d: { x: 1, y: 1 } });
      expect(await ids(things.where('y', '>=', 0))).toEqual(['c', 'a', 'd', 'b']);
      expect(await ids(things.where('y', '>=', 0).where('x', '>=', 1))).toEqual(['d', 'b', 'a', 'c']);
      expect(await ids(things.where('x', '<=', 1).orderBy('x', 'desc'))).toEqual(['d', 'b']);
      expect(await ids(things.where('x', '==', 1).orderBy('y', 'desc'))).toEqual(['b', 'd']);
    });

    it('reach nested fields', async () => {
      await fill({ a: { deep: { x: 2, 'y.z': 1 } }, b: { deep: { x: 1 } }, c: { deep: 1 }, d: {} });
      expect(await ids(things.where('deep.x', '>', 1))).toEqual(['a']);
      expect(await ids(things.orderBy('deep.x'))).toEqual(['b', 'a']);
      expect(await ids(things.where(new FieldPath('deep', 'y.z'), '==', 1))).toEqual(['a']);
    });

    it('know documents by their names', async () => {
      await fill({ a: {}, b: {}, c: {}, d: {} });
      const name = FieldPath.documentId();
      expect(await ids(things.where(name, '>=', 'b').where(name, '<', 'd'))).toEqual(['b', 'c']);
      expect(await ids(things.where(name, 'in', ['d', 'a', 'z']))).toEqual(['a', 'd']);
      expect(await ids(things.orderBy(name).startAfter('b').limit(1))).toEqual(['c']);
    });

    it('sort text by its bytes', async () => {
      const texts = ['Z', 'a', 'b0', 'é', '～', '😀'];
      await fill(Object.fromEntries(texts.map((text, n) => [`t${5 - n}`, { text }])));
      const found = await things.orderBy('text').get();
      expect(found.docs.map(one => one.get('text'))).toEqual(texts);
    });

    it('sort lists and maps by what they hold', async () => {
      const values = [[], [1], [1, 2], [2], {}, { a: 1 }, { a: 1, b: 1 }, { a: 2 }, { b: 0 }];
      await fill(Object.fromEntries(values.map((v, n) => [`v${9 - n}`, { v }])));
      const found = await things.orderBy('v').get();
      expect(found.docs.map(one => one.get('v'))).toEqual(values);
    });

    it('begin and end where their cursors say', async () => {
      await fill({ a: { n: 1 }, b: { n: 2 }, c: { n: 2 }, d: { n: 3 } });
      const sorted = things.orderBy('n');
      expect(await ids(sorted.startAt(2))).toEqual(['b', 'c', 'd']);
      expect(await ids(sorted.startAfter(2))).toEqual(['d']);
      expect(await ids(sorted.endAt(2))).toEqual(['a', 'b', 'c']);
      expect(await ids(sorted.endBefore(2))).toEqual(['a']);
      expect(await ids(things.orderBy('n', 'desc').startAfter(3).endAt(2))).toEqual(['c', 'b']);
      expect(await ids(sorted.startAfter(await things.doc('b').get()))).toEqual(['c', 'd']);
    });

    it('skip, and limit from either end', async () => {
      await fill({ a: { n: 1 }, b: { n: 2 }, c: { n: 3 }, d: { n: 4 } });
      expect(await ids(things.orderBy('n').offset(1).limit(2))).toEqual(['b', 'c']);
      expect(await ids(things.orderBy('n').limitToLast(2))).toEqual(['c', 'd']);
      expect(await ids(things.orderBy('n').offset(9))).toEqual([]);
    });

    it('select fields, or none', async () => {
      await fill({ a: { n: 1, deep: { x: 1, y: 2 } } });
      const some = await things.select('deep.y', 'absent').get();
      const none = await things.select().get();
      expect(some.docs.map(one => one.data())).toEqual([{ deep: { y: 2 } }]);
      expect(none.docs.map(one => one.data())).toEqual([{}]);
    });

    it('count', async () => {
      await fill({ a: { n: 1 }, b: { n: 2 }, c: { n: 3 } });
      expect((await things.where('n', '>', 1).count().get()).data()).toEqual({ count: 2 });
      expect((await things.limit(1).count().get()).data()).toEqual({ count: 1 });
    });

    it('see a write at once', async () => {
      await fill({ a: { n: 1 } });
      await things.doc('a').update({ n: 5 });
      expect(await ids(things.where('n', '==', 1))).toEqual([]);
      expect(await ids(things.where('n', '==', 5))).toEqual(['a']);
    });
  });

  describe('collections', () => {
    it('do not show what is nested in their documents', async () => {
      await things.doc('a').set({ n: 1 });
      await things.doc('a').collection('posts').doc('0001').set({ n: 2 });
      expect((await things.get()).docs.map(({ id }) => id)).toEqual(['a']);
      expect((await things.doc('a').collection('posts').get()).docs.map(({ id }) => id)).toEqual(['0001']);
    });

    it('are gathered by a group query', async () => {
      const group = `posts-${randomUUID()}`;
      await things.doc('a').collection(group).doc('1').set({ n: 1 });
      await things.doc('b').collection(group).doc('2').set({ n: 2 });
      const found = await db.collectionGroup(group).where('n', '>=', 1).get();
      expect(found.docs.map(({ id }) => id)).toEqual(['1', '2']);
    });

    it('are listed under a document', async () => {
      await things.doc('a').collection('posts').doc('1').set({});
      await things.doc('a').collection('audit').doc('1').set({});
      expect((await things.doc('a').listCollections()).map(({ id }) => id)).toEqual(['audit', 'posts']);
      await things.doc('a').collection('audit').doc('1').delete();
      expect((await things.doc('a').listCollections()).map(({ id }) => id)).toEqual(['posts']);
    });

    it('list their documents, with those that only hold others', async () => {
      await things.doc('b').set({ n: 1 });
      await things.doc('a').collection('posts').doc('1').set({});
      expect((await things.listDocuments()).map(({ id }) => id)).toEqual(['a', 'b']);
    });
  });

  it('forgets everything when it is cleared', async () => {
    await things.doc('a').set({ n: 1 });
    await server.clear();
    expect((await things.doc('a').get()).exists).toBe(false);
    await things.doc('a').create({ n: 2 });
    expect((await things.doc('a').get()).get('n')).toBe(2);
  });
});

describe('the embedded Firestore alone', () => {
  let db: Firestore;

  beforeAll(() => {
    process.env.FIRESTORE_EMULATOR_HOST = embedded.host;
    db = new Firestore({ projectId: 'retort-test' });
  });

  afterAll(() => db.terminate());

  it('says that it does no transactions', async () => {
    const transaction = db.runTransaction(async one => (await one.get(db.doc('things/a'))).exists);
    await expect(transaction).rejects.toMatchObject({
      code: conflict.unimplemented,
      message: expect.stringContaining('does not do transactions'),
    });
  });
});
