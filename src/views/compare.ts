import type { KnownBlock } from '@slack/types';
import type { Difference } from '../job/comparison.ts';
import { curvesOf, differences, valuesOf } from '../job/comparison.ts';
import type { Job } from '../job/job.ts';
import type { RecipeId } from '../job/recipe.ts';
import { recipeOf } from '../job/recipe.ts';
import { hasField } from '../job/spec.ts';
import type { Message } from '../world.ts';
import type { Around } from './card.ts';
import { tookOf } from './card.ts';
import type { Basis } from './comparison-chart.ts';
import type { Links } from './list.ts';
import { jobLine } from './list.ts';
import type { Mrkdwn } from './text.ts';
import { limits, md, picture, preformatted, section, unformatted } from './text.ts';
import type { Words } from './words.ts';

const most = 12;

/** Two jobs side by side: what was asked for otherwise, and the last and best values of their curves. */
export function comparison([a, b]: readonly [Job, Job], { words }: Around, { links }: Links): Message {
  const { compare: say } = words;
  const all = differences(a, b);
  const comparable = all.filter(({ field }) => isComparable(field, [a, b]));
  const differing = comparable.map(difference => line(difference, words));
  const more = differing.length - most;
  const table = rows([a, b], words);
  const blocks: KnownBlock[] = [
    section('jobs', [md`*A* ${jobLine(a, words, { links })}`, md`*B* ${jobLine(b, words, { links })}`]),
    section('differences', [
      ...(differing.length ? [say.differs, ...differing.slice(0, most)] : [say.same]),
      more > 0 ? say.more(more) : undefined,
      comparable.length < all.length ? say.ofOne : undefined,
    ]),
    ...(table.length
      ? [preformatted('values', aligned([['', 'A', 'B'], ...table]), limits.snippet)]
      : [section('values', [say.noValues])]),
  ];
  return { text: unformatted(say.text(a.spec.modelName, b.spec.modelName)), blocks };
}

/** What is to be named for a comparison. */
export function whatToName({ compare: say }: Words): Message {
  return { text: unformatted(say.two), blocks: [section('answer', [say.two])] };
}

/** Why there is no picture of both. */
export function noChart({ compare: say }: Words): Message {
  return { text: unformatted(say.noChart), blocks: [section('answer', [say.noChart])] };
}

/** The curves of two jobs in one picture. */
export function comparedCurves(
  [a, b]: readonly [Job, Job],
  { words }: Around,
  drawn: { file: string; basis: Basis },
): Message {
  const { compare: say } = words;
  const alt = say.alt(a.spec.modelName, b.spec.modelName, words.compare.subtitle[drawn.basis]);
  const numbers = rows([a, b], words).map(row => row.join(' '));
  const shown = [alt, ...numbers].join('. ');
  return {
    text: unformatted(say.text(a.spec.modelName, b.spec.modelName)),
    blocks: [picture('curves', { file: drawn.file, alt: shown })],
  };
}

/** Whether both jobs could have been asked for it; how long each trained is told in whichever measure it has. */
function isComparable(field: Difference['field'], jobs: readonly Job[]): boolean {
  if (field === 'datasetRead' || field === 'evaluationDatasetRead' || field === 'steps' || field === 'epochs')
    return true;
  return jobs.every(({ spec }) => hasField(spec, field));
}

const parameters = ['epochs', 'learningRate', 'learningRateMultiplier', 'batchSize', 'adapterSize', 'tuningMode'];

function line({ field, values }: Difference, { compare: say, fields, tasks, form, said }: Words): Mrkdwn {
  const label = field === 'datasetRead' || field === 'evaluationDatasetRead' ? say[field] : fields[field].label;
  const [was, is] = values.map(value => {
    if (value === undefined && parameters.includes(field)) return say.left;
    if (value === undefined || value === '') return say.none;
    if (field === 'recipe') return said(recipeOf(value as RecipeId).title);
    if (field === 'tuningMode') return form.choices[String(value)] ?? String(value);
    if (typeof value === 'boolean') return value ? say.on : say.off;
    if (typeof value === 'number') return say.number(value);
    if (field === 'task') return tasks[value as keyof typeof tasks];
    if (field === 'checkpoint') return form.checkpoints[value as keyof typeof form.checkpoints];
    return value;
  });
  return say.difference(label, was!, is!);
}

/** The table's rows: each metric, last and best, and how long the runs took. */
function rows([a, b]: readonly [Job, Job], { compare: say, chart }: Words): string[][] {
  const values = valuesOf(curvesOf(a), curvesOf(b)).flatMap(({ tag, values }) => {
    const written = tag.endsWith('total_loss') ? chart.number : chart.percent;
    const cell = (which: 'last' | 'best') =>
      values.map(one => (one ? say.at(written(one[which].value), one[which].step) : '–'));
    return (['last', 'best'] as const).map(which => [say.metric[which](say.tags[tag]), ...cell(which)]);
  });
  const took = [a, b].map(tookOf);
  const times = took.map(ms => (ms === undefined ? '–' : say.duration(ms)));
  return took.some(ms => ms !== undefined) ? [...values, [say.took, ...times]] : values;
}

/** A table in letters of one width. */
function aligned(table: readonly string[][]): string {
  const widths = [0, 1, 2].map(column => Math.max(...table.map(row => [...(row[column] ?? '')].length)));
  return table
    .map(row => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '))
    .map(row => row.trimEnd())
    .join('\n');
}
