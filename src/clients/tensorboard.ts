import { z } from 'zod';
import type { Point as CurvePoint, Curves, Tag } from '../job/curves.ts';
import { tagOf, tidy } from '../job/curves.ts';
import type { Experiment as Found, Job } from '../job/job.ts';
import type { Run } from '../job/run.ts';
import { isPipeline } from '../job/spec.ts';
import type { Reported, Vertex } from '../world.ts';
import type { GoogleRequest } from './google.ts';
import { listed, Time, unavailable, vertexAddress } from './google.ts';

const Experiment = z.looseObject({
  name: z.string(),
  createTime: z.string().default(''),
  labels: z.record(z.string(), z.string()).default({}),
});
const Context = z.looseObject({
  metadata: z
    .looseObject({ backing_tensorboard_resource: z.string().optional().catch(undefined) })
    .default({})
    .catch({}),
});
const Named = z.looseObject({ name: z.string() });
const TimeSeries = z.looseObject({ name: z.string(), displayName: z.string().default('') });

// Protocol buffers leave zeros out of their JSON, write 64-bit integers as strings, and numbers that JSON lacks by name.
const Numeric = z.union([z.number(), z.string().transform(Number)]);
const Point = z.looseObject({
  step: Numeric.default(0),
  wallTime: Time,
  scalar: z.looseObject({ value: Numeric.default(0) }).optional(),
});
const SeriesData = z.looseObject({
  tensorboardTimeSeriesId: z.string().default(''),
  values: z.array(Point).default([]),
});
type Points = z.infer<typeof Point>[];

/** Beyond this many points an answer is a random choice, unless more are asked for (tensorboard_service.proto). */
const randomBeyond = 1000;
const mostPoints = '10000';
/** The longest page that the service gives (tensorboard_service.proto). */
const pageSize = '1000';

/** Reads what a run has written to Vertex AI TensorBoard. */
export function tensorboardClient({
  request,
  endpoint,
}: {
  request: GoogleRequest;
  endpoint?: string | undefined;
}): Pick<Vertex, 'curves'> {
  const address = (name: string) => vertexAddress(name, { endpoint });
  const list = <Item>(name: string, collection: string, item: z.ZodType<Item>) =>
    listed(request, {
      url: address(`${name}/${collection}`),
      query: { pageSize },
      name: `tensorboard${collection[0]?.toUpperCase()}${collection.slice(1)}`,
      item,
    });

  // Display names are unique within a run (tensorboard_time_series.proto), so a call names at most twelve series: Google's
  // Python client names twenty.
  async function pointsOf(board: string, names: readonly string[]): Promise<Map<string, Points>> {
    const outcome = await request({
      url: `${address(board)}:batchRead`,
      query: { timeSeries: names },
      answer: z.looseObject({ timeSeriesData: z.array(SeriesData).default([]) }),
    });
    const data = outcome.is === 'ok' ? outcome.body.timeSeriesData : [];
    const found = new Map<string, Points>();
    for (const name of names) {
      const batched = data.find(({ tensorboardTimeSeriesId: id }) => id && name.endsWith(`/${id}`));
      const whole = batched && batched.values.length < randomBeyond;
      found.set(name, whole ? batched.values : await readOne(name));
    }
    return found;
  }

  async function readOne(name: string): Promise<Points> {
    const outcome = await request({
      url: `${address(name)}:read`,
      query: { maxDataPoints: mostPoints },
      answer: z.looseObject({ timeSeriesData: SeriesData }),
    });
    if (outcome.is !== 'ok') throw unavailable(`Cannot read the time series "${name}"`, outcome);
    return outcome.body.timeSeriesData.values;
  }

  async function curvesOf(board: string, experiment: string): Promise<Curves> {
    const points = new Map<Tag, CurvePoint[]>();
    for (const run of await list(experiment, 'runs', Named)) {
      const series = (await list(run.name, 'timeSeries', TimeSeries)).flatMap(({ name, displayName }) => {
        const tag = tagOf(displayName);
        return tag ? [{ name, tag }] : [];
      });
      if (!series.length) continue;
      const read = await pointsOf(
        board,
        series.map(({ name }) => name),
      );
      for (const { name, tag } of series) {
        const found = points.get(tag) ?? [];
        points.set(tag, found);
        for (const { step, scalar, wallTime } of read.get(name) ?? [])
          if (scalar) found.push({ step, value: scalar.value, at: wallTime });
      }
    }
    return Object.fromEntries([...points].map(([tag, found]) => [tag, tidy(found)]));
  }

  /** The curves of a tuning job, whose experiment is a context of the metadata store that names the TensorBoard behind it (GoogleCloudPlatform/generative-ai, sft_gemini_summarization.ipynb). */
  async function ofContext(context: string): Promise<Reported> {
    const outcome = await request({ url: address(context), answer: Context });
    if (outcome.is === 'status' && outcome.status === 404) return { experiment: { is: 'none' }, curves: {} };
    if (outcome.is !== 'ok') throw unavailable(`Cannot read the context "${context}"`, outcome);
    const board = outcome.body.metadata.backing_tensorboard_resource;
    if (!board) return { experiment: { is: 'none' }, curves: {} };
    const name = `${board}/experiments/${context.split('/').at(-1)}`;
    return { experiment: { is: 'found', name }, curves: await curvesOf(board, name) };
  }

  return {
    async curves(job) {
      const context = job.run?.tuning?.experiment;
      if (context) return ofContext(context);
      const board = isPipeline(job.spec) ? job.spec.tensorboard : undefined;
      if (!board || !job.run) return { experiment: { is: 'none' }, curves: {} };
      const experiment = experimentOf(job, job.run, await list(board, 'experiments', Experiment));
      return { experiment, curves: experiment.is === 'found' ? await curvesOf(board, experiment.name) : {} };
    },
  };
}

/** A run's experiment: the one labelled with the job; or else the only one that nobody labelled and that was begun while it ran; or else the one that a task of the run names as its output. How a distillation names its experiment is not documented. */
function experimentOf(job: Pick<Job, 'id'>, run: Run, experiments: readonly z.infer<typeof Experiment>[]): Found {
  const labelled = experiments.find(({ labels }) => labels['retort-job'] === job.id);
  if (labelled) return { is: 'found', name: labelled.name };
  const unlabelled = experiments.filter(({ labels }) => !labels['retort-job']);
  const { startedAt, endedAt = Number.POSITIVE_INFINITY } = run;
  const during = unlabelled.filter(({ createTime }) => {
    const at = Date.parse(createTime);
    return startedAt !== undefined && at >= startedAt && at <= endedAt;
  });
  const uploaded = uploadedTo(run);
  const [only] =
    during.length === 1 ? during : unlabelled.filter(({ name }) => name.endsWith(`/experiments/${uploaded}`));
  if (only) return { is: 'found', name: only.name };
  return { is: during.length ? 'several' : 'none' };
}

/** The id of the experiment that a task says it uploaded to, as a resource name or as the address of its page, where the name's slashes are pluses. */
function uploadedTo({ tasks }: Run): string | undefined {
  const outputs = tasks.flatMap(task => Object.values(task.outputs ?? {}));
  const [, id] = /\/tensorboards\/\d+\/experiments\/([a-z0-9-]+)/.exec(outputs.join('\n').replaceAll('+', '/')) ?? [];
  return id;
}
