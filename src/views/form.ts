import type { InputBlock, KnownBlock, ModalView, PlainTextElement, PlainTextOption } from '@slack/types';
import { z } from 'zod';
import { estimate } from '../job/estimate.ts';
import type { Upload } from '../job/job.ts';
import type { Accelerator, Region, Student, Task } from '../job/recipe.ts';
import { accelerators, hardware, limits, palm, recommended, regions, tasks } from '../job/recipe.ts';
import type { Spec } from '../job/spec.ts';
import { checkpoints, isError, problems } from '../job/spec.ts';
import type { Settings } from '../world.ts';
import { plain as plainText, limits as slackLimits } from './text.ts';
import type { Words } from './words.ts';

/** The form's callback id, and the ids of what can be pressed in it besides its fields. */
export const form = { callback: 'distill', sample: 'sample', open: 'open-form' } as const;

/** A field of the form: one for everything in a spec, and the channel to post to. */
export type Field = keyof Spec | 'channel';

/** What has been typed and chosen so far, as text; a checked box is `yes`. */
export type Typed = Partial<Record<Field, string>>;

/** What the form holds at one moment. */
export interface Draft {
  typed: Typed;
  files: { dataset?: Upload | undefined; evaluationDataset?: Upload | undefined };
}

const Memory = z.object({
  /** The steps that were filled in for the person; as long as they stand there, nobody typed any. */
  filled: z.string(),
  /** How often a field was filled in by us: part of its block's id, because Slack keeps what a block of the same id holds. */
  times: z.record(z.string(), z.number()),
});
/** What the form remembers of itself between two redraws; it travels in the view. */
export type Memory = z.infer<typeof Memory>;

/** What is known while somebody chooses, besides what they typed. */
export interface Live {
  dataset?: Counted | undefined;
  evaluationDataset?: Counted | undefined;
  /** TensorBoard instances of the regions in question; undefined while they are being asked for. */
  tensorboards?: { name: string; displayName: string }[] | undefined;
  /** Units of quota held now, by accelerator. */
  held?: Partial<Record<Accelerator, number>>;
}

/** What a look at a dataset brought, while the form is open. */
export type Counted =
  | { is: 'counted'; rows: number; labelled: number; meanTokens: number; faulty: number }
  | { is: 'missing' | 'forbidden' | 'too-big' };

interface Drawing extends Draft {
  memory: Memory;
  live: Live;
  settings: Settings;
  words: Words;
}

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
      file(f, d),
      sampleButton(d),
      ...said(countLine(d.live.dataset, d.words)),
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
      radio(f, d, { options: accelerators.map(it => option(it, `${it} · ${hardware[it].chips}`)), tells: true }),
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
      file(f, d),
      ...said(countLine(d.live.evaluationDataset, d.words)),
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
  channel: { draw: (f, d) => [channel(f, d)], take: value => value },
} satisfies { [F in Field]: Row<F> };

const fields = Object.keys(table) as Field[];
const none = 'none';
const fileSuffix = '.file';

/** What the form holds when it opens: the page's defaults, and what the operator set. */
export function emptyDraft(channel: string, settings: Settings): Draft & { memory: Memory } {
  const { defaults } = palm;
  return {
    typed: {
      teacher: palm.teachers[0],
      student: Object.keys(palm.students)[0]!,
      region: defaults.region,
      accelerator: defaults.accelerator,
      steps: String(defaults.steps),
      learningRateMultiplier: String(defaults.learningRateMultiplier),
      evaluate: 'yes',
      evaluationInterval: String(defaults.evaluationInterval),
      earlyStopping: 'yes',
      checkpoint: 'default',
      uploadRegion: none,
      pipelineRoot: settings.pipelineRoot,
      channel,
      ...(settings.serviceAccount && { serviceAccount: settings.serviceAccount }),
      ...(settings.tensorboards[defaults.region] && { tensorboard: settings.tensorboards[defaults.region] }),
    },
    files: {},
    memory: { filled: String(defaults.steps), times: {} },
  };
}

