import type { KnownBlock, ModalView } from '@slack/types';
import type { Accelerator, Region, Student, Task } from '../job/recipe.ts';
import { accelerators, limits, palm, regions, tasks } from '../job/recipe.ts';
import type { Spec } from '../job/spec.ts';
import { checkpoints, isError, problems } from '../job/spec.ts';
import type { Draft, Drawing, Field, Typed } from './draft.ts';
import { Memory, none } from './draft.ts';
import {
  box,
  channel,
  file,
  fileSuffix,
  heading,
  longName,
  number,
  option,
  plain,
  radio,
  said,
  same,
  select,
  tensorboard,
  text,
} from './inputs.ts';
import { acceleratorLine, countLine, evaluationLine, intervalLine, rowsOf, stepsLine, taskLine } from './reckoning.ts';

/** The form's callback id, and the ids of what can be pressed in it besides its fields. */
export const form = { callback: 'distill', sample: 'sample', open: 'open-form' } as const;

interface Row<F extends Field> {
  /** The field's blocks: its input, and what is computed under it. */
  draw(field: F, drawing: Drawing): KnownBlock[];
  /** The field's value in a spec, from what was typed. */
  take(text: string, typed: Typed): F extends keyof Spec ? Spec[F] : string;
}

/** The form, field by field, in the order people see. The compiler holds it against `Spec`: forgetting a field is a type error. */
const table = {
  modelName: { draw: (f, d) => [text(f, d, { most: limits.displayName })], take: trimmed },
  task: {
    draw: (f, d) => [
      radio(f, d, { options: tasks.map(task => option(task, d.words.tasks[task])), tells: true }),
      ...said(taskLine(d)),
    ],
    take: value => value as Task,
  },
  dataset: {
    draw: (f, d) => [
      text(f, d, { optional: true, tells: true }),
      ...said(countLine(d.live.dataset, d.words)),
      file(f, d),
      sampleButton(d),
    ],
    take: trimmed,
  },
  teacher: {
    draw: (f, d) => [select(f, d, { options: palm.teachers.map(same) })],
    take: value => value as Spec['teacher'],
  },
  student: {
    draw: (f, d) => [select(f, d, { options: Object.keys(palm.students).map(same), tells: true })],
    take: value => value as Student,
  },
  region: {
    draw: (f, d) => [select(f, d, { options: regions.map(same), tells: true })],
    take: value => value as Region,
  },
  accelerator: {
    draw: (f, d) => [
      radio(f, d, { options: accelerators.map(it => option(it, `${it} · ${d.words.chips(it)}`)), tells: true }),
      ...said(acceleratorLine(d)),
    ],
    take: value => value as Accelerator,
  },
  steps: {
    draw: (f, d) => [number(f, d, { whole: true, tells: true }), ...said(stepsLine(d)), ...warned(f, d)],
    take: Number,
  },
  learningRateMultiplier: { draw: (f, d) => [number(f, d, { whole: false })], take: Number },
  evaluate: { draw: (f, d) => [box(f, d, { tells: true })], take: value => value === 'yes' },
  evaluationDataset: {
    draw: (f, d) => [
      text(f, d, { optional: true, tells: true }),
      ...said(countLine(d.live.evaluationDataset, d.words)),
      ...said(evaluationLine(d)),
      file(f, d),
    ],
    take: value => trimmed(value) || undefined,
  },
  evaluationInterval: {
    draw: (f, d) => [number(f, d, { whole: true, tells: true }), ...said(intervalLine(d)), ...warned(f, d)],
    take: Number,
  },
  earlyStopping: { draw: (f, d) => [box(f, d)], take: value => value === 'yes' },
  checkpoint: {
    draw: (f, d) => [
      radio(f, d, { options: checkpoints.map(it => option(it, d.words.form.checkpoints[it])), tells: true }),
      ...warned(f, d),
    ],
    take: value => value as Spec['checkpoint'],
  },
  tensorboard: {
    draw: (f, d) => [tensorboard(f, d), ...warned(f, d)],
    take: value => (value === none ? undefined : value || undefined),
  },
  channel: { draw: (f, d) => [channel(f, d)], take: value => value },
  uploadRegion: {
    draw: (f, d) => [
      heading(d.words.form.advanced),
      select(f, d, { options: [option(none, d.words.form.sameRegion), ...regions.map(same)] }),
    ],
    take: (value, typed) => (!value || value === none ? typed.region : value) as Region,
  },
  pipelineRoot: { draw: (f, d) => [text(f, d)], take: trimmed },
  displayName: {
    draw: (f, d) => [text(f, d, { optional: true, most: limits.displayName })],
    take: (value, typed) => trimmed(value) || trimmed(typed.modelName ?? ''),
  },
  encryptionKey: { draw: (f, d) => [text(f, d, { optional: true })], take: value => trimmed(value) || undefined },
  serviceAccount: { draw: (f, d) => [text(f, d, { optional: true })], take: value => trimmed(value) || undefined },
} satisfies { [F in Field]: Row<F> };

