import { z } from 'zod';
import type { Left } from '../job/carry-over.ts';
import { carriedOver, isMovable, isSuccessor } from '../job/carry-over.ts';
import type { Format } from '../job/format.ts';
import type { Job, JobId, Upload } from '../job/job.ts';
import type { Accelerator, RecipeId, Region, Task, TuningParameters } from '../job/recipe.ts';
import { hardware, palm, recipeIds, recipeOf, recommended, tuningRecipes } from '../job/recipe.ts';
import { changedFields } from '../job/second-try.ts';
import type { Spec, SpecField } from '../job/spec.ts';
import { PipelineSpec, specFields, TuningSpec, valueIn } from '../job/spec.ts';
import type { Settings } from '../world.ts';
import { clean, clip, limits } from './text.ts';
import type { Words } from './words.ts';

/** The most that is remembered of what stood in a mended field: what the form remembers has to fit its view. */
const longestWas = 100;

/** What a choice holds where none of the others was chosen. */
export const none = 'none';

/** A field of the form: one for everything in a spec, and the channel to post to. */
export type Field = SpecField | 'channel';

/** What has been typed and chosen so far, as text; a checked box is `yes`. */
export type Typed = Partial<Record<Field, string>>;

/** What the form holds at one moment. */
export interface Draft {
  typed: Typed;
  memory: Memory;
  files: { dataset?: Upload | undefined; evaluationDataset?: Upload | undefined };
}

export const Memory = z.object({
  /** What was filled in for the person, by field; as long as it stands there, nobody typed or chose anything. */
  filled: z.object({ steps: z.string().optional(), tensorboard: z.string().optional() }),
  /** How often a field was filled in by us: part of its block's id, because Slack keeps what a block of the same id holds. */
  times: z.record(z.string(), z.number()),
  /** What is distilled, as the form was last drawn: it asks for what this recipe takes. */
  recipe: z.enum(recipeIds).default('palm'),
  /** The job whose place this one is to take. */
  after: z.string().optional(),
  /** The job of a retired recipe that is moved to this one. */
  moved: z.string().optional(),
  /** What was chosen for other recipes and has no place in this one, to stand there again if they are chosen again. */
  aside: z.partialRecord(z.enum(recipeIds), z.record(z.string(), z.string())).optional(),
  /** What stood in the fields that were mended, to be seen beside what stands there now. */
  was: z.record(z.string(), z.string()).optional(),
});
/** What the form remembers of itself between two redraws; it travels in the view. */
export type Memory = z.infer<typeof Memory>;

/** What is known while somebody chooses, besides what they typed. */
export interface Live {
  dataset?: Counted | undefined;
  evaluationDataset?: Counted | undefined;
  /** TensorBoard instances of the regions in question; undefined while they are being asked for. */
  tensorboards?: { name: string; displayName: string }[] | undefined;
  /** Units of quota held now and units there are, by accelerator. */
  quota?: Partial<Record<Accelerator, { held: number; capacity: number }>>;
}

/** What a look at a dataset brought, while the form is open. */
export type Counted =
  | {
      is: 'counted';
      rows: number;
      labelled: number;
      meanTokens: number;
      faulty: number;
      /** Rows in another format than the recipe's, which can be converted, and rows without the label that the recipe learns from: neither are among the others. */
      formats?: Partial<Record<Format, number>>;
      unlabelled?: number;
    }
  | { is: 'missing' | 'forbidden' | 'too-big' };

/** The job that is moved to the form's recipe, and what of it could not be carried over. */
export interface Moved {
  job: Job;
  left: readonly Left[];
}

/** All that the form is drawn from. */
export interface Drawing extends Draft {
  live: Live;
  moved?: Moved | undefined;
  settings: Settings;
  words: Words;
}

/** What the form holds when it opens: a recipe's defaults, and what the operator set. The account of pipeline jobs is none for tuning jobs, whose needs rights of its own (https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/models/tuning). */
export function emptyDraft(
  channel: string,
  settings: Settings,
  recipe: RecipeId = settings.recipes[0] ?? 'palm',
): Draft {
  const { serviceAccount } = settings;
  const typed = { recipe, channel, evaluate: 'yes' };
  if (isTuningRecipe(recipe))
    return {
      typed: { ...typed, ...usual(recipe), ...(recipeOf(recipe).weights && { outputs: settings.pipelineRoot }) },
      files: {},
      memory: { recipe, filled: {}, times: {} },
    };
  const { defaults, teachers, students } = recipeOf(recipe);
  const tensorboard = ownTensorboard(typed, settings);
  return {
    typed: {
      ...typed,
      teacher: teachers?.known[0] ?? '',
      student: students.known[0],
      region: defaults.region,
      accelerator: defaults.accelerator,
      steps: String(defaults.steps),
      learningRateMultiplier: String(defaults.learningRateMultiplier),
      evaluationInterval: String(defaults.evaluationInterval),
      earlyStopping: 'yes',
      checkpoint: 'default',
      uploadRegion: none,
      pipelineRoot: settings.pipelineRoot,
      ...(serviceAccount && { serviceAccount }),
      tensorboard,
    },
    files: {},
    memory: { recipe, filled: { steps: String(defaults.steps), tensorboard }, times: {} },
  };
}

