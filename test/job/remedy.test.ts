import { describe, expect, it } from 'vitest';
import type { Fault, Oddity } from '../../src/job/dataset.ts';
import { faults, oddities } from '../../src/job/dataset.ts';
import type { Mending } from '../../src/job/mend.ts';
import type { Finding } from '../../src/job/preflight.ts';
import { mendedSpec, mendOf, offered } from '../../src/job/remedy.ts';
import { jobIn, readWith, specWith, wish } from './sample-jobs.ts';

const spec = specWith();

/** A job in whose datasets these things were found. */
function having(
  names: readonly string[],
  { about = 'dataset' as Finding['about'], rows = 240, evaluate = true, evaluation = 60 } = {},
) {
  const dataset = readWith({ rows });
  const evaluationDataset = evaluate ? readWith({ rows: evaluation, labelled: evaluation }) : undefined;
  const found = names.map((name): Finding => ({ level: 'blocker', about, name, count: 1, lines: [1] }));
  return jobIn('refused', {
    spec: specWith({ evaluate, ...(!evaluate && { evaluationDataset: undefined }) }),
    readings: [dataset, ...(evaluationDataset ? [evaluationDataset] : [])],
    findings: found,
  });
}

const ofFault: Record<Fault, Mending> = {
  'not-utf8': 'drop-unusable',
  'byte-order-mark': 'drop-unusable',
  'format-input-output': 'convert',
  'format-messages': 'convert',
  'format-contents': 'convert',
  'format-prompt-completion': 'convert',
  'format-instruction': 'convert',
  'format-question': 'convert',
  'format-variant': 'convert',
  nul: 'drop-unusable',
  'not-json': 'drop-unusable',
  'cut-off': 'drop-unusable',
  'not-an-object': 'drop-unusable',
  'no-input': 'drop-unusable',
  'wrong-role': 'drop-unusable',
  'no-content': 'drop-unusable',
  'empty-input': 'drop-unusable',
  'input-not-text': 'drop-unusable',
  'output-not-text': 'drop-unusable',
  'no-output': 'drop-unusable',
  'too-long': 'drop-unusable',
};
const ofOddity: Partial<Record<Oddity, Mending>> = {
  'mixed-formats': 'convert',
  'repeated-input': 'drop-duplicates',
  'without-label': 'drop-misshapen',
  'other-order': 'drop-misshapen',
  'other-opening': 'drop-misshapen',
  'no-instruction': 'add-instruction',
};

describe('offered()', () => {
  it.each(faults.map(name => [name, ofFault[name]]))('offers for %s to %s', (name, mending) => {
    expect(offered(having([name]))).toEqual([mending]);
    expect(offered(having([name], { about: 'evaluationDataset' }))).toEqual([mending]);
  });

  it.each(oddities.map(name => [name, ofOddity[name]]))('offers for %s to %s', (name, mending) => {
    expect(offered(having([name]))).toEqual(mending ? [mending] : []);
  });

  it.each<[string, Parameters<typeof having>, Mending[]]>([
    ['nothing where nothing was found', [[]], []],
    ['nothing for what no mending helps', [['missing', 'few-labelled', 'wrong-no-right']], []],
    ['each once', [['other-order', 'without-label', 'repeated-input']], ['drop-misshapen', 'drop-duplicates']],
    ['rows that cannot be used first, and nothing else before', [['repeated-input', 'not-json']], ['drop-unusable']],
    ['to convert before rows are dropped', [['not-json', 'format-messages']], ['convert', 'drop-unusable']],
    ['to cut where nothing is evaluated on', [[], { evaluate: false }], ['cut-evaluation']],
    ['to cut where that is too small', [['evaluation-too-small'], { about: 'evaluationDataset' }], ['cut-evaluation']],
    ['to cut where that is too large', [['evaluation-too-large'], { about: 'evaluationDataset' }], ['cut-evaluation']],
    ['no cut of fewer rows than are left of it', [[], { evaluate: false, rows: 19 }], []],
    ['a cut of as many rows as are left', [[], { evaluate: false, rows: 20 }], ['cut-evaluation']],
    ['no cut of too many rows', [['too-many-examples'], { evaluate: false, rows: 10_001 }], []],
  ])('offers %s', (_, args, mendings) => {
    expect(offered(having(...args))).toEqual(mendings);
  });

  it('offers nothing where a job is not to go on as another, or was not read', () => {
    const found = { findings: having(['not-json']).findings };
    expect(offered({ ...having(['not-json']), heir: 'd4e5f6' })).toEqual([]);
    expect(offered(jobIn('waiting', { ...wish, checked: { dataset: readWith(), ...found } }))).toEqual([]);
    expect(offered(jobIn('running', { checked: { dataset: readWith(), ...found } }))).toEqual([]);
    expect(offered(jobIn('checking'))).toEqual([]);
  });
});

describe('mendOf() and mendedSpec()', () => {
  const where = { bucket: 'uploads', job: 'd4e5f6' };
  const named = (name: string) => `gs://uploads/retort/d4e5f6/${name}.jsonl`;

  it.each<[Mending, Parameters<typeof having>, Partial<typeof spec>]>([
    ['drop-unusable', [['not-json']], { dataset: named('train-drop-unusable') }],
    [
      'drop-unusable',
      [['not-json'], { about: 'evaluationDataset' }],
      { evaluationDataset: named('eval-drop-unusable') },
    ],
    [
      'add-instruction',
      [['no-instruction']],
      { dataset: named('train-add-instruction'), evaluationDataset: named('eval-add-instruction') },
    ],
    [
      'cut-evaluation',
      [[], { evaluate: false }],
      { dataset: named('train-cut-evaluation'), evaluationDataset: named('eval-cut-evaluation'), evaluate: true },
    ],
  ])(
    'mends by %s what it was found in alone, and writes below the folder of the next job',
    (mending, args, changed) => {
      const job = having(...args);
      const mend = mendOf(job, { mending })!;
      expect(mendedSpec(job.spec, mend, where)).toEqual({ ...job.spec, ...changed });
      for (const source of Object.values(mend.of)) expect(source).toMatchObject({ generation: readWith().generation });
    },
  );

  it('mends nothing where nothing was found, or read', () => {
    expect(mendOf(having([]), { mending: 'drop-unusable' })).toBeUndefined();
    expect(mendOf(jobIn('refused', { findings: having(['not-json']).findings }), { mending: 'drop-unusable' })).toBe(
      undefined,
    );
  });
});
