import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/job/change.ts';
import {
  foundIdle,
  observed,
  passportWished,
  stillDeployed,
  tried,
  tryWished,
  undeployAsked,
  undeployed,
  undeployWished,
} from '../../src/job/change.ts';
import { followUpAt, idleAt, idleTime, isServed } from '../../src/job/follow-up.ts';
import type { Job } from '../../src/job/job.ts';
import { Job as JobSchema, states } from '../../src/job/job.ts';
import { Post } from '../../src/job/post.ts';
import { emptyLedger } from '../../src/job/quota.ts';
import { longestTrial, trialsKept } from '../../src/job/trial.ts';
import { ana, ben, jobIn, start, verdict } from '../views/jobs.ts';

const day = 86_400_000;
/** A finished job that has its verdict. */
const job = { ...jobIn('succeeded'), verdict };
const { endedAt } = job;
const now = endedAt + day;
const trial = (id: string, changed = {}) => ({ id, by: ana.user, at: now, prompt: 'Classify: x', ...changed });
const wished = undeployWished(job, { by: ana, now }).job;
const others: Job[] = [
  ...states.filter(state => state !== 'succeeded').map(state => jobIn(state) as Job),
  { ...job, endpoint: undefined },
  { ...job, model: undefined },
  { ...job, undeployedAt: now },
];

/** Changes are what the store can keep. */
function expectKept({ job: changed, posts = [] }: Change) {
  expect(JobSchema.parse(changed)).toEqual(changed);
  for (const post of posts) expect(Post.parse(post)).toEqual(JSON.parse(JSON.stringify(post)));
}

it.each(others.map(one => [one.state, one] as const))(
  'a job that is %s, or whose model is at no endpoint, is tried, undeployed and reminded of by nobody',
  (_, one) => {
    expect(isServed(one)).toBe(false);
    for (const change of [
      tryWished(one, trial('V1')),
      undeployWished(one, { by: ana, now }),
      undeployAsked(one, now),
      undeployed(one, now),
      stillDeployed(one, 'shared'),
      foundIdle(one, { isThere: true, now: now + 100 * day }),
    ])
      expect(change).toEqual({ job: one });
    expect(followUpAt(one, { soon: now })).toBeUndefined();
  },
);

describe('a trial', () => {
  it('waits in the job, is answered once, and its answer is owed to the thread', () => {
    const asked = tryWished(job, trial('V1'));
    expectKept(asked);
    expect(followUpAt(asked.job, { soon: 7 })).toBe(7);
    expect(tryWished(asked.job, trial('V1'))).toEqual({ job: asked.job });
    const came = { by: ana.user, prompt: 'Classify: x', answer: 'billing', ms: 240 };
    const done = tried(asked.job, 'V1', came, now);
    expectKept(done);
    expect(done.posts).toEqual([{ kind: 'trial', ...came }]);
    expect(done.job).toMatchObject({ trials: [], tried: ['V1'], answeredAt: now });
    expect(tried(done.job, 'V1', came, now)).toEqual({ job: done.job });
    expect(tryWished(done.job, trial('V1'))).toEqual({ job: done.job });
  });

  it('that had no answer is not a use of the model', () => {
    const asked = tryWished(job, trial('V1')).job;
    const done = tried(asked, 'V1', { by: ana.user, prompt: 'x', hindrance: 'silent' }, now);
    expect(done.job).not.toHaveProperty('answeredAt');
    expect(done.posts).toHaveLength(1);
  });

  it('is refused where too many wait already', () => {
    const ids = Array.from({ length: trialsKept.waiting + 1 }, (_, i) => `V${i}`);
    const asked = ids.reduce<Job>((one, id) => tryWished(one, trial(id)).job, job);
    expect(asked).toMatchObject({ trials: ids.slice(0, -1).map(id => ({ id })) });
  });

  it('is kept no longer than can be shown', () => {
    const asked = tryWished(job, trial('V1')).job;
    const long = 'x'.repeat(1_000_000);
    const { posts } = tried(asked, 'V1', { by: ana.user, prompt: long, answer: long, expected: long, said: long }, now);
    expect(JSON.stringify(posts).length).toBeLessThan(5 * longestTrial.shown);
  });
});

