import type { Curves } from '../../src/job/curves.ts';
import type { Job, JobId } from '../../src/job/job.ts';
import type { Run, RunTask } from '../../src/job/run.ts';
import { hasEnded } from '../../src/job/run.ts';
import type { Message } from '../../src/world.ts';

/** A message as it stands in Slack now. */
export interface Posted {
  ts: string;
  channel: string;
  thread: string | undefined;
  job: JobId;
  key: string;
  message: Message;
  /** What it shows instead of all that, where it is a file. */
  file?: string;
}

/** A pipeline job or a tuning job of Vertex AI, by its whole course. */
interface Pipeline {
  name: string;
  /** Labels: whose it is, and whether of this deployment. */
  job: JobId;
  ours: boolean;
  region: string;
  begunAt: number;
  lasts: number;
  cancelledAt?: number;
}

/** How every pipeline job goes, unless it is cancelled. */
export interface Course {
  lasts: number;
  ends: 'SUCCEEDED' | 'FAILED';
}

/** How long a pipeline job takes to stop, in milliseconds. */
const stopping = 20_000;

/** What Retort's processes act upon, and what survives every one of them: time, Slack's messages and Vertex AI's pipeline jobs. */
export class Outside {
  now = Date.UTC(2026, 10, 24, 9);
  /** In the order they came. */
  readonly messages: Posted[] = [];
  /** Pictures by id, and whether each is still there. */
  readonly files = new Map<string, boolean>();
  /** Files that were handed in, by id: not shown yet, shown, or removed before they were. */
  readonly handed = new Map<string, 'unseen' | 'shown' | 'removed'>();
  readonly #pipelines: Pipeline[] = [];
  readonly #course: Course;
  #late: { until: number; effect: () => void }[] = [];
  #shown: { isWhat: (posted: Posted) => boolean; see: (posted: Posted) => void }[] = [];

  constructor(course: Course) {
    this.#course = course;
  }

  // ─── time ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Lets time pass, in milliseconds; what was to happen meanwhile has happened then. */
  pass(milliseconds: number) {
    this.now += milliseconds;
    const due = this.#late.filter(({ until }) => until <= this.now);
    for (const { effect } of due) effect();
  }

  /** Something that happens after its call was given up, at any moment within a time, in milliseconds. Returns how to make it happen now. */
  later(effect: () => void, within: number): () => void {
    const one = {
      until: this.now + within,
      effect: () => {
        if (!this.#late.includes(one)) return;
        this.#late = this.#late.filter(other => other !== one);
        effect();
      },
    };
    this.#late.push(one);
    return one.effect;
  }

  /** Whether something is still to happen of which nobody knows. */
  get isUnsettled(): boolean {
    return this.#late.length > 0;
  }

  // ─── Slack ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  post(message: Message, to: Omit<Posted, 'ts' | 'message'>): string {
    const { channel, thread, job, key } = to;
    const posted = { ts: `${this.messages.length + 1}.000000`, channel, thread, job, key, message };
    this.messages.push(posted);
    const seen = this.#shown.filter(({ isWhat }) => isWhat(posted));
    this.#shown = this.#shown.filter(one => !seen.includes(one));
    for (const { see } of seen) see(posted);
    return posted.ts;
  }

  draw(message: Message, ts: string) {
    const posted = this.messages.find(one => one.ts === ts);
    if (posted) posted.message = message;
  }

  find({ channel, thread, job, key }: Omit<Posted, 'ts' | 'message'>): string | undefined {
    return this.messages.find(
      one => one.channel === channel && one.thread === thread && one.job === job && one.key === key,
    )?.ts;
  }

  upload(): string {
    const id = `F0PICTURE${this.files.size}`;
    this.files.set(id, true);
    return id;
  }

  handIn(): string {
    const id = `F0HANDED${this.handed.size}`;
    this.handed.set(id, 'unseen');
    return id;
  }

  /** Shows a file, once; one that was removed is shown nowhere any more. */
  share(file: string, { channel, thread }: Pick<Posted, 'channel' | 'thread'>): string {
    const before = this.#showing(file);
    if (before) return before.ts;
    const ts = `${this.messages.length + 1}.000000`;
    if (this.handed.get(file) === 'removed') return ts;
    this.handed.set(file, 'shown');
    this.messages.push({ ts, channel, thread, file, job: '', key: '', message: { text: file, blocks: [] } });
    return ts;
  }

  /** The message that shows a file; one that is shown nowhere is removed. */
  shownAs(file: string): string | undefined {
    const ts = this.#showing(file)?.ts;
    if (!ts) this.handed.set(file, 'removed');
    return ts;
  }

