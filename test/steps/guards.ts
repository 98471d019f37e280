import type { Change } from '../../src/job/change.ts';
import { queueOf } from '../../src/job/spec.ts';
import type { Fact, Held, Jobs, World } from '../../src/world.ts';
import { SlackTrouble } from '../../src/world.ts';
import type { MemoryStore } from '../memory-jobs.ts';

type Ports = Pick<World, 'jobs' | 'slack' | 'vertex'>;
type Off = (ports: Ports, store: MemoryStore) => Partial<Ports>;

/** What keeps effects single and nothing forgotten, each with ports in which it is switched off: the model has to notice. */
export const guards = {
  /** Everybody takes a job, whoever holds it, and holds it together with them. */
  'the lease': ({ jobs }, store) => ({
    jobs: {
      ...jobs,
      async claim(id) {
        const kept = store.jobs.get(id);
        const lease = kept?.lease?.id;
        if (kept) kept.lease = undefined;
        const held = await jobs.claim(id);
        if (!held || !kept?.lease || !lease) return held;
        kept.lease.id = lease;
        return { ...held, lease };
      },
    },
  }),

  /** Whoever has lost the lease goes on writing. */
  'the fence': ({ jobs }, store) => {
    const current = (held: Held): Held => ({
      ...held,
      get lease() {
        return store.jobs.get(held.job.id)?.lease?.id;
      },
    });
    return {
      jobs: {
        ...jobs,
        commit: (held, fact) => jobs.commit(current(held), fact),
        renew: held => jobs.renew(current(held)),
        mark: (held, owed, as) => jobs.mark(current(held), owed, as),
        redrawn: (held, which, sent) => jobs.redrawn(current(held), which, sent),
      },
    };
  },

  /** A job is written as it follows from what was read before, over what others wrote meanwhile. */
  'compare-and-set': ({ jobs }) => ({
    jobs: {
      ...withRecord(jobs, async (id, fact) => {
        const [job, ledger] = await read(jobs, id);
        return job && ledger && ((current, _) => same(fact(job, ledger), job, current));
      }),
      commit: (held, fact) => jobs.commit(held, current => same(fact(held.job, held.ledger), held.job, current)),
    },
  }),

  /** The same for the ledger alone: units are counted that somebody has taken meanwhile. Nor does a later knock give back what that leaves. */
  'the ledger in the same commit': ({ jobs }) => ({
    jobs: {
      ...jobs,
      commit: (held, fact) => jobs.commit(held, job => fact(job, held.ledger)),
      govern: async () => {},
    },
  }),

  /** A delivery that was taken before is taken again. */
  'the inbox': ({ jobs }) => {
    let count = 0;
    const forgetful = (all: Jobs): Jobs => ({
      ...all,
      hurried: deadline => forgetful(all.hurried(deadline)),
      taken: async () => undefined,
      create: (change, inbox) => all.create(change, `${inbox} ${change.job.id} ${++count}`),
    });
    return { jobs: forgetful(jobs) };
  },

  /** A change and the posts it owes are two writes. */
  'one commit of a change and its posts': ({ jobs }) => ({
    jobs: {
      ...jobs,
      async commit(held, fact) {
        let owed: Change['posts'];
        const after = await jobs.commit(held, (job, ledger) => {
          const { posts, ...rest } = fact(job, ledger);
          owed = posts;
          return rest;
        });
        return owed?.length ? jobs.commit(after, job => ({ job, posts: owed! })) : after;
      },
    },
  }),

  /** Nothing is marked before it is sent. */
  'the mark before sending': ({ jobs }) => ({
    jobs: {
      ...jobs,
      mark: (held, owed, as) =>
        as.is === 'sending' && as.notBefore === undefined ? jobs.renew(held) : jobs.mark(held, owed, as),
    },
  }),

  /** What was sent without a known outcome is sent again unseen. */
  'the look-up': ({ slack }) => ({ slack: { ...slack, find: async () => undefined } }),

  /** Nobody asks again, when bytes are about to leave, whether the job is still ours. */
  'the last question': ({ slack }) => ({
    slack: { ...slack, send: (message, to) => slack.send(message, { ...to, ours: () => true }) },
  }),

  /** No answer passes for a refusal: nothing was done. */
  'telling unclear from undone': ({ slack }) => ({
    slack: {
      ...slack,
      async send(message, to) {
        try {
          return await slack.send(message, to);
        } catch (error) {
          if (!(error instanceof SlackTrouble) || error.kind !== 'unclear') throw error;
          throw new SlackTrouble({ kind: 'later', code: error.code });
        }
      },
    },
  }),

  /** Each attempt creates a pipeline job of another name, and none is looked for before the next. */
  'the fixed id': ({ vertex }) => ({
    vertex: {
      ...vertex,
      create: (job, ours) => vertex.create({ ...job, id: `${job.id}-${job.attempts}` }, ours),
      async look(job) {
        const name = 'run' in job ? job.run?.name : undefined;
        return name ? vertex.look({ ...job, id: name.replace(/^.*\/retort-/, '') }) : { is: 'missing' };
      },
    },
  }),

  /** A tuning job is not looked for before another is created. */
  'the search by label': ({ vertex }) => ({
    vertex: {
      ...vertex,
      look: async job => (job.state === 'launching' ? { is: 'missing' } : vertex.look(job)),
    },
  }),

  /** Of two tuning jobs of one job, both are waited for. */
  'the sweep of a second one': ({ vertex, jobs }) => ({
    vertex: {
      ...vertex,
      async list(region) {
        const found = await vertex.list(region);
        const known = await Promise.all(found.map(async ({ job }) => jobs.get(job)));
        return found.filter((_, i) => known[i] === undefined);
      },
    },
  }),

  /** A pipeline job that nobody waits for any more is nobody's. */
  'the sweep': ({ vertex }) => ({ vertex: { ...vertex, list: async () => [] } }),

  /** A pipeline job is looked at only where a list says that it has changed. */
  'the look that comes anyway': ({ jobs }) => ({
    jobs: {
      ...jobs,
      release: (held, due) => jobs.release(held, newest => (newest.job.state === 'running' ? undefined : due(newest))),
    },
  }),

  /** A card is not sent once more after the end. */
  'the last redrawing': ({ jobs }) => ({
    jobs: { ...jobs, redrawn: (held, which, sent) => jobs.redrawn(held, which, { ...sent, settled: true }) },
  }),
} satisfies Record<string, Off>;
export type Guard = keyof typeof guards;

/** A world in which one guard is switched off. */
export function without(guard: Guard | undefined, world: World, store: MemoryStore): World {
  return guard ? { ...world, ...guards[guard](world, store) } : world;
}

/** Jobs whose facts are recorded otherwise, also for those who wait. */
function withRecord(jobs: Jobs, prepare: (id: string, fact: Fact) => Promise<Fact | undefined>): Jobs {
  return {
    ...jobs,
    hurried: deadline => withRecord(jobs.hurried(deadline), prepare),
    async record(id, fact) {
      const prepared = await prepare(id, fact);
      return prepared && jobs.record(id, prepared);
    },
  };
}

async function read(jobs: Jobs, id: string) {
  const job = await jobs.get(id);
  return [job, job && (await jobs.ledger(queueOf(job.spec)))] as const;
}

/** A change that was none stays none. */
function same(change: Change, before: Change['job'], current: Change['job']): Change {
  return change.job === before ? { ...change, job: current } : change;
}