/** The form filled in with a job's spec: uploads stand there as the URIs they were stored under. */
export function draftOf(spec: Spec, channel: string): Draft & { memory: Memory } {
  const yes = (value: boolean) => (value ? 'yes' : '');
  const typed: Typed = { channel };
  for (const [field, value] of Object.entries(spec) as [keyof Spec, Spec[keyof Spec]][])
    typed[field] = typeof value === 'boolean' ? yes(value) : String(value ?? '');
  if (typed.uploadRegion === typed.region) typed.uploadRegion = none;
  if (typed.displayName === typed.modelName) delete typed.displayName;
  return { typed, files: {}, memory: { filled: '', times: {} } };
}

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
  return (table[field] as unknown as Row<F>).draw(field, drawing);
}

/** Reads what an open form holds. */
export function readForm(view: {
  private_metadata: string;
  state: { values: ViewValues };
}): Draft & { memory: Memory } {
  const draft: Draft = { typed: {}, files: {} };
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
  return { ...draft, memory: Memory.parse(JSON.parse(view.private_metadata)) };
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

/** The draft after a person chose a task: its recommended steps are filled in, as long as nobody typed any. */
export function withTaskSteps(draft: Draft & { memory: Memory }): Draft & { memory: Memory } {
  const { typed, memory } = draft;
  if (!typed.task || typed.steps !== memory.filled) return draft;
  const steps = String(recommended[typed.task as Task]?.steps[0] ?? palm.defaults.steps);
  return steps === memory.filled
    ? draft
    : { ...filled(draft, { steps }), memory: { ...filled(draft, { steps }).memory, filled: steps } };
}

/** The draft with the page's two sample datasets. */
export function withSample(draft: Draft & { memory: Memory }): Draft & { memory: Memory } {
  return filled(draft, { ...palm.sample, evaluate: 'yes' });
}

/** The draft with a TensorBoard that fits: a region's default, where the one chosen belongs to another region. */
export function withTensorboard(draft: Draft & { memory: Memory }, settings: Settings): Draft & { memory: Memory } {
  const { typed } = draft;
  const near = nearRegions(typed);
  const chosen = typed.tensorboard;
  if (chosen && chosen !== none && near.some(region => chosen.includes(`/locations/${region}/`))) return draft;
  const tensorboard = near.map(region => settings.tensorboards[region]).find(name => name !== undefined);
  if (chosen === none || (tensorboard ?? '') === (chosen ?? '')) return draft;
  return filled(draft, { tensorboard: tensorboard ?? none });
}

/** The regions a TensorBoard may be in: where the pipeline runs, and where it tunes. */
export function nearRegions(typed: Typed): Region[] {
  const pipeline = (typed.region || palm.defaults.region) as Region;
  const tuning = hardware[(typed.accelerator || palm.defaults.accelerator) as Accelerator].region;
  return [...new Set([pipeline, tuning])];
}

function filled(draft: Draft & { memory: Memory }, values: Typed): Draft & { memory: Memory } {
  const times = { ...draft.memory.times };
  for (const field of Object.keys(values)) times[field] = (times[field] ?? 0) + 1;
  return { ...draft, typed: { ...draft.typed, ...values }, memory: { ...draft.memory, times } };
}

// ─── what is computed under a field ──────────────────────────────────────────────────────────────────────────────────

function taskLine({ typed, words }: Drawing): string {
  const range = typed.task ? recommended[typed.task as Task] : undefined;
  if (!typed.task) return words.form.chooseTask;
  return range ? words.form.recommended(range.examples, range.steps[0], range.steps[1]) : words.form.noRecommendation;
}

function countLine(counted: Counted | undefined, words: Words): string {
  return counted ? words.form.counted(counted) : '';
}

function acceleratorLine({ typed, live, settings, words }: Drawing): string {
  const accelerator = typed.accelerator as Accelerator | undefined;
  if (!accelerator) return '';
  const { region, unit } = hardware[accelerator];
  const { batch } = estimate({ ...chosen(typed), accelerator });
  const capacity = settings.capacity[accelerator];
  const held = live.held?.[accelerator];
  return words.form.accelerator({
    region,
    batch,
    unit,
    capacity,
    approval: settings.approvalFor.includes(accelerator),
    ...(held !== undefined && { free: Math.max(0, capacity - held) }),
  });
}

function stepsLine({ typed, live, words }: Drawing): string {
  const { steps, ...rest } = chosen(typed);
  const rows = rowsOf(live.dataset);
  return steps > 0 ? words.form.steps({ steps, rows, ...estimate({ ...rest, steps, rows }) }) : '';
}

function intervalLine({ typed, words }: Drawing): string {
  const { steps, ...rest } = chosen(typed);
  const interval = Number(typed.evaluationInterval);
  if (typed.evaluate !== 'yes') return words.form.evaluationOff;
  return steps > 0 && interval > 0 ? words.form.evaluations(estimate({ ...rest, steps, interval }).evaluations) : '';
}

function chosen(typed: Typed): { student: Student; accelerator: Accelerator; steps: number } {
  return {
    student: (typed.student || Object.keys(palm.students)[0]) as Student,
    accelerator: (typed.accelerator || palm.defaults.accelerator) as Accelerator,
    steps: Number(typed.steps),
  };
}

function rowsOf(counted: Counted | undefined): number | undefined {
  return counted?.is === 'counted' ? counted.rows : undefined;
}

/** Warnings of the rules about one field: said while one chooses, and passing. */
function warned(field: Field, { typed, live, words }: Drawing): KnownBlock[] {
  const found = problems(specOf({ typed }), { rows: rowsOf(live.dataset) });
  return found
    .filter(problem => problem.field === field && !isError(problem))
    .flatMap(problem => said(`⚠ ${words.problem(problem)}`));
}

// ─── elements ────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Input {
  optional?: boolean;
  /** Whether choosing or typing is told to Retort at once, so that the form recomputes. */
  tells?: boolean;
}