describe('undeploying', () => {
  it('is wished once, asked for, and over when the model is found gone', () => {
    const wish = undeployWished(job, { by: ana, now });
    expectKept(wish);
    expect(wish.audit).toEqual({ action: 'undeploy', by: ana, at: now, digest: job.digest });
    expect(undeployWished(wish.job, { by: ben, now })).toEqual({ job: wish.job });
    expect(followUpAt(wish.job, { soon: 7 })).toBe(7);
    const asked = undeployAsked(wish.job, now + 1);
    expectKept(asked);
    expect(asked.job).toMatchObject({ undeploy: { by: ana, at: now, askedAt: now + 1 } });
    const gone = undeployed(asked.job, now + 2);
    expectKept(gone);
    expect(gone.posts).toEqual([{ kind: 'undeployed', by: ana.user }]);
    expect(gone.job).toMatchObject({ undeployedAt: now + 2 });
    expect(gone.job).not.toHaveProperty('undeploy');
    expect(followUpAt(gone.job, { soon: 7 })).toBeUndefined();
  });

  it('that was done elsewhere has nobody’s name', () => {
    expect(undeployed(job, now).posts).toEqual([{ kind: 'undeployed', by: undefined }]);
  });

  it('that comes to nothing is told to who wished it, who may wish it again', () => {
    const change = stillDeployed(wished, 'refused', 'No.');
    expectKept(change);
    expect(change.posts).toEqual([{ kind: 'still-deployed', by: ana.user, why: 'refused', said: 'No.' }]);
    expect(undeployWished(change.job, { by: ana, now }).audit).toBeDefined();
  });
});

describe('a model that nobody uses', () => {
  const at = (one: Job) => followUpAt(one, { soon: start });

  it('is told of once, two weeks after its job’s end, and again two weeks after it was used', () => {
    expect(at(job)).toBe(endedAt + idleTime);
    expect(foundIdle(job, { isThere: true, now: endedAt + idleTime - 1 })).toEqual({ job });
    const told = foundIdle(job, { isThere: true, now: endedAt + idleTime });
    expectKept(told);
    expect(told.posts).toEqual([{ kind: 'idle' }]);
    expect(at(told.job)).toBeUndefined();
    const used = endedAt + idleTime + day;
    expect(at({ ...told.job, answeredAt: used } as Job)).toBe(used + idleTime);
  });

  it('is not told of while it is used', () => {
    expect(at({ ...job, answeredAt: now })).toBe(now + idleTime);
  });

  it('is looked for again after a day, where it could not be learnt whether it is there', () => {
    const { job: looked, posts } = foundIdle(job, { isThere: false, now: endedAt + idleTime });
    expect(posts).toBeUndefined();
    expect(isServed(looked) && idleAt(looked)).toBe(endedAt + idleTime + day);
  });
});

describe('a passport', () => {
  it('is owed to the thread when it is asked for, and not again at once', () => {
    const asked = passportWished(job, now);
    expectKept(asked);
    expect(asked.posts).toEqual([{ kind: 'attachment', of: 'passport' }]);
    expect(passportWished(asked.job, now + 59_999)).toEqual({ job: asked.job });
    expect(passportWished(asked.job, now + 60_000).posts).toHaveLength(1);
  });

  it('comes with the end: after the verdict, or with what makes one impossible', () => {
    const passports = ({ posts = [] }: Change) =>
      posts.filter(post => post.kind === 'attachment' && post.of === 'passport');
    const running = jobIn('running');
    const run = { ...jobIn('succeeded').run };
    const end = (endpoint?: string) => passports(observed(running, { run, endpoint }, { ledger: emptyLedger, now }));
    expect(end('projects/1/locations/us-central1/endpoints/2')).toHaveLength(0);
    expect(end()).toHaveLength(1);
    const open = jobIn('succeeded');
    expect(passports(undeployed(open, now))).toHaveLength(1);
    expect(passports(undeployed(job, now))).toHaveLength(0);
  });
});
