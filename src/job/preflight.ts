import { z } from 'zod';
import { type Leaks, Report } from './dataset.ts';
import { estimate } from './estimate.ts';
import type { DatasetRules } from './recipe.ts';
import { datasetFormats, limits, mostEvaluated, recipeOf, recommended } from './recipe.ts';
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
  /** The format that the dataset is in, where that is not pairs of `input_text` and `output_text`. */
  format: z.enum(datasetFormats).optional(),
});
/** Something preflight noticed. `name` is one of the catalogue's keys. */
export type Finding = z.infer<typeof Finding>;

/** What stands in the way of a spec, and what is worth knowing, blockers first. */
export function findings(spec: Spec, known: Known): Finding[] {
  const rules = recipeOf(spec.recipe).dataset;
  const rows = known.dataset.is === 'read' ? known.dataset.report.rows : undefined;
  return inOrder([
    ...ofReading('dataset', known.dataset, { rules }),
    ...ofLeaks(known.leaks),
    ...(known.dataset.is === 'read' && isPipeline(spec) ? ofSteps(spec, known.dataset.report) : []),
    ...(known.evaluationDataset ? ofReading('evaluationDataset', known.evaluationDataset, { rules, rows }) : []),
    ...named.flatMap(about => ofAnswer(about, known.named[about], spec)),
  ]);
}

/** What the datasets alone show, without a spec. */
export function findingsOfData(
  known: { dataset: Report; evaluationDataset?: Report | undefined; leaks?: Leaks | undefined },
  rules: DatasetRules,
): Finding[] {
  const { rows } = known.dataset;
  return inOrder([
    ...ofReport('dataset', known.dataset, { rules }),
    ...ofLeaks(known.leaks),
    ...(known.evaluationDataset ? ofReport('evaluationDataset', known.evaluationDataset, { rules, rows }) : []),
  ]);
}

function inOrder(found: readonly Finding[]): Finding[] {
  return [...found.filter(isBlocker), ...found.filter(finding => !isBlocker(finding))];
}

/** Whether a finding keeps a job from being launched. */
export function isBlocker(finding: Finding): boolean {
  return finding.level === 'blocker';
}

/** What a dataset is held to: its recipe's rules, and how many rows the dataset itself has, where it is the evaluation dataset. */
interface Held {
  rules: DatasetRules;
  rows?: number | undefined;
}

function ofReading(about: DatasetField, reading: Reading, held: Held): Finding[] {
  switch (reading.is) {
    case 'missing':
    case 'forbidden':
      return [{ level: 'blocker', about, name: reading.is }];
    case 'not-fetched':
      return [{ level: 'blocker', about, name: 'not-fetched', value: reading.why }];
    case 'not-mended':
      return [{ level: 'blocker', about, name: `not-mended-${reading.why}`, value: reading.uri }];
    case 'read':
      return [...whereabouts(about, reading.elsewhere), ...ofReport(about, reading.report, held)];
    default:
      return reading satisfies never;
  }
}

function whereabouts(about: DatasetField, elsewhere: boolean | undefined): Finding[] {
  if (elsewhere === false) return [];
  return [{ level: 'warning', about, name: elsewhere ? 'elsewhere' : 'project-unknown' }];
}

function ofReport(about: DatasetField, report: Report, held: Held): Finding[] {
  const values = valuesOf(report);
  const those = (level: Finding['level'], found: Report['faults'] | Report['oddities']): Finding[] =>
    Object.entries(found).map(([name, { count, lines }]) => {
      const value = values[name as keyof typeof values];
      return { level, about, name, count, lines, ...(value && { value }) };
    });
  const { format } = report;
  return [
    ...those('blocker', report.faults),
    ...size(about, report, held),
    ...those('warning', report.oddities).filter(finding => !isWelcome(finding)),
  ].map(finding => ({ ...finding, ...(format && { format }) }));
}

/** Labels that training does not read are what Retort compares the tuned model's answers with. */
function isWelcome({ about, name }: Finding): boolean {
  return about === 'evaluationDataset' && name === 'output-unread';
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

function size(about: DatasetField, { rows, labelled, faults, bytes }: Report, held: Held): Finding[] {
  const { rules } = held;
  const faulty = Object.keys(faults).length > 0;
  const found =
    (level: Finding['level']) =>
    (name: string, count: number, value?: number): Finding[] => [
      { level, about, name, count, ...(value !== undefined && { value: String(value) }) },
    ];
  const [blocker, warning] = [found('blocker'), found('warning')];
  if (bytes > (rules.bytes ?? Infinity)) return blocker('too-large', bytes, rules.bytes);
  if (rows === 0) return faulty ? [] : blocker('no-examples', rows);
  if (about === 'evaluationDataset') {
    const wrong = evaluationSize();
    return wrong.length ? wrong : evaluationLabels();
  }
  if (rows > (rules.examples ?? Infinity)) return blocker('too-many-examples', rows, rules.examples);
  return labels();

  function evaluationSize(): Finding[] {
    const { least = 0, most = Infinity } = rules.evaluation;
    if (rows < least) return blocker('evaluation-too-small', rows);
    if (rows > most) return blocker('evaluation-too-large', rows);
    // Where the dataset has no example, that is what is wrong.
    const allowed = held.rows ? mostEvaluated(rules, held.rows) : Infinity;
    return rows > allowed ? blocker('evaluation-too-large-a-share', rows, allowed) : [];
  }

  function evaluationLabels(): Finding[] {
    if (rules.labels !== 'optional') return [];
    if (labelled === 0) return warning('unlabelled-evaluation', rows);
    return labelled < rows ? warning('partly-labelled', rows - labelled) : [];
  }

  function labels(): Finding[] {
    if (rules.labels !== 'optional') return [];
    if (labelled > 0 && labelled < rows) return warning('partly-labelled', rows - labelled);
    const { labelled: some = 0, unlabelled: many = 0 } = rules.recommended ?? {};
    if (labelled === 0) return rows <= many ? warning('few-unlabelled', rows) : [];
    return rows < some ? warning('few-labelled', rows) : [];
  }
}

function ofAnswer(about: Named, answer: Answer | undefined, spec: Spec): Finding[] {
  if (!answer || answer.is === 'fine') return [];
  const value = answer.about || String(valueIn(spec, about) ?? '');
  return [{ level: answer.is === 'wrong' ? 'blocker' : 'warning', about, name: `${answer.is}-${answer.why}`, value }];
}