function input(
  field: Field,
  drawing: Drawing,
  { element, optional, tells }: Input & { element: InputBlock['element'] },
): KnownBlock {
  const { label, hint } = drawing.words.fields[field];
  const times = drawing.memory.times[field];
  return {
    type: 'input',
    block_id: times ? `${field}~${times}` : field,
    label: plain(label),
    element: { ...element, action_id: field } as InputBlock['element'],
    ...(hint && { hint: plain(hint) }),
    ...(optional && { optional: true }),
    ...(tells && { dispatch_action: true }),
  };
}

function text(field: Field, drawing: Drawing, { most, ...rest }: Input & { most?: number } = {}): KnownBlock {
  const { placeholder } = drawing.words.fields[field];
  const typed = drawing.typed[field];
  return input(field, drawing, {
    ...rest,
    element: {
      type: 'plain_text_input',
      ...(typed && { initial_value: typed }),
      ...(placeholder && { placeholder: plainText(placeholder, slackLimits.placeholder) }),
      ...(most && { max_length: most }),
      ...(rest.tells && { dispatch_action_config: { trigger_actions_on: ['on_character_entered'] } }),
    },
  });
}

function number(field: Field, drawing: Drawing, { whole, ...rest }: Input & { whole: boolean }): KnownBlock {
  const typed = drawing.typed[field];
  return input(field, drawing, {
    ...rest,
    element: {
      type: 'number_input',
      is_decimal_allowed: !whole,
      ...(whole && { min_value: '1' }),
      ...(typed && { initial_value: typed }),
      ...(rest.tells && { dispatch_action_config: { trigger_actions_on: ['on_character_entered'] } }),
    },
  });
}

function select(
  field: Field,
  drawing: Drawing,
  { options, ...rest }: Input & { options: PlainTextOption[] },
): KnownBlock {
  return input(field, drawing, {
    ...rest,
    element: { type: 'static_select', options, ...initial(options, drawing.typed[field]) },
  });
}

