import { best, drawable, end } from '../job/curves.ts';
import { estimate } from '../job/estimate.ts';
import type { Job } from '../job/job.ts';
import type { Reading } from '../job/preflight.ts';
import { recipeOf } from '../job/recipe.ts';
import { labelledDatasetOf, labelsOf, pipelineJobName, weightsOf } from '../job/request.ts';
import type { Run } from '../job/run.ts';
import { isPipeline } from '../job/spec.ts';
import { contestantsOf, missedAt, scoreOf } from '../job/verdict.ts';
import type { Around } from './card.ts';

/** The form of a passport: raised where a field changes its meaning or goes. */
const form = 1;

/** Everything needed to know where a model came from, as JSON; of a job that has made none yet, as far as it has got. No row of a dataset is in it. */
export function passport(job: Job, { project, deployment, version }: Around): string {
  const { spec } = job;
  const checked = 'checked' in job ? job.checked : undefined;
  const run = 'run' in job ? job.run : undefined;
  const rows = checked?.dataset.report.rows;
  return `${JSON.stringify(
    {
      passport: form,
      job: {
        id: job.id,
        state: job.state,
        project,
        deployment,
        createdAt: time(job.createdAt),
        launchedAt: 'launchedAt' in job ? time(job.launchedAt) : undefined,
        endedAt: 'endedAt' in job ? time(job.endedAt) : undefined,
        follows: job.from,
        followedBy: job.heir,
      },
      requestedBy: job.requester,
      approval: approval(job),
      spec,
      specDigest: `sha256:${job.digest}`,
      planned: isPipeline(spec)
        ? { ...estimate({ ...spec, rows }), steps: spec.steps }
        : { steps: run?.tuning?.planned, epochs: spec.epochs },
      datasets: {
        dataset: dataset(spec.dataset, checked?.dataset, job.uploads.dataset?.name),
        evaluationDataset:
          spec.evaluate && spec.evaluationDataset
            ? dataset(spec.evaluationDataset, checked?.evaluationDataset, job.uploads.evaluationDataset?.name)
            : undefined,
        mending: job.mend && { what: job.mend.mending, instruction: job.mend.instruction, of: job.mend.of },
      },
      ...(run && carriedOut(job, run, { project, deployment })),
      training: training(job),
      model: model(job),
      verdict: verdict(job),
      failure: job.state === 'failed' ? job.failure : undefined,
      versions: { retort: version, passport: form, job: job.schema },
    },
    undefined,
    2,
  )}\n`;
}

/** The pipeline job or the tuning job that carried a job out, and where a tuning job wrote what it did not register. */
function carriedOut(job: Job, run: Run, { project, deployment }: Pick<Around, 'project' | 'deployment'>) {
  const { spec } = job;
  if (isPipeline(spec))
    return {
      pipelineJob: {
        ...ran(job, run, deployment),
        requestedAs: pipelineJobName(job, project),
        template: { uri: recipeOf(spec.recipe).template, version: run.template },
      },
    };
  const { epochs, steps, examples, checkpoints } = run.tuning ?? {};
  const isDone = job.state === 'succeeded';
  return {
    tuningJob: {
      ...ran(job, run, deployment),
      completed: { epochs, steps },
      examples,
      checkpoints,
      weights: isDone ? weightsOf(job) : undefined,
      labelledDataset: isDone ? labelledDatasetOf(job) : undefined,
    },
  };
}

function ran(job: Job, { name, state, startedAt, endedAt }: Run, deployment: string) {
  return { name, labels: labelsOf(job, deployment), state, startedAt: time(startedAt), endedAt: time(endedAt) };
}

function time(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function approval(job: Job) {
  const request = 'request' in job ? job.request : undefined;
  const given = 'approval' in job ? job.approval : undefined;
  if (!request && !given) return undefined;
  return {
    requestedAt: time(request?.at),
    // Of the spec and of the datasets' generations.
    digest: `sha256:${given?.digest ?? request?.digest ?? job.digest}`,
    approvedBy: given?.by,
    approvedAt: time(given?.at),
    deniedBy: job.state === 'denied' ? job.denial.by : undefined,
  };
}

function dataset(uri: string, reading: Extract<Reading, { is: 'read' }> | undefined, upload: string | undefined) {
  const report = reading?.report;
  return {
    uri,
    uploadedAs: upload,
    generation: reading?.generation,
    sha256: reading?.sha256,
    bytes: report?.bytes,
    rows: report?.rows,
    labelled: report?.labelled,
  };
}

/** The curves with the ends and the bests of each; which of them chose the checkpoint is not known. */
function training(job: Job) {
  const curves = 'curves' in job ? job.curves : undefined;
  if (!curves || !drawable(curves)) return undefined;
  const accuracy = curves.eval_fraction_of_correct_next_step_preds ?? curves.train_fraction_of_correct_next_step_preds;
  const loss = curves.eval_total_loss ?? curves.train_total_loss;
  const experiment = 'experiment' in job ? job.experiment : undefined;
  return {
    measuredOn: curves.eval_total_loss ? 'evaluation dataset' : 'training dataset',
    tokenAccuracy: { last: end(accuracy), highest: best(accuracy, { highest: true }) },
    loss: { last: end(loss), lowest: best(loss) },
    experiment: experiment?.is === 'found' ? experiment.name : undefined,
    curves,
  };
}

function model(job: Job) {
  if (job.state !== 'succeeded') return undefined;
  const { model: name, endpoint, undeployedAt } = job;
  return {
    name,
    displayName: job.spec.modelName,
    version: name?.split('@')[1],
    endpoint,
    undeployedAt: time(undeployedAt),
  };
}

function verdict(job: Job) {
  const given = job.state === 'succeeded' ? job.verdict : undefined;
  if (!given) return undefined;
  const { beganAt, endedAt, hindrance, lines, sheets } = given;
  return {
    beganAt: time(beganAt),
    endedAt: time(endedAt),
    hindrance,
    rows: lines.length,
    exactMatch: Object.fromEntries(
      contestantsOf(job.spec).map(who => [who, scoreOf(sheets[who]) ?? { unanswered: sheets[who]?.out ?? '' }]),
    ),
    missedByTunedModel: missedAt(given, 'tuned'),
  };
}
