import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Decision } from '../../src/job/change.ts';
import {
  attempted,
  cancelAsked,
  cancelledUnlaunched,
  cancelling,
  cancelWished,
  checked,
  decided,
  expired,
  followed,
  isReplaceable,
  launched,
  observed,
  reminded,
  seated,
  submitted,
} from '../../src/job/change.ts';
import type { Job, JobId } from '../../src/job/job.ts';
import { isFinal } from '../../src/job/job.ts';
import type { Ledger } from '../../src/job/quota.ts';
import { admit, emptyLedger, forecast, line, paused, queue, release, unitsHeld } from '../../src/job/quota.ts';
import { hardware } from '../../src/job/recipe.ts';
import { approver, fine, runWith, specWith } from './sample-jobs.ts';

const people = ['ana', 'ben', 'chi'] as const;
type Person = (typeof people)[number];
/** How many jobs a schedule asks for at most. */
const most = 20;
const approvalTime = 3000;
const runs = 1500;

const person = (user: string) => ({ user, team: 'T0HOME' });

const acts = [
  // Each step by itself, so that others come between,
  ...(['ask', 'approve', 'approve', 'look', 'look', 'look', 'call', 'end'] as const),
  // several at a stretch, so that schedules get far,
  ...(['approved', 'approved', 'approved', 'call', 'call', 'call', 'finish', 'finish', 'finish'] as const),
  // and what comes in between.
  ...(['deny', 'cancel', 'again', 'move', 'pause', 'resume', 'resume', 'resume'] as const),
] as const;

/** One turn of a schedule: what happens, to which job, by whom. */
interface Turn {
  act: (typeof acts)[number];
  which: number;
  by: Person;
  as: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  /** How often each step is committed: not at all by a process that dies before, twice by one that dies before it has read the answer. */
  commits: 0 | 1 | 2;
  later: number;
}

const turns = fc.array(
  fc.record<Turn>({
    act: fc.constantFrom(...acts),
    which: fc.nat(most),
    by: fc.constantFrom(...people),
    as: fc.constantFrom('SUCCEEDED', 'SUCCEEDED', 'FAILED', 'CANCELLED'),
    commits: fc.constantFrom(1, 1, 1, 1, 0, 2),
    later: fc.constantFrom(0, 1, 1, 20, 20, approvalTime / 2),
  }),
  { minLength: 20, maxLength: 90, size: 'max' },
);
const schedules = fc.record({ capacity: fc.constantFrom(64, 64, 100, 128, 192), turns });

/** Whoever holds a seat: the jobs that Vertex AI runs, or is about to run. */
const holding = new Set<Job['state']>(['launching', 'running', 'cancelling']);

/** Several people's jobs on one ledger, moved on by turns. Every commit is of job, ledger and audit at once. */
class House {
  readonly jobs = new Map<JobId, Job>();
  /** The state of every pipeline job that was ever created. */
  readonly pipelines = new Map<JobId, string>();
  readonly audit: (Decision & { job: JobId })[] = [];
  /** Who was seated when, counted in turns. */
  readonly seats: { job: JobId; by: string; turn: number }[] = [];
  /** Since which turn somebody has been waiting without a break. */
  readonly waits = new Map<string, number>();
  ledger: Ledger = emptyLedger;
  now = 1_000_000;
  turn = 0;
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  take({ act, which, by, as, commits, later }: Turn) {
    this.now += later;
    this.turn++;
    const all = [...this.jobs.values()];
    const among = (wanted: (job: Job) => boolean) => {
      const found = all.filter(wanted);
      return found[which % Math.max(1, found.length)];
    };
    switch (act) {
      case 'ask':
        if (all.length < most && commits) this.begin(by);
        break;
      case 'approve':
      case 'deny': {
        const verdict = act === 'approve' ? { approve: true as const } : { approve: false as const, reason: 'No.' };
        // Most often one that waits; sometimes any, as whoever presses may be late.
        const job = among(which % 4 ? ({ state }) => state === 'waiting' : () => true);
        this.commit(job, commits, (job, ledger) => decided(job, verdict, { by: approver, ledger, now: this.now }));
        break;
      }
      case 'cancel':
        this.commit(
          among(() => true),
          commits,
          job => cancelWished(job, { by: job.requester, now: this.now }),
        );
        break;
      case 'again':
      case 'move':
        if (commits)
          this.follow(
            among(({ state }) => state === (act === 'move' ? 'queued' : 'expired')),
            act,
          );
        break;
      case 'pause':
      case 'resume':
        this.ledger = paused(this.ledger, act === 'pause' ? approver : undefined, this.now);
        break;
      case 'look':
        this.look(
          among(job => !isFinal(job) && (job.state !== 'waiting' || which % 4 === 0)),
          commits,
        );
        break;
      case 'call':
        // Seated, attempted, launched: whoever was first in line, where there was a seat.
        for (let looks = 0, next = this.jobs.get(line(this.ledger)[0] ?? ''); looks < 3; looks++)
          this.look(next, commits);
        break;
      case 'approved': {
        if (all.length >= most || !commits) break;
        const job = this.begin(by);
        this.look(job, commits);
        this.commit(job, commits, (job, ledger) =>
          decided(job, { approve: true }, { by: approver, ledger, now: this.now }),
        );
        break;
      }
      case 'end':
      case 'finish': {
        const running = [...this.pipelines].filter(([, state]) => state === 'RUNNING').map(([id]) => id);
        const id = running[which % Math.max(1, running.length)];
        if (!id) break;
        this.pipelines.set(id, as);
        for (let looks = 0; act === 'finish' && looks < 3; looks++) this.look(this.jobs.get(id), commits);
        break;
      }
      default:
        act satisfies never;
    }
    this.remember();
  }

