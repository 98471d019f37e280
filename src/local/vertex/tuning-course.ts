import type { Experimenter } from './boards.ts';
import { experiment, servicesOwn } from './boards.ts';
import type { Pace } from './clock.ts';
import { pace } from './clock.ts';
import { openContexts } from './contexts.ts';
import type { Turns } from './conversation.ts';
import { move } from './course.ts';
import { minutes } from './dag.ts';
import { address, unreadable } from './dataset.ts';
import { readExamples } from './examples.ts';
import type { Gate } from './gate.ts';
import type { House } from './house.ts';
import type { Parts } from './label.ts';
import { answered } from './label.ts';
import type { Labelled } from './lesson.ts';
import { lesson } from './lesson.ts';
import { deploy, upload } from './models.ts';
import { fullName, timestamp } from './resource.ts';
import type { Tuned } from './student.ts';
import { through, tuning } from './student.ts';
import type { RpcStatus } from './trouble.ts';
import { rpc } from './trouble.ts';
import type { Phase, TuningJob } from './tuning-job.ts';
import { dataStats } from './tuning-stats.ts';
import { scores } from './uploader.ts';

/** How many minutes the phases take; a Gemini model's tuning on a few hundred rows is known to take about fifteen (GoogleCloudPlatform/generative-ai, sft_gemini_summarization.ipynb). */
const lengths = {
  pending: 0.5,
  WAITING_FOR_QUOTA: 0,
  PROCESSING_DATASET: 2,
  WAITING_FOR_CAPACITY: 0.5,
  TUNING: 3,
  perStep: 0.03,
  perEvaluation: 0.1,
  POST_PROCESSING: 4,
} as const satisfies Record<Phase, number> & Record<string, number>;

/** What is done where nothing is asked for: what Vertex AI chooses is not documented. */
const usual = { epochs: 3, batchSize: 8, learningRate: 1e-4 };

/** How often a student is evaluated on its way, and how many models of it are kept. */
const evaluations = 15;
const mostKept = 10;

/** Carries a tuning job through its phases to a terminal state; only the closing of the stand-in leaves it unfinished. */
export async function carryOut(job: TuningJob, house: House): Promise<void> {
  const { closing } = house;
  const time = pace(job.clock, AbortSignal.any([job.cancelling.signal, closing]));
  const on: Floor = { job, house, time, held: [] };
  try {
    await time.wait(lengths.pending);
    job.startTime = timestamp();
    move(job, 'RUNNING');
    await journey(on);
    end(job, 'SUCCEEDED');
  } catch (error) {
    if (closing.aborted) return;
    if (job.cancelling.signal.aborted) await cancelled(on);
    else end(job, 'FAILED', on.failure ?? rpc(error));
  } finally {
    for (const leave of on.held) leave();
  }
}

/** Where one tuning job is worked on: its time, the places that it holds, and the failure that was planned for it. */
type Floor = { job: TuningJob; house: House; time: Pace; held: (() => void)[]; failure?: RpcStatus };

async function journey(on: Floor): Promise<void> {
  const { job, house, time } = on;
  await phase(on, 'WAITING_FOR_QUOTA', () => place(on, house.tuning.quota));
  const read = await phase(on, 'PROCESSING_DATASET', () => examples(on));
  const leave = await phase(on, 'WAITING_FOR_CAPACITY', async () => {
    await time.wait(lengths.WAITING_FOR_CAPACITY);
    return place(on, house.tuning.capacity);
  });
  const tuned = await phase(on, 'TUNING', () => tune(on, read));
  leave();
  await phase(on, 'POST_PROCESSING', async () => {
    await time.wait(lengths.POST_PROCESSING, house.closing);
    await (job.order.family === 'open' ? handOut(on, tuned) : serve(on, tuned));
  });
}

async function phase<T>(on: Floor, name: Phase, work: () => Promise<T>): Promise<T> {
  const { job, house, time } = on;
  job.phase = name;
  job.updateTime = timestamp();
  const { failures } = house.tuning;
  const at = failures.findIndex(one => one.phase === name && (one.job === undefined || one.job === job.id));
  const [planned] = at < 0 ? [] : failures.splice(at, 1);
  if (planned) {
    await time.wait(lengths[name] / 2);
    on.failure = { code: planned.code, message: planned.message };
    throw new Error(planned.message);
  }
  return work();
}

/** Waits for a place, and holds it until it is left or the job ends. */
async function place({ job, house, time, held }: Floor, gate: Gate): Promise<() => void> {
  const leave = await gate.enter(AbortSignal.any([job.cancelling.signal, house.closing]));
  held.push(leave);
  time.catchUp();
  return leave;
}

async function examples({ job, house, time }: Floor): Promise<Parts<Turns>> {
  await time.wait(lengths.PROCESSING_DATASET);
  const read = await readExamples(house.storage, job.order);
  const { epochs = usual.epochs, batchSize = usual.batchSize, teacher } = job.order;
  job.stepsPerEpoch = Math.ceil(read.train.length / batchSize);
  job.steps = epochs * job.stepsPerEpoch;
  job.stats = dataStats(read.train, { steps: job.steps, distilled: teacher !== undefined });
  return read;
}

