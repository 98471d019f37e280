import { describe, expect, it } from 'vitest';
import type { JobIn } from '../../src/job/job.ts';
import { advance } from '../../src/steps/advance.ts';
import { poll } from '../../src/steps/poll.ts';
import type { Prediction } from '../../src/world.ts';
import { memoryStore } from '../memory-jobs.ts';
import { endpoint, jobIn } from '../views/jobs.ts';
import { said } from '../views/slack.ts';
import { gemini } from '../views/tuning-jobs.ts';
import { steadyWorld } from './steady-world.ts';

const finished = jobIn('succeeded');
const { id } = finished;
const generation = finished.checked.evaluationDataset!.generation;
const student = 'projects/acme-ml/locations/us-central1/publishers/google/models/text-bison@002';
const teacher = 'projects/acme-ml/locations/us-central1/publishers/google/models/text-unicorn@001';
const minute = 60_000;

const rowsOf = (outputs: readonly (string | undefined)[]) =>
  outputs.map((output_text, i) => JSON.stringify({ input_text: `Classify: ${i}`, output_text })).join('\n');
const twelve = Array.from({ length: 12 }, (_, i) => (i % 3 ? 'delivery' : 'refund'));

type Answers = (whom: string, prompt: string, asked: number) => Prediction | Promise<Prediction>;
const text = (answer: string): Prediction => ({ is: 'answered', text: answer });
const notThere: Prediction = { is: 'closed', trouble: { why: 'said', said: 'Publisher Model was not found.' } };
const silent: Prediction = { is: 'put-off', trouble: { why: 'no-answer', said: '' } };
const place = (prompt: string) => Number(prompt.split(' ').at(-1));

/** A world in which a job has just succeeded; every question takes a second. */
function world(
  answers: Answers,
  { outputs = twelve as readonly (string | undefined)[], now = generation, store = memoryStore() } = {},
) {
  const base = steadyWorld({ store });
  const asked: string[] = [];
  const bytes = new TextEncoder().encode(rowsOf(outputs));
  return {
    ...base,
    asked,
    storage: {
      ...base.storage,
      open: async () =>
        ({ is: 'open', generation: now, size: bytes.length, elsewhere: false, chunks: chunks() }) as const,
    },
    vertex: {
      ...base.vertex,
      async predict(whom: string, prompt: string) {
        asked.push(`${whom.split('/').at(-1)} ${place(prompt)}`);
        base.pass(1000);
        return answers(whom, prompt, asked.length);
      },
    },
  };
  async function* chunks() {
    yield bytes;
  }
}

async function begin(made: ReturnType<typeof world>) {
  await made.jobs.create({ job: finished, posts: [{ kind: 'card' }] }, 'view:1');
  await advance(id, made);
}

const verdict = async ({ jobs }: ReturnType<typeof world>) => ((await jobs.get(id)) as JobIn<'succeeded'>).verdict;
const told = ({ messages }: ReturnType<typeof world>) =>
  [...messages.values()].filter(({ message }) => /verdict/i.test(message.text)).map(({ message }) => said(message));

