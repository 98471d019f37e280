import { isReplaceable } from './change.ts';
import { toCut } from './cut.ts';
import { faults, rowsCompared } from './dataset.ts';
import type { Job, JobId } from './job.ts';
import type { Mend, Mending } from './mend.ts';
import type { Finding, Reading } from './preflight.ts';
import { recipeOf } from './recipe.ts';
import type { DatasetField, Spec } from './spec.ts';

const unusable: ReadonlySet<string> = new Set(faults);
const helps: Record<string, Mending> = {
  'repeated-input': 'drop-duplicates',
  'without-label': 'drop-misshapen',
  'other-order': 'drop-misshapen',
  'other-opening': 'drop-misshapen',
  'no-instruction': 'add-instruction',
  'evaluation-too-small': 'cut-evaluation',
  'evaluation-too-large': 'cut-evaluation',
  'evaluation-too-large-a-share': 'cut-evaluation',
  'mixed-formats': 'convert',
};

function remedy({ name }: Finding): Mending | undefined {
  if (name.startsWith('format-')) return 'convert';
  if (unusable.has(name)) return 'drop-unusable';
  return Object.hasOwn(helps, name) ? helps[name] : undefined;
}

/** What can be done about what was found in a job's datasets. Rows that cannot be used come first: nothing else is offered before. */
export function offered(job: Job): Mending[] {
  if (!isReplaceable(job)) return [];
  const { dataset } = readings(job);
  const found = new Set(findingsOf(job).flatMap(finding => remedy(finding) ?? []));
  const needed = new Set(findingsOf(job).flatMap(finding => (unusable.has(finding.name) ? remedy(finding)! : [])));
  const first = (['convert', 'drop-unusable'] as const).filter(mending => needed.has(mending));
  if (first.length || dataset?.is !== 'read') return first;
  const { rows } = dataset.report;
  const rules = recipeOf(job.spec.recipe).dataset;
  const cut = toCut(rows, rules);
  // At least as many rows are left to train on as are cut off, and all of them have to be compared.
  const divisible =
    cut >= (rules.evaluation.least ?? 1) &&
    rows >= 2 * cut &&
    rows <= Math.min(rules.examples ?? Infinity, rowsCompared);
  if (!job.spec.evaluate && divisible) found.add('cut-evaluation');
  if (!divisible) found.delete('cut-evaluation');
  return [...found];
}

/** A mending of a job's datasets, as they were read; undefined where none was read that it could change. */
export function mendOf(job: Job, asked: Pick<Mend, 'mending' | 'instruction'>): Mend | undefined {
  const read = readings(job);
  const { mending } = asked;
  const concerned = (about: DatasetField) => {
    if (mending === 'cut-evaluation') return about === 'dataset';
    return mending === 'add-instruction' || findingsOf(job).some(it => it.about === about && remedy(it) === mending);
  };
  const of: Mend['of'] = {};
  for (const about of ['dataset', 'evaluationDataset'] as const) {
    const reading = read[about];
    const uri = job.spec[about];
    if (uri && reading?.is === 'read' && concerned(about)) of[about] = { uri, generation: reading.generation };
  }
  return of.dataset || of.evaluationDataset ? { ...asked, of } : undefined;
}

/** A spec that names the objects a mending will write, below the folder of the job that begins with it. */
export function mendedSpec(spec: Spec, { mending, of }: Mend, where: { bucket: string; job: JobId }): Spec {
  const named = (name: string) => `gs://${where.bucket}/retort/${where.job}/${name}-${mending}.jsonl`;
  const cut = mending === 'cut-evaluation';
  return {
    ...spec,
    ...(of.dataset && { dataset: named('train') }),
    ...((of.evaluationDataset || cut) && { evaluationDataset: named('eval') }),
    ...(cut && { evaluate: true }),
  };
}

function findingsOf(job: Job): readonly Finding[] {
  if (job.state === 'refused') return job.findings;
  return 'checked' in job && job.checked ? job.checked.findings : [];
}

function readings(job: Job): Partial<Record<DatasetField, Reading | undefined>> {
  if (job.state === 'refused') return { dataset: job.readings[0], evaluationDataset: job.readings[1] };
  return 'checked' in job && job.checked ? job.checked : {};
}