const fields = Object.keys(table) as Field[];

/** Draws the whole form. */
export function drawForm(drawing: Drawing): ModalView {
  const { memory, words } = drawing;
  return {
    type: 'modal',
    callback_id: form.callback,
    title: plain(words.form.title),
    submit: plain(words.form.submit),
    close: plain(words.form.close),
    private_metadata: JSON.stringify(memory),
    blocks: fields.flatMap(field => drawField(field, drawing)),
  };
}

function drawField<F extends Field>(field: F, drawing: Drawing): KnownBlock[] {
  const { memory, words } = drawing;
  const was = memory.was?.[field];
  return [
    ...(table[field] as unknown as Row<F>).draw(field, drawing),
    ...(was === undefined ? [] : said(words.form.mended(was))),
  ];
}

/** Reads what an open form holds. */
export function readForm(view: { private_metadata: string; state: { values: ViewValues } }): Draft {
  const memory = Memory.parse(JSON.parse(view.private_metadata));
  const draft: Draft = { typed: {}, files: {}, memory };
  for (const [block, elements] of Object.entries(view.state.values))
    for (const element of Object.values(elements)) {
      const name = block.split('~')[0] ?? '';
      if (name.endsWith(fileSuffix)) {
        const [upload] = element.files ?? [];
        const field = name.slice(0, -fileSuffix.length);
        if (upload && (field === 'dataset' || field === 'evaluationDataset'))
          draft.files[field] = { file: upload.id, name: upload.name ?? upload.id };
      } else if (name === 'tensorboard') draft.typed.tensorboard = longName(held(element));
      else if (name in table) draft.typed[name as Field] = held(element);
    }
  return draft;
}

/** What Slack says a view's elements hold, by block and action id. */
export type ViewValues = Record<string, Record<string, ViewValue>>;
interface ViewValue {
  value?: string | null | undefined;
  selected_option?: { value?: string | undefined } | null | undefined;
  selected_options?: { value?: string | undefined }[] | null | undefined;
  selected_conversation?: string | null | undefined;
  files?: { id: string; name?: string | null | undefined }[] | null | undefined;
}

function held(element: ViewValue): string {
  if (element.selected_options) return element.selected_options.length ? 'yes' : '';
  return element.selected_option?.value ?? element.selected_conversation ?? element.value ?? '';
}

/** The spec that a draft asks for. Numbers that are none become NaN, which the rules name. */
export function specOf({ typed }: Pick<Draft, 'typed'>): Spec {
  const entries = fields
    .filter(field => field !== 'channel')
    .map(field => [field, (table[field] as unknown as Row<keyof Spec>).take(typed[field] ?? '', typed)]);
  return Object.fromEntries(entries) as Spec;
}

/** Errors by the id of the block they belong beside, as Slack wants them. */
export function errorsBeside(wrong: Partial<Record<Field, string>>, values: ViewValues): Record<string, string> {
  const blocks = Object.keys(values);
  return Object.fromEntries(
    Object.entries(wrong).map(([field, sentence]) => [
      blocks.find(block => block.split('~')[0] === field) ?? field,
      sentence,
    ]),
  );
}

/** Warnings of the rules about one field: said while one chooses, and passing. */
function warned(field: Field, { typed, live, words }: Drawing): KnownBlock[] {
  const found = problems(specOf({ typed }), { rows: rowsOf(live.dataset) });
  return found
    .filter(problem => problem.field === field && !isError(problem))
    .flatMap(problem => said(`⚠ ${words.problem(problem)}`));
}

function sampleButton({ words }: Drawing): KnownBlock {
  const button = { type: 'button', action_id: form.sample, text: plain(words.form.sample) } as const;
  return { type: 'actions', block_id: form.sample, elements: [button] };
}

function trimmed(value: string): string {
  return value.trim();
}
