import { describe, expect, it } from 'vitest';
import type { Judged } from '../../src/job/change.ts';
import { judged } from '../../src/job/change.ts';
import { followUpAt } from '../../src/job/follow-up.ts';
import type { Job } from '../../src/job/job.ts';
import { states } from '../../src/job/job.ts';
import type { Verdict } from '../../src/job/verdict.ts';
import { aheadAt, isToBeJudged, markOf, missedAt, scoreOf, wilson } from '../../src/job/verdict.ts';
import { endpoint, jobIn, start } from '../views/jobs.ts';

const hour = 3_600_000;
const at = (now: number) => ({ now, patience: hour });
const answers = (sheets: Extract<Judged, { is: 'answers' }>['sheets'], lines = [1, 2, 3]): Judged => ({
  is: 'answers',
  lines,
  sheets,
});
const told = [{ kind: 'verdict' }, { kind: 'attachment', of: 'passport' }];
const job = jobIn('succeeded');
const verdictOf = (job: Job) => ('verdict' in job ? job.verdict : undefined);

// Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3.
it.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('wilson() of %i in %i lies between %f and %f', (hits, of, from, to) => {
  const interval = wilson(hits, of);
  expect(interval.from).toBeCloseTo(from, 4);
  expect(interval.to).toBeCloseTo(to, 4);
});

it.each([
  ['billing', 'billing', '1'],
  [' billing\n', 'billing', '1'],
  ['Billing', 'billing', '0'],
  ['', 'billing', '0'],
  ['', '', '1'],
  [undefined, 'billing', '-'],
])('an answer %j where %j is expected is marked %s', (answer, expected, mark) => {
  expect(markOf(answer, expected)).toBe(mark);
});

describe('scoreOf()', () => {
  it.each([
    [[90], 90],
    [[300, 100], 200],
    [[900, 100, 200], 200],
    [[4, 1, 3, 2], 2.5],
  ])('takes %j to have the median %f', (ms, median) => {
    expect(scoreOf({ marks: '1'.repeat(ms.length), ms })?.median).toBe(median);
  });

  it('counts a row without an answer as one that does not match', () => {
    expect(scoreOf({ marks: '1-0-', ms: [1, 1] })).toMatchObject({ asked: 4, same: 1, unanswered: 2 });
  });

  it.each([
    ['nothing was asked', undefined],
    ['nothing was answered', { marks: '--', ms: [] }],
    ['it was not there', { marks: '', ms: [], out: 'Not found.' }],
  ])('has none where %s', (_, sheet) => {
    expect(scoreOf(sheet)).toBeUndefined();
  });
});

describe('the rows', () => {
  const verdict: Verdict = {
    beganAt: 0,
    lines: [2, 3, 5, 7, 11],
    sheets: { tuned: { marks: '1101-', ms: [] }, student: { marks: '1010', ms: [] } },
  };

  it('where one matches and the other does not are named by line, and only those both were asked about', () => {
    expect(aheadAt(verdict, 'tuned', 'student')).toEqual([3, 7]);
    expect(aheadAt(verdict, 'student', 'tuned')).toEqual([5]);
    expect(aheadAt(verdict, 'tuned', 'teacher')).toEqual([]);
  });

  it('that the tuned model misses count those without an answer', () => {
    expect(missedAt(verdict, 'tuned')).toEqual([5, 11]);
  });
});