/** Whether a recipe is carried out by tuning jobs. */
export function isTuningRecipe(recipe: RecipeId): recipe is TuningRecipeId {
  return tuningRecipes.some(id => id === recipe);
}
type TuningRecipeId = (typeof tuningRecipes)[number];

/** What a tuning job is asked for unless somebody chooses otherwise. */
function usual(recipe: TuningRecipeId): Typed {
  const { teachers, students, regions, parameters } = recipeOf(recipe);
  const numbers = Object.entries(parameters).flatMap(([field, rule]) =>
    rule.usual === undefined ? [] : [[field, String(rule.usual)]],
  );
  return {
    ...(teachers && { teacher: teachers.known[0] }),
    student: students.known[0],
    region: regions[0],
    ...Object.fromEntries(numbers),
  };
}

/** The form filled in with a spec: uploads stand there as the URIs they were stored under. `before` is the spec of which it is a mended form. */
export function draftOf(
  spec: Spec,
  channel: string,
  { after, before = spec }: { after?: JobId | undefined; before?: Spec | undefined } = {},
): Draft {
  const typed: Typed = { channel };
  for (const field of specFields) if (valueIn(spec, field) !== undefined) typed[field] = asTyped(valueIn(spec, field));
  if (typed.uploadRegion === typed.region) typed.uploadRegion = none;
  if (typed.displayName === typed.modelName) delete typed.displayName;
  const changed = changedFields(before, spec);
  const was = Object.fromEntries(
    changed.map(field => [field, clip(clean(asTyped(valueIn(before, field))), longestWas)]),
  );
  return {
    typed,
    files: {},
    memory: { recipe: spec.recipe, filled: {}, times: {}, ...(after && { after }), ...(changed.length && { was }) },
  };
}

/** The form filled in with a job that is moved to a recipe; the recipe it had, or one that takes nothing over, opens as it would. */
export function movedDraft(job: Job, channel: string, settings: Settings, recipe: RecipeId): Draft {
  const carried = carriedTo(job, recipe);
  const { typed, ...rest } = carried
    ? draftOf(carried.spec, channel)
    : recipe === job.spec.recipe
      ? draftOf(job.spec, channel)
      : emptyDraft(channel, settings, recipe);
  return { ...rest, typed, memory: { ...rest.memory, moved: job.id } };
}

/** What becomes of a job in another recipe; undefined, where nothing can be moved there. */
export function carriedTo(job: Job, recipe: RecipeId): ReturnType<typeof carriedOver> | undefined {
  const { spec } = job;
  if (!isMovable(spec) || !isSuccessor(recipe)) return undefined;
  const report = 'checked' in job ? job.checked?.dataset.report : undefined;
  return carriedOver(spec, recipe, { rows: report?.rows, labelled: report?.labelled });
}

function asTyped(value: ReturnType<typeof valueIn>): string {
  if (typeof value === 'number') return Number.isFinite(value) ? digits.format(value) : '';
  return typeof value === 'boolean' ? (value ? 'yes' : '') : (value ?? '');
}
// A learning rate such as 1e-7 in full: Slack takes no other writing.
const digits = new Intl.NumberFormat('en', { useGrouping: false, maximumSignificantDigits: 17 });

/** Whether a recipe's form has a field. */
export function asks(id: RecipeId, field: Field): boolean {
  if (field === 'channel') return true;
  if (!isTuningRecipe(id)) return field in PipelineSpec.shape;
  const { teachers, parameters, weights, encryption } = recipeOf(id);
  switch (field) {
    case 'teacher':
      return teachers !== undefined;
    case 'outputs':
      return weights !== undefined;
    case 'encryptionKey':
      return encryption !== undefined;
    default:
      return field in TuningSpec.shape && (!isParameter(field) || field in parameters);
  }
}

function isParameter(field: Field): field is keyof TuningParameters {
  return tuningParameters.some(name => name === field);
}
const tuningParameters = [
  ...(['epochs', 'learningRateMultiplier', 'learningRate', 'batchSize', 'adapterSize', 'tuningMode'] as const),
] satisfies (keyof TuningParameters)[];

/** The draft after a person chose another recipe. What any recipe asks for stays as it is; what they chose besides stays where the new recipe takes it, and else comes back where they return; the rest is as that recipe's form `opens`. */
export function withRecipe(draft: Draft, opens: (recipe: RecipeId) => Draft): Draft {
  const { memory } = draft;
  const before = memory.recipe;
  const recipe = recipeIds.find(id => id === draft.typed.recipe) ?? before;
  const typed = { ...draft.typed, recipe };
  if (recipe === before) return { ...draft, typed };
  const [opened, fresh] = [opens(before), opens(recipe)];
  const own = ownOf(draft, opened);
  const back: Typed = memory.aside?.[recipe] ?? {};
  const isOwn = (field: Field) => own.includes(field);
  const isOurs = (field: Field) => back[field] === undefined && opened.typed[field] === fresh.typed[field];
  const stays = (field: Field) =>
    lasting.has(field) && asks(before, field) && asks(recipe, field) && (isOwn(field) || isOurs(field));
  const kept = fields.filter(field => stays(field) || (isOwn(field) && takes(recipe, field, typed[field] ?? '')));
  const aside = {
    ...memory.aside,
    [before]: picked(
      typed,
      own.filter(field => !kept.includes(field)),
    ),
  };
  const times = { ...memory.times };
  for (const field of fields) if (!stays(field)) times[field] = (times[field] ?? 0) + 1;
  const { was: _, ...rest } = memory;
  return {
    ...draft,
    typed: { ...fresh.typed, ...back, ...picked(typed, kept), recipe },
    memory: fitting({ ...rest, recipe, filled: fresh.memory.filled, times, aside }),
  };
}