  /** What `advance` does with a job: one step. */
  look(given: Job | undefined, commits: number) {
    const job = given && this.jobs.get(given.id);
    if (!job) return;
    this.now++;
    this.turn++;
    this.remember();
    const { capacity, now } = this;
    if (job.cancel) {
      this.commit(job, commits, (job, ledger) => cancelledUnlaunched(job, { ledger, now }));
      if (isFinal(this.jobs.get(job.id)!)) return;
    }
    switch (job.state) {
      case 'checking':
        return this.commit(job, commits, (job, ledger) =>
          checked(job, fine, { needsApproval: true, approvalTime, capacity, digest: `exact-${job.id}`, ledger, now }),
        );
      case 'waiting':
        return this.commit(job, commits, job => {
          const change = expired(job, now);
          return change.job === job ? reminded(job, now) : change;
        });
      case 'queued':
        return this.commit(job, commits, (job, ledger) => seated(job, { ledger, capacity, now }));
      case 'launching':
        if (job.cancel) return this.commit(job, commits, cancelling);
        if (!job.attempts) return this.commit(job, commits, job => this.attempt(attempted(job, now)));
        return this.commit(job, commits, job => launched(job, this.runOf(job.id), now));
      case 'running':
      case 'cancelling':
        if (job.state === 'running' && job.cancel) return this.commit(job, commits, cancelling);
        if (job.state === 'cancelling' && job.askedAt === undefined) {
          this.commit(job, commits, job => cancelAsked(job, now));
          if (this.pipelines.get(job.id) === 'RUNNING') this.pipelines.set(job.id, 'CANCELLED');
          return;
        }
        return this.commit(job, commits, (job, ledger) =>
          observed(job, { run: this.runOf(job.id) }, { ledger, now: this.now }),
        );
      default:
        return;
    }
  }

  private begin(by: string, from?: Job): Job {
    const id = `job${String(this.jobs.size + 1).padStart(2, '0')}`;
    const spec = specWith({ accelerator: 'TPU', modelName: id });
    const begun = submitted({
      id,
      spec,
      digest: `spec-${id}`,
      requester: person(by),
      channel: 'C1',
      uploads: {},
      from,
      now: this.now,
    });
    this.write(id, begun);
    return begun.job;
  }

  /** A successor of the same spec on this ledger, or one on the other accelerator, which has a ledger of its own. */
  private follow(job: Job | undefined, act: 'again' | 'move') {
    if (!job || !isReplaceable(job) || this.jobs.size >= most * 2) return;
    const action = act === 'move' ? 'move' : 'succeed';
    const heir = `job${String(this.jobs.size + 1).padStart(2, '0')}`;
    this.write(job.id, followed(job, heir, { by: job.requester, action, ledger: this.ledger, now: this.now }));
    if (act === 'again') this.begin(job.requester.user, job);
  }

  /** Vertex AI is asked to create the pipeline job, after the attempt was committed. */
  private attempt(change: Change): Change {
    const { job } = change;
    if (job.state === 'launching' && job.attempts > 0 && !this.pipelines.has(job.id))
      this.pipelines.set(job.id, 'RUNNING');
    return change;
  }

  private runOf(id: JobId) {
    const state = this.pipelines.get(id) ?? 'RUNNING';
    return runWith([], { name: `retort-${id}`, state, ...(state !== 'RUNNING' && { endedAt: this.now }) });
  }

  private commit(job: Job | undefined, commits: number, fact: (job: Job, ledger: Ledger) => Change) {
    for (let i = 0; job && i < commits; i++) {
      this.now += i;
      this.write(job.id, fact(this.jobs.get(job.id)!, this.ledger));
    }
  }

