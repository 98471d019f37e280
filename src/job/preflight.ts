import { z } from 'zod';
import { type Leaks, Report } from './dataset.ts';
import { estimate } from './estimate.ts';
import { limits, recommended } from './recipe.ts';
import type { DatasetField, PipelineSpec, Spec } from './spec.ts';
import { isPipeline, valueIn } from './spec.ts';

/** Things a spec names that Vertex AI would look for only after the job has started. */
export const named = ['pipelineRoot', 'outputs', 'serviceAccount', 'tensorboard', 'encryptionKey'] as const;
export type Named = (typeof named)[number];

export const Answer = z.discriminatedUnion('is', [
  z.object({ is: z.literal('fine') }),
  /** `why` is one of the catalogue's reasons; `about` what it speaks of. */
  z.object({ is: z.literal('wrong'), why: z.enum(['not-there', 'no-right']), about: z.string() }),
  z.object({
    is: z.literal('unknown'),
    why: z.enum(['no-right', 'no-answer', 'not-retort', 'not-named']),
    about: z.string(),
  }),
]);
/** What could be learnt of something named in a spec: never a guess. */
export type Answer = z.infer<typeof Answer>;

export const Reading = z.discriminatedUnion('is', [
  z.object({
    is: z.literal('read'),
    report: Report,
    /** The object's generation, pinned when it was read. */
    generation: z.string(),
    /** Of all its bytes as they were read, in hexadecimal. */
    sha256: z.string().optional(),
    /** Whether the object is in another project's bucket; unknown where that could not be learnt. */
    elsewhere: z.boolean().optional(),
  }),
  z.object({ is: z.literal('missing') }),
  z.object({ is: z.literal('forbidden') }),
  /** The upload could not be fetched from Slack. */
  z.object({ is: z.literal('not-fetched'), why: z.string() }),
  /** What was to be mended is not what was checked any more, or too little of it is different. */
  z.object({ is: z.literal('not-mended'), why: z.enum(['changed', 'too-few']), uri: z.string() }),
]);
/** What came of reading a dataset. */
export type Reading = z.infer<typeof Reading>;

/** All that is looked at before a job may be approved. */
export interface Known {
  dataset: Reading;
  evaluationDataset?: Reading | undefined;
  /** Rows of the dataset that stand in the evaluation dataset, too, where both were read. */
  leaks?: Leaks | undefined;
  named: Partial<Record<Named, Answer>>;
}

export const Finding = z.object({
  level: z.enum(['blocker', 'warning']),
  about: z.enum(['dataset', 'evaluationDataset', ...named]),
  name: z.string(),
  count: z.number().optional(),
  lines: z.array(z.number()).optional(),
  /** Numbers and names that the sentence about it needs. */
  value: z.string().optional(),
});
/** Something preflight noticed. `name` is one of the catalogue's keys. */
export type Finding = z.infer<typeof Finding>;

/** What stands in the way of a spec, and what is worth knowing, blockers first. */
export function findings(spec: Spec, known: Known): Finding[] {
  return inOrder([
    ...ofReading('dataset', known.dataset),
    ...ofLeaks(known.leaks),
    ...(known.dataset.is === 'read' && isPipeline(spec) ? ofSteps(spec, known.dataset.report) : []),
    ...(known.evaluationDataset ? ofReading('evaluationDataset', known.evaluationDataset) : []),
    ...named.flatMap(about => ofAnswer(about, known.named[about], spec)),
  ]);
}

/** What the datasets alone show, without a spec. */
export function findingsOfData(known: {
  dataset: Report;
  evaluationDataset?: Report | undefined;
  leaks?: Leaks | undefined;
}): Finding[] {
  return inOrder([
    ...ofReport('dataset', known.dataset),
    ...ofLeaks(known.leaks),
    ...(known.evaluationDataset ? ofReport('evaluationDataset', known.evaluationDataset) : []),
  ]);
}

function inOrder(found: readonly Finding[]): Finding[] {
  return [...found.filter(isBlocker), ...found.filter(finding => !isBlocker(finding))];
}

/** Whether a finding keeps a job from being launched. */
export function isBlocker(finding: Finding): boolean {
  return finding.level === 'blocker';
}