function radio(
  field: Field,
  drawing: Drawing,
  { options, ...rest }: Input & { options: PlainTextOption[] },
): KnownBlock {
  return input(field, drawing, {
    ...rest,
    element: { type: 'radio_buttons', options, ...initial(options, drawing.typed[field]) },
  });
}

function box(field: Field, drawing: Drawing, { tells = false }: Input = {}): KnownBlock {
  const yes = option('yes', drawing.words.form.boxes[field as 'evaluate' | 'earlyStopping']);
  return input(field, drawing, {
    optional: true,
    tells,
    element: { type: 'checkboxes', options: [yes], ...(drawing.typed[field] === 'yes' && { initial_options: [yes] }) },
  });
}

function file(field: 'dataset' | 'evaluationDataset', { words }: Drawing): KnownBlock {
  return {
    type: 'input',
    block_id: `${field}${fileSuffix}`,
    label: plain(words.form.uploads[field]),
    optional: true,
    element: { type: 'file_input', action_id: `${field}${fileSuffix}`, filetypes: ['jsonl'], max_files: 1 },
  };
}

function channel(field: Field, drawing: Drawing): KnownBlock {
  const typed = drawing.typed[field];
  return input(field, drawing, {
    element: {
      type: 'conversations_select',
      ...(typed && { initial_conversation: typed }),
      filter: { include: ['public', 'private'], exclude_bot_users: true, exclude_external_shared_channels: true },
    },
  });
}

function tensorboard(field: 'tensorboard', drawing: Drawing): KnownBlock {
  const { live, typed, settings, words } = drawing;
  const titles = new Map(
    (live.tensorboards ?? []).map(({ name, displayName }) => [name, `${displayName} · ${regionIn(name)}`]),
  );
  const defaults = nearRegions(typed).map(region => settings.tensorboards[region]);
  for (const name of [typed.tensorboard, ...defaults])
    if (name && name !== none && !titles.has(name)) titles.set(name, shortName(name));
  const options = [
    option(none, words.form.noTensorboard),
    ...[...titles].slice(0, 99).map(([name, title]) => option(shortName(name), title)),
  ];
  const chosen = typed.tensorboard && shortName(typed.tensorboard);
  return select(field, { ...drawing, typed: { ...typed, tensorboard: chosen || none } }, { options, tells: true });
}

// A resource name is longer than the value of an option may be (75 characters): its fixed words are left out there.
function shortName(name: string): string {
  return name.replace(/^projects\/([^/]+)\/locations\/([^/]+)\/tensorboards\/([^/]+)$/, '$1/$2/$3');
}

function longName(value: string): string {
  return value.replace(/^([^/]+)\/([^/]+)\/([^/]+)$/, 'projects/$1/locations/$2/tensorboards/$3');
}

function regionIn(name: string): string {
  return /\/locations\/([^/]+)\//.exec(name)?.[1] ?? '';
}

function sampleButton({ words }: Drawing): KnownBlock {
  const button = { type: 'button', action_id: form.sample, text: plain(words.form.sample) } as const;
  return { type: 'actions', block_id: form.sample, elements: [button] };
}

function heading(title: string): KnownBlock {
  return { type: 'header', block_id: 'advanced', text: plain(title) };
}

function said(sentence: string): KnownBlock[] {
  if (!sentence) return [];
  return [{ type: 'context', elements: [plainText(sentence, slackLimits.contextElement)] }];
}

function initial(options: readonly PlainTextOption[], value: string | undefined): { initial_option?: PlainTextOption } {
  const found = options.find(it => it.value === value);
  return found ? { initial_option: found } : {};
}

function option(value: string, title: string): PlainTextOption {
  return { text: plainText(title, slackLimits.option), value };
}

function same(value: string): PlainTextOption {
  return option(value, value);
}

function plain(words: string): PlainTextElement {
  return plainText(words, slackLimits.label);
}

function trimmed(value: string): string {
  return value.trim();
}