  private write(id: JobId, { job, ledger, audit }: Change) {
    const before = this.jobs.get(id);
    this.jobs.set(id, job);
    if (before?.state === 'queued' && job.state === 'launching') this.seat(job);
    this.ledger = ledger ?? this.ledger;
    if (audit) this.audit.push({ job: id, ...audit });
    this.holds(id);
  }

  private seat(job: Job) {
    const { user } = job.requester;
    if (this.ledger.paused) throw new Error(`Job ${job.id} is seated while launches are paused`);
    const own = [...this.jobs.values()].filter(one => one.state === 'queued' && one.requester.user === user);
    const queuedAt = (one: Job) => ('queuedAt' in one && one.queuedAt) || 0;
    const overtaken = own.filter(
      one => queuedAt(one) < queuedAt(job) || (queuedAt(one) === queuedAt(job) && one.id < job.id),
    );
    if (overtaken.length) throw new Error(`Job ${job.id} is seated before ${overtaken[0]!.id}, of the same person`);
    const last = this.seats.findLast(({ by }) => by === user);
    if (last)
      for (const [other, since] of this.waits) {
        if (other === user || since > last.turn) continue;
        if (!this.seats.some(({ by, turn }) => by === other && turn > last.turn))
          throw new Error(`${user} is seated twice while ${other} waits`);
      }
    this.seats.push({ job: job.id, by: user, turn: this.turn });
  }

  /** Notes who waits, and since when. */
  private remember() {
    const waiting = new Set(Object.values(this.ledger.waiting).map(({ by = '' }) => by));
    for (const name of waiting) if (!this.waits.has(name)) this.waits.set(name, this.turn);
    for (const name of this.waits.keys()) if (!waiting.has(name)) this.waits.delete(name);
  }

  /** What is true of the ledger after every commit, and of the job that it was about. */
  private holds(id: JobId) {
    if (unitsHeld(this.ledger) > this.capacity) throw new Error('More is held than there is');
    const seated = (one: JobId) => holding.has(this.jobs.get(one)!.state);
    const waits = (one: JobId) => this.jobs.get(one)!.state === 'queued';
    const { held, waiting } = this.ledger;
    const all = [...this.jobs.keys()];
    if (!Object.keys(held).every(seated) || !all.every(one => one in held || !seated(one)))
      throw new Error(`Seats are held by ${Object.keys(held)}, and not by those that Vertex AI runs`);
    if (!Object.keys(waiting).every(waits) || !all.every(one => one in waiting || !waits(one)))
      throw new Error(`In line stand ${Object.keys(waiting)}, and not those that are queued`);

    const job = this.jobs.get(id)!;
    const decisions = this.audit.filter(one => one.job === id);
    const verdicts = decisions.filter(({ action }) => ['approve', 'deny', 'expire'].includes(action));
    if (verdicts.length > 1 || new Set(decisions.map(({ action }) => action)).size < decisions.length)
      throw new Error(`Job ${id} is decided about twice: ${decisions.map(({ action }) => action)}`);
    if (!this.pipelines.has(id) && !holding.has(job.state)) return;
    const digest = `exact-${id}`;
    const approval = 'approval' in job ? job.approval : undefined;
    const request = 'request' in job ? job.request : undefined;
    if (verdicts[0]?.action !== 'approve' || verdicts[0].digest !== digest || approval?.digest !== digest)
      throw new Error(`Job ${id} runs and is not approved as it is`);
    if (request?.digest !== digest) throw new Error(`Job ${id} runs for another request`);
  }
}

describe('any schedule of asks, decisions, ends and crashes, over several people’s jobs and one ledger', () => {
  it('never holds more than there is, runs nothing unapproved, decides once, serves in turn, and returns every seat', () => {
    let reached = 0;
    fc.assert(
      fc.property(schedules, ({ capacity, turns }) => {
        const house = new House(capacity);
        for (const turn of turns) house.take(turn);
        reached += house.seats.length;
        settle(house);
      }),
      { numRuns: runs },
    );
    // The schedules are worth something: seats were taken in them.

    expect(reached).toBeGreaterThan(runs);
  });

  /** Nobody asks for anything any more: whoever is in line is seated after so many ends, and in the end nobody holds or waits. */
  function settle(house: House) {
    const quiet = { which: 0, by: 'ana', as: 'SUCCEEDED', commits: 1, later: 1 } as const;
    house.take({ ...quiet, act: 'resume' });
    const ends = Object.keys(house.ledger.waiting).length + Object.keys(house.ledger.held).length;
    for (let end = 0; end <= ends; end++) {
      for (let seat = 0; seat < 3; seat++) house.take({ ...quiet, act: 'call' });
      const holders = Object.keys(house.ledger.held);
      for (const id of [...holders, ...holders]) house.look(house.jobs.get(id), 1);
      house.take({ ...quiet, act: 'finish' });
      for (const id of holders) house.look(house.jobs.get(id), 1);
    }
    expect(house.ledger).toMatchObject({ held: {}, waiting: {} });
    const left = [...house.jobs.values()].filter(({ state }) => state !== 'checking' && state !== 'waiting');
    expect(left.filter(job => !isFinal(job)).map(({ id, state }) => [id, state])).toEqual([]);
  }
});