async function tune({ job, house, time }: Floor, read: Parts<Turns>): Promise<Tuned> {
  const { order } = job;
  const to = opened(job, house);
  const rows = await taught(read, job, house);
  await time.wait(lengths.TUNING + (order.teacher === undefined ? 0 : rows.train.length * minutes.perLabel));
  const work = tuning({
    lesson: await lesson(rows.train),
    rows: rows.train,
    evaluation: rows.evaluation,
    steps: job.steps,
    batch: order.batchSize ?? usual.batchSize,
    learningRateMultiplier:
      order.learningRateMultiplier ?? (order.learningRate ?? usual.learningRate) / usual.learningRate,
    interval: Math.ceil(job.steps / evaluations),
    earlyStopping: false,
    checkpoint: 'last',
    keep: new Set(kept(job)),
    seed: JSON.stringify([order.student, order.dataset]),
  });
  const noted = scores();
  const tuned = await through(work, async taken => {
    const { step, evaluation } = taken;
    await time.wait((step - job.step) * lengths.perStep + (evaluation ? lengths.perEvaluation : 0));
    job.step = step;
    job.updateTime = timestamp();
    noted.note(taken);
    if (house.live) noted.publish(to);
  });
  noted.publish(to);
  return tuned;
}

/** What the student learns: the teacher's answers to all prompts, or the labels at hand. */
async function taught(
  { train, evaluation }: Parts<Turns>,
  { order }: TuningJob,
  house: House,
): Promise<Parts<Labelled>> {
  const asked = ({ input, output }: Turns, kept: boolean) => ({
    input_text: input,
    ...(kept && output !== undefined && { output_text: output }),
  });
  const rows = {
    train: train.map(row => asked(row, order.teacher === undefined)),
    evaluation: evaluation.map(row => asked(row, true)),
  };
  return { train: await answered(house, rows.train), evaluation: await answered(house, rows.evaluation) };
}

/** Opens the job's experiment, in the TensorBoard instance of the service. */
function opened(job: TuningJob, { boards, contexts }: House): Experimenter {
  const { project, region, order } = job;
  const board = servicesOwn(boards, { project, region });
  const [id, run] = [`tuning-experiment-${job.id}`, `tuning-experiment-run-${job.id}`];
  const labels = order.body.labels ?? {};
  job.experiment = openContexts(contexts, {
    store: fullName(project, { region, path: 'metadataStores/default' }),
    id,
    run,
    board: board.name,
    labels,
  });
  return experiment(board, { id, displayName: id, labels, run });
}

/** After which steps models are kept: after each epoch, or, in the Gemini distillation service, at ten places on the way. */
function kept({ order, steps, stepsPerEpoch }: TuningJob): number[] {
  if (order.family === 'open' || order.lastOnly) return [];
  const epochs = steps / stepsPerEpoch;
  const parts = order.teacher === undefined ? Math.min(epochs, mostKept) : mostKept;
  const share = order.teacher === undefined ? steps / parts : steps / (parts + 1);
  const wanted = Array.from({ length: parts }, (_, i) => Math.round((i + 1) * share));
  return [...new Set(wanted)].filter(step => step > 0);
}

/** Writes the weights of an open model, which is deployed nowhere. */
async function handOut({ job, house }: Floor, { lesson, step }: Tuned): Promise<void> {
  const uri = `${job.order.outputUri}/postprocess/node-0/checkpoints/final/miniature.json`;
  const { bucket, name } = address(uri);
  const text = JSON.stringify({ student: job.order.student, steps: step, classes: lesson.classes.length });
  try {
    await house.storage.bucket(bucket).file(name).save(text, { resumable: false, contentType: 'application/json' });
  } catch (error) {
    throw unreadable(error, uri);
  }
}

/** Puts a Gemini model into the registry, and deploys it and what was kept of it, each to an endpoint of its own. */
async function serve({ job, house }: Floor, tuned: Tuned): Promise<void> {
  const { project, region, order, stepsPerEpoch } = job;
  const displayName = order.body.tunedModelDisplayName || `${order.student}-${job.id}`;
  const labels = order.body.labels ?? {};
  const model = upload(house.models, {
    project,
    region,
    displayName,
    labels,
    base: order.student,
    asked: 'generateContent',
    tuned,
  });
  const endpoint = deploy(house.models, { project, model });
  job.model = `${model.name}@1`;
  job.endpoint = endpoint.name;
  job.checkpoints = tuned.kept.map(({ step, model: weights }, i) => ({
    checkpointId: String(i + 1),
    epoch: Math.ceil(step / stepsPerEpoch),
    step,
    endpoint:
      step === tuned.step
        ? endpoint.name
        : deploy(house.models, { project, model, tuned: { ...tuned, model: weights } }).name,
  }));
}

async function cancelled({ job, house }: Floor): Promise<void> {
  try {
    await job.clock.until(job.clock.now() + minutes.cancelling * 60_000, house.closing);
  } catch {
    return;
  }
  end(job, 'CANCELLED', { code: 1, message: `The tuning job "${job.id}" was cancelled.` });
}

function end(job: TuningJob, state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED', error?: RpcStatus): void {
  if (error) job.error = error;
  job.endTime = timestamp();
  move(job, state);
}