describe('judged()', () => {
  it('adds up what is learnt, and gives the verdict when everybody was asked about every row', () => {
    const half = judged(
      job,
      answers({
        tuned: { marks: '11', ms: [7, 8] },
        student: { marks: '0', ms: [9] },
        teacher: { marks: '111', ms: [1, 1, 1] },
      }),
      at(start),
    );
    expect(half.posts).toBeUndefined();
    expect(half.job).toMatchObject({
      answeredAt: start,
      verdict: { beganAt: start, learntAt: start, lines: [1, 2, 3] },
    });
    const whole = judged(
      half.job,
      answers({ tuned: { marks: '0', ms: [9] }, student: { marks: '-1', ms: [4] } }),
      at(start + 1),
    );
    expect(whole.posts).toEqual(told);
    expect(verdictOf(whole.job)).toEqual({
      beganAt: start,
      learntAt: start + 1,
      endedAt: start + 1,
      lines: [1, 2, 3],
      sheets: {
        tuned: { marks: '110', ms: [7, 8, 9] },
        student: { marks: '0-1', ms: [9, 4] },
        teacher: { marks: '111', ms: [1, 1, 1] },
      },
    });
  });

  it('waits for nobody who is not there', () => {
    const out = { marks: '', ms: [], out: 'Not found.' };
    const seen = answers({ tuned: { marks: '111', ms: [1, 1, 1] }, student: out, teacher: out });
    expect(judged(job, seen, at(start)).posts).toEqual(told);
  });

  it('gives the verdict without whoever gave no answer for too long', () => {
    const seen = answers({ tuned: { marks: '111', ms: [1, 1, 1] }, student: { marks: '1', ms: [1] } });
    const waiting = judged(job, seen, at(start));
    expect(judged(waiting.job, answers({}), at(start + hour - 1)).posts).toBeUndefined();
    const late = judged(waiting.job, answers({}), at(start + hour));
    expect(late.posts).toEqual(told);
    expect(verdictOf(late.job)?.sheets).toMatchObject({
      student: { marks: '1', out: '' },
      teacher: { marks: '', out: '' },
    });
    expect(verdictOf(late.job)?.sheets.tuned?.out).toBeUndefined();
  });

  it('is not late where Retort itself was away', () => {
    const waiting = judged(job, answers({ tuned: { marks: '1', ms: [1] } }), at(start));
    const back = judged(waiting.job, answers({ tuned: { marks: '1', ms: [1] } }), at(start + 5 * hour));
    expect(back.posts).toBeUndefined();
    expect(judged(back.job, answers({}), at(start + 6 * hour - 1)).posts).toBeUndefined();
    expect(judged(back.job, answers({}), at(start + 6 * hour)).posts).toEqual(told);
  });

  it('says why nothing could be compared', () => {
    const { job: ended, posts } = judged(job, { is: 'hindered', hindrance: 'changed' }, at(start));
    expect([verdictOf(ended), posts]).toMatchObject([{ hindrance: 'changed', endedAt: start }, told]);
    const waiting = judged(job, { is: 'put-off' }, at(start));
    expect(waiting.posts).toBeUndefined();
    const late = judged(waiting.job, { is: 'put-off' }, at(start + hour));
    expect(verdictOf(late.job)).toMatchObject({ hindrance: 'unread', endedAt: start + hour });
  });

  it('leaves a job alone that has its verdict, or can have none', () => {
    const { job: ended } = judged(job, { is: 'hindered', hindrance: 'changed' }, at(start));
    for (const one of [ended, ...states.filter(state => state !== 'succeeded').map(state => jobIn(state) as Job)])
      expect(judged(one, answers({}), at(start))).toEqual({ job: one });
  });
});

it.each([
  ['has a tuned model at an endpoint and an evaluation dataset', job, true],
  ['has no endpoint', { ...job, endpoint: undefined }, false],
  ['has no model', { ...job, model: undefined, endpoint }, false],
  ['was not evaluated', { ...job, spec: { ...job.spec, evaluate: false } }, false],
  ['has its verdict', { ...job, verdict: { beganAt: 0, endedAt: 1, lines: [], sheets: {} } }, false],
  ['is half way through', { ...job, verdict: { beganAt: 0, lines: [], sheets: {} } }, true],
  ['has failed', jobIn('failed'), false],
])('a job that %s', (_, one, is) => {
  expect(isToBeJudged(one as Job)).toBe(is);
  expect(followUpAt(one as Job, { soon: 7 }) === 7).toBe(is);
});