const { units } = hardware.TPU;
/** A ledger as it may stand: who holds and who waits, at most one holder for each seat there is. */
const ledgers = fc
  .record({
    seats: fc.integer({ min: 1, max: 3 }),
    held: fc.array(fc.record({ by: fc.constantFrom(...people), since: fc.nat(50) }), { maxLength: 3 }),
    waiting: fc.array(fc.record({ by: fc.constantFrom(...people), since: fc.nat(100) }), { maxLength: 8 }),
    served: fc.dictionary(fc.constantFrom(...people), fc.nat(100)),
    took: fc.array(fc.integer({ min: 10, max: 500 }), { maxLength: 10 }),
  })
  .map(({ seats, held, waiting, served, took }) => {
    const named = (name: string, all: typeof waiting) =>
      Object.fromEntries(all.map((one, i) => [`${name}${i + 1}`, { ...one, units }]));
    const ledger: Ledger = { held: named('held', held.slice(0, seats)), waiting: named('wait', waiting), served, took };
    return { capacity: seats * units, ledger };
  });
const now = 100;

describe('forecast()', () => {
  it('says nothing where there are no past jobs', () => {
    fc.assert(
      fc.property(ledgers, ({ capacity, ledger }) => {
        expect(forecast({ ...ledger, took: [] }, { capacity, now })).toBeUndefined();
        const { took: _, ...without } = ledger;
        expect(forecast(without, { capacity, now })).toBeUndefined();
      }),
    );
  });

  it('tells of everybody in line and of every holder, in line’s order, none before now, and no range that ends before it begins', () => {
    fc.assert(
      fc.property(ledgers, ({ capacity, ledger }) => {
        fc.pre(ledger.took!.length > 0);
        const { starts, ends } = forecast(ledger, { capacity, now })!;
        const order = line(ledger);
        expect(Object.keys(starts).sort()).toEqual([...order].sort());
        expect(Object.keys(ends).filter(id => id in ledger.held)).toEqual(Object.keys(ledger.held));
        for (const { from, to } of [...Object.values(starts), ...Object.values(ends)]) {
          expect(from).toBeGreaterThanOrEqual(now);
          expect(to).toBeGreaterThanOrEqual(from);
        }
        for (const [i, id] of order.slice(1).entries()) {
          expect(starts[id]!.from).toBeGreaterThanOrEqual(starts[order[i]!]!.from);
          expect(starts[id]!.to).toBeGreaterThanOrEqual(starts[order[i]!]!.to);
        }
      }),
      { numRuns: runs },
    );
  });

  it('comes true where every job takes as long as the past ones did', () => {
    fc.assert(
      fc.property(ledgers, fc.integer({ min: 60, max: 400 }), ({ capacity, ledger }, takes) => {
        const { starts } = forecast({ ...ledger, took: [takes] }, { capacity, now })!;
        expect(Object.fromEntries([...Object.entries(starts)].map(([id, { from }]) => [id, from]))).toEqual(
          played(ledger, { capacity, takes }),
        );
      }),
      { numRuns: runs },
    );
  });

  /** When everybody is seated, played with the ledger itself. */
  function played(ledger: Ledger, { capacity, takes }: { capacity: number; takes: number }): Record<string, number> {
    const starts: Record<string, number> = {};
    let current = ledger;
    for (let at = now; Object.keys(current.waiting).length; at++) {
      for (const [id, { since }] of Object.entries(current.held))
        if (since + takes <= at) current = release(current, id);
      for (let next = line(current)[0]; next; next = line(current)[0]) {
        const seated = admit(current, next, { capacity, now: at });
        if (!seated) break;
        starts[next] = at;
        current = seated;
      }
    }
    return starts;
  }

  it('tells nothing of a job that wants more than there is, nor of those behind it', () => {
    const ledger = queue(queue(emptyLedger, 'large', { units: 128, since: 1 }), 'small', { units: 64, since: 2 });
    expect(forecast({ ...ledger, took: [10] }, { capacity: 64, now })?.starts).toEqual({});
  });
});