describe('A verdict', () => {
  it('compares the tuned model with the student it was made from and with its teacher, row by row, and is told once', async () => {
    const made = world((whom, prompt) => {
      const i = place(prompt);
      if (whom === endpoint) return text(i === 4 ? 'billing' : `${twelve[i]}\n`);
      return text(whom === student ? 'refund' : twelve[i]!);
    });
    await begin(made);
    for (let knock = 0; knock < 3; knock++) {
      made.pass(minute);
      await poll(made);
    }
    expect(await verdict(made)).toMatchObject({
      lines: twelve.map((_, i) => i + 1),
      sheets: {
        tuned: { marks: '111101111111' },
        student: { marks: '100100100100' },
        teacher: { marks: '111111111111' },
      },
    });
    const [one, ...more] = told(made);
    expect(more).toEqual([]);
    expect(one).toContain('*tuned model*: 11 of 12, 91.7% (64.6% to 98.5%)');
    expect(one).toContain('base student text-bison@002: 4 of 12, 33.3%');
    expect(one).toContain(
      'The *tuned model* matches where the base student text-bison@002 does not: lines 2, 3, 6, 8, 9, 11, and 12',
    );
    expect(one).toContain('The teacher text-unicorn@001 matches where the *tuned model* does not: line 5');
    expect(one).not.toMatch(/delivery|refund|billing/);
    expect(made.asked).toHaveLength(36);
    expect(new Set(made.asked).size).toBe(36);
  });

  it('asks the student of a tuning job where the tuned model is served, which need not be where it was tuned', async () => {
    const served = gemini.succeeded as JobIn<'succeeded'>;
    const there = 'projects/1234567890/locations/us/endpoints/9912';
    const row = JSON.stringify({
      contents: [
        { role: 'user', parts: [{ text: 'Classify: 0' }] },
        { role: 'model', parts: [{ text: 'refund' }] },
      ],
    });
    const base = world(() => text('refund'));
    const bytes = new TextEncoder().encode(row);
    const whom: string[] = [];
    const made = {
      ...base,
      storage: {
        ...base.storage,
        open: async () => ({
          is: 'open' as const,
          generation: served.checked.evaluationDataset!.generation,
          size: bytes.length,
          elsewhere: false,
          chunks: (async function* () {
            yield bytes;
          })(),
        }),
      },
      vertex: {
        ...base.vertex,
        async predict(name: string) {
          whom.push(name);
          return text('refund');
        },
      },
    };
    await made.jobs.create({ job: { ...served, endpoint: there }, posts: [{ kind: 'card' }] }, 'view:1');
    await advance(served.id, made);
    expect(whom.sort()).toEqual(
      [there, 'projects/acme-ml/locations/us/publishers/google/models/gemini-2.5-flash'].sort(),
    );
  });

  it('goes on after a crash where it was written down, and asks about no row twice before that', async () => {
    const store = memoryStore();
    const outputs = Array.from({ length: 40 }, () => 'delivery');
    const dies = world((_, __, asked) => (asked > 27 ? new Promise(() => {}) : text('delivery')), { outputs, store });
    await dies.jobs.create({ job: finished, posts: [{ kind: 'card' }] }, 'view:1');
    void advance(id, dies);
    await expect.poll(() => dies.asked.length).toBeGreaterThan(27);
    const written = (await verdict(dies))!.sheets.tuned!.marks.length;
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(40);

    const lives = world(() => text('delivery'), { outputs, store });
    lives.pass(1000 * minute);
    await poll(lives);
    for (let knock = 0; knock < 4; knock++) {
      lives.pass(minute);
      await poll(lives);
    }
    expect((await verdict(lives))?.sheets.tuned?.marks).toBe('1'.repeat(40));
    const again = lives.asked.filter(one => one.startsWith(`${endpoint.split('/').at(-1)} `));
    expect(again).toHaveLength(40 - written);
  });

  it('goes on over several looks, as one look has its limits', async () => {
    const outputs = Array.from({ length: 60 }, () => 'delivery');
    const made = world(() => text('delivery'), { outputs });
    await begin(made);
    const first = made.asked.length;
    expect(first).toBeLessThan(180);
    expect((await verdict(made))?.endedAt).toBeUndefined();
    for (let knock = 0; knock < 12; knock++) {
      made.pass(minute);
      await poll(made);
    }
    expect(made.asked).toHaveLength(180);
    expect((await verdict(made))?.endedAt).toBeDefined();
  });

  it('leaves out who is not there, in Vertex AI’s words', async () => {
    const made = world((whom, prompt) => (whom === endpoint ? text(twelve[place(prompt)]!) : notThere));
    await begin(made);
    const [one] = told(made);
    expect(one).toContain('12 of 12');
    expect(one).toContain(
      'base student text-bison@002: does not answer. Vertex AI says: Publisher Model was not found.',
    );
    expect(one).toContain('The tuned model matches in every row.');
    expect(made.asked.filter(name => name.startsWith('text-bison'))).toHaveLength(2);
  });

  it('waits an hour for who gives no answer, while the others are asked', async () => {
    const made = world((whom, prompt) => (whom === teacher ? silent : text(twelve[place(prompt)]!)));
    await begin(made);
    expect((await verdict(made))?.sheets.tuned?.marks).toHaveLength(12);
    expect(told(made)).toEqual([]);
    // Once a look: whoever is silent is not pressed.
    expect(made.asked.filter(name => name.startsWith('text-unicorn'))).toHaveLength(2);
    for (let knock = 0; knock < 62; knock++) {
      made.pass(minute);
      await poll(made);
    }
    expect(told(made)[0]).toContain('teacher text-unicorn@001: did not answer');
    const asked = made.asked.length;
    made.pass(minute);
    await poll(made);
    expect(made.asked).toHaveLength(asked);
  });

  it.each([
    ['has changed since it was checked', { now: '7' }, 'not the one any more'],
    ['has no label', { outputs: [undefined, undefined] }, 'no row of the evaluation dataset has a label'],
  ])('is not given where the evaluation dataset %s', async (_, given, words) => {
    const made = world(() => text('x'), given);
    await begin(made);
    expect(told(made)).toEqual([expect.stringContaining(words)]);
    expect(made.asked).toEqual([]);
  });

  it('is not even begun where there is no evaluation dataset', async () => {
    const made = world(() => text('x'));
    const job = { ...finished, spec: { ...finished.spec, evaluate: false, evaluationDataset: undefined } };
    await made.jobs.create({ job, posts: [{ kind: 'card' }] }, 'view:1');
    await advance(id, made);
    expect([made.asked, told(made), await verdict(made)]).toEqual([[], [], undefined]);
  });
});