function ofReading(about: DatasetField, reading: Reading): Finding[] {
  switch (reading.is) {
    case 'missing':
    case 'forbidden':
      return [{ level: 'blocker', about, name: reading.is }];
    case 'not-fetched':
      return [{ level: 'blocker', about, name: 'not-fetched', value: reading.why }];
    case 'not-mended':
      return [{ level: 'blocker', about, name: `not-mended-${reading.why}`, value: reading.uri }];
    case 'read':
      return [...whereabouts(about, reading.elsewhere), ...ofReport(about, reading.report)];
    default:
      return reading satisfies never;
  }
}

function whereabouts(about: DatasetField, elsewhere: boolean | undefined): Finding[] {
  if (elsewhere === false) return [];
  return [{ level: 'warning', about, name: elsewhere ? 'elsewhere' : 'project-unknown' }];
}

function ofReport(about: DatasetField, report: Report): Finding[] {
  const values = valuesOf(report);
  const those = (level: Finding['level'], found: Report['faults'] | Report['oddities']): Finding[] =>
    Object.entries(found).map(([name, { count, lines }]) => {
      const value = values[name as keyof typeof values];
      return { level, about, name, count, lines, ...(value && { value }) };
    });
  return [...those('blocker', report.faults), ...size(about, report), ...those('warning', report.oddities)];
}

/** What the sentences about some findings need besides: names of fields and labels, and numbers. */
function valuesOf({ unknownFields, meant, shape, lengths, balance }: Report) {
  const { input, output } = lengths ?? {};
  return {
    'unknown-field': unknownFields.join(', '),
    'no-input': meant?.join(', '),
    'without-label': shape?.labels.map(label => `${label}:`).join(', '),
    'other-order': shape?.labels.map(label => `${label}:`).join(', '),
    'input-truncated': input && String(input.cut),
    'output-truncated': output && String(output.cut),
    'lone-output': balance && String(balance.distinct),
    'rare-output': balance && String(balance.distinct),
  };
}

function ofLeaks({ exact, near }: Leaks = {}): Finding[] {
  const warning = { level: 'warning', about: 'dataset' } as const;
  return [
    ...(exact ? [{ ...warning, name: 'in-evaluation', ...exact }] : []),
    ...(near ? [{ ...warning, name: 'near-evaluation', ...near }] : []),
  ];
}

function ofSteps(spec: PipelineSpec, { rows }: Report): Finding[] {
  const { epochs } = estimate({ ...spec, rows });
  const warning = (name: string, value?: string): Finding[] => [
    { level: 'warning', about: 'dataset', name, count: spec.steps, ...(value && { value }) },
  ];
  const range = recommended[spec.task]?.steps;
  const outside = range && (spec.steps < range[0] || spec.steps > range[1]);
  if (epochs === undefined) return [];
  return [
    ...(epochs < 1 ? warning('below-one-epoch', String(epochs)) : []),
    ...(epochs > limits.epochs ? warning('many-epochs', String(epochs)) : []),
    ...(outside ? warning('steps-outside-range', range.join(' ')) : []),
  ];
}

function size(about: DatasetField, { rows, labelled, faults }: Report): Finding[] {
  const faulty = Object.keys(faults).length > 0;
  const blocker = (name: string): Finding[] => [{ level: 'blocker', about, name, count: rows }];
  const warning = (name: string, count = rows): Finding[] => [{ level: 'warning', about, name, count }];
  if (rows === 0) return faulty ? [] : blocker('no-examples');
  if (about === 'evaluationDataset') {
    const [least, most] = limits.evaluationExamples;
    if (rows < least) return blocker('evaluation-too-small');
    if (rows > most) return blocker('evaluation-too-large');
    if (labelled === 0) return warning('unlabelled-evaluation');
    return labelled < rows ? warning('partly-labelled', rows - labelled) : [];
  }
  if (rows > limits.examples) return blocker('too-many-examples');
  if (labelled > 0 && labelled < rows) return warning('partly-labelled', rows - labelled);
  if (labelled === 0) return rows <= limits.unlabelledExamples ? warning('few-unlabelled') : [];
  return rows < limits.labelledExamples ? warning('few-labelled') : [];
}

function ofAnswer(about: Named, answer: Answer | undefined, spec: Spec): Finding[] {
  if (!answer || answer.is === 'fine') return [];
  const value = answer.about || String(valueIn(spec, about) ?? '');
  return [{ level: answer.is === 'wrong' ? 'blocker' : 'warning', about, name: `${answer.is}-${answer.why}`, value }];
}