const fields: readonly Field[] = [...specFields.filter(field => field !== 'recipe'), 'channel'];

/** What means the same in every recipe's form. */
const lasting: ReadonlySet<Field> = new Set<Field>([
  ...(['modelName', 'dataset', 'evaluate', 'evaluationDataset', 'channel', 'serviceAccount', 'encryptionKey'] as const),
]);

/** The fields in which a person chose something else than stood there. */
function ownOf({ typed, memory }: Draft, opened: Draft): Field[] {
  const ours = (field: Field) => [opened.typed[field] ?? '', (memory.filled as Typed)[field]];
  return fields.filter(field => typed[field] !== undefined && !ours(field).includes(typed[field]));
}

/** Whether a recipe's form has a field that can hold what was chosen for another recipe. */
function takes(id: RecipeId, field: Field, value: string): boolean {
  if (!asks(id, field)) return false;
  const { teachers, students, regions } = recipeOf(id);
  const offered: Partial<Record<Field, readonly string[] | undefined>> = {
    teacher: teachers?.known,
    student: students.known,
    region: regions,
    ...(isTuningRecipe(id) && choicesOf(id)),
  };
  return offered[field]?.includes(value) ?? true;
}

function choicesOf(id: TuningRecipeId): { [F in 'adapterSize' | 'tuningMode']: readonly string[] } {
  const { adapterSize, tuningMode } = recipeOf(id).parameters;
  return { adapterSize: adapterSize?.of ?? [], tuningMode: tuningMode?.of ?? [] };
}

function picked(typed: Typed, chosen: readonly Field[]): Typed {
  return Object.fromEntries(chosen.flatMap(field => (typed[field] === undefined ? [] : [[field, typed[field]]])));
}

/** What is remembered of other recipes gives way where the form could not carry it. */
function fitting(memory: Memory): Memory {
  if (JSON.stringify(memory).length <= limits.privateMetadata) return memory;
  const { aside: _, ...rest } = memory;
  return rest;
}

/** The draft after a person chose a task: its recommended steps are filled in, as long as nobody typed any. */
export function withTaskSteps(draft: Draft): Draft {
  const { typed, memory } = draft;
  const recipe = recipeOf(memory.recipe);
  if (!typed.task || recipe.backend !== 'pipelineJobs') return draft;
  return proposed(draft, 'steps', String(recommended[typed.task as Task]?.steps[0] ?? recipe.defaults.steps));
}

/** The draft with the two sample datasets of its recipe's page, where that has any. */
export function withSample(draft: Draft): Draft {
  const recipe = recipeOf(draft.memory.recipe);
  return recipe.backend === 'pipelineJobs' ? filled(draft, { ...recipe.sample, evaluate: 'yes' }) : draft;
}

/** The draft with the operator's TensorBoard for the regions in question, as long as nobody chose one. */
export function withTensorboard(draft: Draft, settings: Settings): Draft {
  return proposed(draft, 'tensorboard', ownTensorboard(draft.typed, settings));
}

function ownTensorboard(typed: Typed, { tensorboards }: Settings): string {
  return (
    nearRegions(typed)
      .map(region => tensorboards[region])
      .find(name => name !== undefined) ?? none
  );
}

/** The draft with a value of ours, where the field still holds the last one of ours. */
function proposed(draft: Draft, field: 'steps' | 'tensorboard', value: string): Draft {
  const { typed, memory } = draft;
  if (typed[field] !== memory.filled[field] || typed[field] === value) return draft;
  const next = filled(draft, { [field]: value });
  return { ...next, memory: { ...next.memory, filled: { ...memory.filled, [field]: value } } };
}

/** The regions a TensorBoard may be in: where the pipeline runs, and where it tunes. */
export function nearRegions(typed: Typed): Region[] {
  const pipeline = (typed.region || palm.defaults.region) as Region;
  const tuning = hardware[(typed.accelerator || palm.defaults.accelerator) as Accelerator].region;
  return [...new Set([pipeline, tuning])];
}

function filled(draft: Draft, values: Typed): Draft {
  const times = { ...draft.memory.times };
  for (const field of Object.keys(values)) times[field] = (times[field] ?? 0) + 1;
  return { ...draft, typed: { ...draft.typed, ...values }, memory: { ...draft.memory, times } };
}