  #showing(file: string): Posted | undefined {
    return this.messages.find(one => one.file === file);
  }

  remove(file: string) {
    this.files.set(file, false);
  }

  /** The first message of a kind, as soon as there is one. */
  shown(isWhat: (posted: Posted) => boolean): Promise<Posted> {
    const there = this.messages.find(isWhat);
    if (there) return Promise.resolve(there);
    return new Promise(see => this.#shown.push({ isWhat, see }));
  }

  // ─── Vertex AI ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The pipeline job it began; undefined where there is one of that name. */
  begin(asked: Pick<Pipeline, 'name' | 'job' | 'ours' | 'region'> & { lasts?: number }): Run | undefined {
    if (this.#pipelines.some(({ name }) => name === asked.name)) return undefined;
    const pipeline = { lasts: this.#course.lasts, ...asked, begunAt: this.now };
    this.#pipelines.push(pipeline);
    return this.#run(pipeline);
  }

  /** The tuning job it began: always another one, as none has a name before. */
  beginTuning(asked: Pick<Pipeline, 'job' | 'region'> & { lasts?: number }): Run | undefined {
    return this.begin({ ...asked, ours: true, name: `${place}/tuningJobs/${this.#pipelines.length + 1}` });
  }

  look(name: string): { run: Run; ours: boolean } | undefined {
    const pipeline = this.#pipelines.find(one => one.name === name);
    return pipeline && { run: this.#run(pipeline), ours: pipeline.ours };
  }

  /** The first tuning job of a job's, by its label. */
  labelled(job: JobId): { run: Run; ours: boolean } | undefined {
    const first = this.#pipelines.find(one => one.job === job && isTuning(one));
    return first && this.look(first.name);
  }

  /** A point every minute. */
  curves(name: string): Curves {
    const { startedAt = this.now, endedAt = this.now } = this.look(name)?.run ?? {};
    const count = Math.floor((endedAt - startedAt) / 60_000);
    const steps = Array.from({ length: count }, (_, i) => i + 1);
    return { train_total_loss: { steps, values: steps.map(step => 1 / step) } };
  }

  cancel(name: string) {
    const pipeline = this.#pipelines.find(one => one.name === name);
    if (pipeline && !hasEnded(this.#run(pipeline))) pipeline.cancelledAt ??= this.now;
  }

  /** Pipeline jobs of this deployment, with the job each says it is of. */
  pipelines(region?: string): { job: JobId; run: Run }[] {
    return this.#pipelines
      .filter(one => one.ours && (!region || one.region === region))
      .map(one => ({ job: one.job, run: this.#run(one) }));
  }

  /** Pipeline jobs of this deployment that changed since a moment, and when they last did. */
  changed(region: string, since: number): { job: JobId; updatedAt: number }[] {
    return this.pipelines(region).flatMap(({ job, run: { updatedAt = 0, tuning } }) =>
      updatedAt >= since && !tuning ? [{ job, updatedAt }] : [],
    );
  }

  #run(pipeline: Pipeline): Run {
    const { name, begunAt, cancelledAt, lasts } = pipeline;
    const { ends } = this.#course;
    const endsAt = Math.min(begunAt + lasts, (cancelledAt ?? Infinity) + stopping);
    const end = endsAt < begunAt + lasts ? 'CANCELLED' : ends;
    const going = cancelledAt === undefined ? 'RUNNING' : 'CANCELLING';
    const state = this.now >= endsAt ? end : going;
    const endedAt = this.now >= endsAt ? { endedAt: endsAt } : {};
    if (isTuning(pipeline)) {
      const id = this.now < begunAt + lasts / 2 ? 'WAITING_FOR_CAPACITY' : 'TUNING';
      const phase = { id, name: id.toLowerCase().replaceAll('_', '-'), state: 'RUNNING' };
      const tuning = { checkpoints: [], experiment: `${place}/metadataStores/default/contexts/1` };
      return { name, state, startedAt: begunAt, ...endedAt, tasks: 'endedAt' in endedAt ? [] : [phase], tuning };
    }
    const tasks: RunTask[] = [{ id: '1', name: 'root', state }];
    for (const [i, name] of ['validate-inputs', 'tune-student'].entries()) {
      const startsAt = begunAt + (i * lasts) / 2;
      if (this.now >= startsAt && startsAt < endsAt) tasks.push({ id: `${i + 2}`, parent: '1', name, state });
    }
    const changes = [begunAt, begunAt + lasts / 2, cancelledAt ?? begunAt, endsAt];
    const updatedAt = Math.max(...changes.filter(at => at <= this.now));
    return { name, state, startedAt: begunAt, updatedAt, ...endedAt, tasks };
  }
}

const place = 'projects/acme-ml/locations/somewhere';

/** The fixed name of a job's pipeline job. */
export function pipelineName({ id }: Pick<Job, 'id'>): string {
  return `${place}/pipelineJobs/retort-${id}`;
}

function isTuning({ name }: Pipeline): boolean {
  return name.includes('/tuningJobs/');
}
