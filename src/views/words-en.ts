import type { Left } from '../job/carry-over.ts';
import type { Cause } from '../job/cause.ts';
import type { Decision } from '../job/change.ts';
import type { Fault, Oddity } from '../job/dataset.ts';
import { meantBy } from '../job/fields.ts';
import type { Format } from '../job/format.ts';
import type { Alarm } from '../job/guard-rails.ts';
import type { Job, Trouble } from '../job/job.ts';
import type { Spread } from '../job/lengths.ts';
import type { MendCount, Mending } from '../job/mend.ts';
import type { Tellable } from '../job/notice.ts';
import type { Refusal } from '../job/permission.ts';
import type { Finding, Named } from '../job/preflight.ts';
import type { Range } from '../job/quota.ts';
import type {
  Accelerator,
  ChoiceRule,
  DatasetFormat,
  DatasetRules,
  NumberRule,
  Recipe,
  RecipeId,
  Said,
  Task,
} from '../job/recipe.ts';
import { hardware, palm, limits as recipe, recipeOf, recipes } from '../job/recipe.ts';
import type { Checkpoint, Mark, Stage, Tuning } from '../job/run.ts';
import type { DatasetField, PipelineSpec, Problem, Spec, SpecField, TuningSpec } from '../job/spec.ts';
import { isPipeline } from '../job/spec.ts';
import type { Tried } from '../job/trial.ts';
import type { Contestant, Score, Verdict } from '../job/verdict.ts';
import type { ChartWords } from './chart-words.ts';
import type { Addresses } from './exact-names.ts';
import { address, formatIn, names, of, rolesIn, rowsInShort, rulesOf, short } from './exact-names.ts';
import { marks } from './stage-marks.ts';
import type { Mrkdwn } from './text.ts';
import { channel, clean, clip, code, date, join, limits, link, md, unformatted, user } from './text.ts';
import { rounded, writingIn } from './writing.ts';

// ─── numbers, plurals, lengths of time ───────────────────────────────────────────────────────────────────────────────

const locale = 'en';
const { n, rough, fine, three, share, roundShare, list, either, ordinals, money, plural, brief, ...writing } =
  writingIn(locale);
const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' };

function many(count: number, one: string, others = `${one}s`): string {
  return `${n(count)} ${plural(count, one, others)}`;
}

function nth(place: number): string {
  return `${n(place)}${endings[ordinals.select(place)] ?? 'th'}`;
}

/** A range of time: one moment, where both are the same. */
function between(from: number, to: number): Mrkdwn {
  return from === to ? md`at ${date(from, day)}` : md`between ${date(from, day)} and ${date(to, day)}`;
}

function epochs(count: number): string {
  const shown = count < 10 ? rough.format(count) : n(count);
  return `${shown} ${shown === '1' ? 'epoch' : 'epochs'}`;
}

function duration(ms: number): string {
  return writing.duration(ms, 'less than a minute');
}

/** How long something still lasts, about: no finer than it is known. */
function lasting(from: number, to: number): string {
  const { least, most } = rounded(from, to);
  if (most < 60_000) return duration(0);
  if (least === most) return `about ${duration(most)}`;
  if (least < 60_000) return `up to ${duration(most)}`;
  return most < 3_600_000 ? `${n(least / 60_000)} to ${duration(most)}` : `${duration(least)} to ${duration(most)}`;
}

/** How often something comes. */
function every(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 100 ? `every ${many(Math.max(1, seconds), 'second')}` : `every ${duration(ms)}`;
}

/** Line numbers in words, the first of many. */
function lineList(lines: readonly number[]): string {
  const shown = lines.slice(0, 12).map(line => String(line));
  const more = lines.length - shown.length;
  return `${lines.length === 1 ? 'line' : 'lines'} ${more > 0 ? `${shown.join(', ')} and ${n(more)} more` : list.format(shown)}`;
}

function value(it: string | number): string {
  return typeof it === 'number' ? fine.format(it) : it;
}

function quoted(value: string): string {
  return `“${clip(clean(value), limits.name)}”`;
}

/** Line numbers, in brackets behind what they belong to. */
function at({ count = 0, lines = [] }: Finding): string {
  if (!lines.length) return '';
  const shown = lines.slice(0, 8).map(line => String(line));
  const more = Math.max(count, lines.length) - shown.length;
  const listed = more > 0 ? `${shown.join(', ')} and ${n(more)} more` : list.format(shown);
  return ` (${shown.length + more === 1 ? 'line' : 'lines'} ${listed})`;
}

const evaluationExamples = `${n(recipe.evaluationExamples[0])} to ${n(recipe.evaluationExamples[1])}`;
const keyRegion = palm.keyRegion;

/** What took less than this, in milliseconds, took no time worth telling. */
const shortest = 60_000;

const clock = '{time}';
const day = '{date_short_pretty} at {time}';

// ─── what is wrong with a spec ───────────────────────────────────────────────────────────────────────────────────────

type Rule = Problem['rule'];
type OfRule<R extends Rule> = Extract<Problem, { rule: R }>;

const missing: Partial<Record<SpecField, string>> = {
  modelName: 'A model name is needed: the tuned model goes by it.',
  displayName: 'A job name is needed. Left empty, the model name is used.',
  dataset: 'A dataset is needed: give the gs:// address of a JSON Lines file, or upload one.',
  evaluationDataset:
    'Evaluating needs an evaluation dataset: give its gs:// address, upload one, or turn evaluation off.',
  pipelineRoot: 'A pipeline root is needed: the gs:// folder where the pipeline job keeps its working data.',
  outputs: 'An output folder is needed: the gs:// folder where Vertex AI writes the weights.',
  teacher: 'A teacher is needed. Choose one, or type its name.',
  student: 'A student is needed. Choose one, or type its name.',
};

const places = {
  tuning: { is: 'TPU tunes', change: 'choose GPU' },
  region: { is: 'the pipeline job would run', change: 'run it there' },
  uploadRegion: { is: 'the model would be uploaded', change: 'upload there' },
  key: { is: 'the key is', change: 'use a key from there' },
} as const;

const problems: { [R in Rule]: (problem: OfRule<R>) => string } = {
  missing: ({ field }) => missing[field] ?? 'This is needed.',
  'two-sources': () => 'An address and a file were both given. Empty the address, or take the file away.',
  'too-long': ({ most }) => `Vertex AI takes names of at most ${n(most)} characters. Shorten it.`,
  'not-an-object': ({ value }) =>
    `${quoted(value)} is not the address of an object in Cloud Storage. It looks like gs://bucket/folder/train.jsonl: no empty folders, no wildcards.`,
  'not-a-folder': ({ value }) =>
    `${quoted(value)} is not a folder in Cloud Storage. It looks like gs://bucket/folder: no empty folders, no wildcards.`,
  'twice-gs': ({ value }) => `${quoted(value)} begins with gs:// twice. Take one of them away.`,
  'bucket-not-allowed': ({ bucket, allowed }) =>
    allowed.length
      ? `Datasets may not come from the bucket ${quoted(bucket)} here. Copy the file to ${alternatives(allowed)}, or upload it.`
      : `Datasets may not come from the bucket ${quoted(bucket)} here. Upload the file instead.`,
  'not-a-positive-integer': ({ field }) =>
    field === 'steps' || field === 'evaluationInterval'
      ? 'Steps are counted in whole numbers, from 1 up: 300, say.'
      : 'A whole number from 1 up is needed.',
  'not-a-positive-number': () =>
    'A number above 0 is needed: 1 keeps the recommended learning rate, 0.5 halves it, 2 doubles it.',
  'evaluation-is-off': () =>
    'An evaluation dataset is given, but evaluation is off. Turn it on, or leave the dataset empty.',
  'key-form': ({ value }) =>
    `${quoted(value)} is not a key’s full name. It looks like projects/PROJECT/locations/${keyRegion}/keyRings/RING/cryptoKeys/KEY. Left empty, Google manages the key.`,
  'key-needs-region': ({ elsewhere }) => {
    const are = list.format(elsewhere.map(({ what, is }) => `${places[what].is} in ${clip(clean(is), limits.name)}`));
    const changes = list.format(elsewhere.map(({ what }) => places[what].change));
    return `CMEK works only where pipeline, tuning, upload and key are all in ${keyRegion}. Here ${are}: ${changes}, or leave the key empty.`;
  },
  'tensorboard-form': ({ value }) =>
    `${quoted(value)} is not a TensorBoard’s full name. It looks like projects/PROJECT/locations/REGION/tensorboards/NUMBER. Without one, Vertex AI reports no curves.`,
  'tensorboard-elsewhere': ({ is, pipeline, tuning }) =>
    `This TensorBoard is in ${is}. Vertex AI wants it where the ${pipeline === tuning ? `pipeline job runs and tunes, ${pipeline}` : `pipeline job runs, ${pipeline}, or where it tunes, ${tuning}`}: choose one from there, or none and go without curves.`,
  'tensorboard-one-region': ({ is, pipeline, tuning }) =>
    `This TensorBoard is in ${is}; the pipeline job runs in ${pipeline} and tunes in ${tuning}. Google’s pages disagree on which of the two counts. Surest is one region for all three; else the curves may be missing.`,
  'service-account-form': ({ value }) =>
    `${quoted(value)} is not a service account’s address. It looks like NAME@PROJECT.iam.gserviceaccount.com. It may be left empty.`,
  'no-evaluation-point': ({ steps, interval }) =>
    `An evaluation every ${many(interval, 'step')} never comes in ${many(steps, 'step')}. Choose a smaller interval, or more steps.`,
  'best-needs-evaluation': () =>
    'The checkpoint with the best evaluation needs evaluations. Turn evaluation on, or choose another checkpoint.',
  'no-curves': () => 'None chosen: Vertex AI reports no curves for this job.',
  'steps-outside-range': ({ steps, least, most }) =>
    `For this task ${n(least)} to ${n(most)} steps are recommended; ${n(steps)} may be too ${steps < least ? 'few' : 'many'}.`,
  'below-one-epoch': ({ epochs: count }) =>
    `That is ${fine.format(count)} epochs: some rows are never trained on. Choose more steps to train on all of them.`,
  'not-offered': ({ field, value, offered }) => {
    if (field !== 'recipe')
      return `${quoted(value)} is not offered here. Choose ${either.format(offered.slice(0, 6))}.`;
    return `The recipe ${quoted(titled(value))} is not offered here. Choose ${recipesOf(offered)}.`;
  },
  'model-form': ({ value }) =>
    `${quoted(value)} is no name of a model. It looks like publisher/model@version, or like a Gemini model’s name.`,
  'not-in-range': ({ range }) => `${sentenceOf(range)} Left empty, Vertex AI chooses.`,
  'two-rates': () =>
    'A learning rate and a learning rate multiplier were both given, and exclude each other. Empty one of them.',
  'no-key-here': ({ region }) =>
    region === undefined
      ? 'This recipe, or this student, takes no encryption key of your own. Leave it empty.'
      : `An encryption key does not work in ${clip(clean(region), limits.name)}. Choose a region, or leave the key empty.`,
  retired: ({ instead, ...since }) => `Retired: ${retirement(since, instead)}`,
  'early-access': () =>
    'Early access: Google has to let your project in, and says not to use such models in production.',
};

/** Since when a recipe is of no use, and what is, instead. */
function retirement({ newJobs, models }: { newJobs: string; models: string }, instead: readonly RecipeId[] = []) {
  return `Vertex AI has refused new jobs since ${dayOf(newJobs)}, and the models have been gone since ${dayOf(models)}. ${
    instead.length
      ? `Choose one that runs today: ${recipesOf(instead)}.`
      : 'No recipe that runs today is offered here: whoever runs Retort can offer one.'
  }`;
}

/** A recipe's title, where there is one of this id. */
function titled(id: string): string {
  return Object.hasOwn(recipes, id) ? recipeOf(id as RecipeId).title.en : id;
}

function recipesOf(ids: readonly string[]): string {
  return either.format(ids.map(id => quoted(titled(id))));
}

/** What a number has to be. */
function sentenceOf({ whole, least, most }: NumberRule): string {
  const what = whole ? 'A whole number' : 'A number';
  if (least !== undefined && most !== undefined)
    return `${what} from ${fine.format(least)} to ${fine.format(most)} is needed.`;
  if (least !== undefined) return `${what} from ${fine.format(least)} up is needed.`;
  return most === undefined
    ? `${what} above 0 is needed.`
    : `${what} above 0, of at most ${fine.format(most)}, is needed.`;
}

/** A day such as 2024-10-09. */
function dayOf(day: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(day));
}

function alternatives(buckets: readonly string[]): string {
  const shown = buckets.slice(0, 3).map(bucket => `gs://${clip(clean(bucket), limits.name)}`);
  return either.format(shown);
}

// ─── what preflight noticed ──────────────────────────────────────────────────────────────────────────────────────────

type Sentence = (finding: Finding, spec: Addresses) => Mrkdwn;
type Unread =
  | 'not-mended-changed'
  | 'not-mended-too-few'
  | 'missing'
  | 'forbidden'
  | 'not-fetched'
  | 'elsewhere'
  | 'project-unknown';
type Size =
  | 'no-examples'
  | 'evaluation-too-small'
  | 'evaluation-too-large'
  | 'evaluation-too-large-a-share'
  | 'too-large'
  | 'too-many-examples'
  | 'unlabelled-evaluation'
  | 'partly-labelled'
  | 'few-unlabelled'
  | 'few-labelled';
type Between = 'in-evaluation' | 'near-evaluation';
type Stepped = 'below-one-epoch' | 'many-epochs' | 'steps-outside-range';
type Answered =
  | 'wrong-not-there'
  | 'wrong-no-right'
  | 'unknown-no-right'
  | 'unknown-no-answer'
  | 'unknown-not-retort'
  | 'unknown-not-named';

function rows(finding: Finding, one: string, others: string): Mrkdwn {
  const { count = 0 } = finding;
  return md`${many(count, 'row')} ${count === 1 ? one : others}`;
}

function thing({ about }: Finding): string {
  return about === 'evaluationDataset' ? 'evaluation dataset' : 'dataset';
}

/** What carries a spec out. */
function run({ recipe = 'palm' }: Addresses | Pick<Addresses, 'recipe'>): string {
  return recipeOf(recipe).backend === 'pipelineJobs' ? 'pipeline job' : 'tuning job';
}

const inputText = code('input_text');
const outputText = code('output_text');

/** Which of the fields that Vertex AI does not know were probably meant for those it does. */
function meant({ value }: Finding): string {
  const known = (value ?? '').split(', ').filter(name => meantBy(name) === 'output_text');
  return known.length
    ? ` Did you mean ${list.format(known.map(name => `${clip(clean(name), limits.name)} as output_text`))}?`
    : '';
}

function cutTokens({ value }: Finding): string {
  return value ? `: about ${many(Number(value), 'token')} in all` : '';
}

/** Formats as people call them. */
const called: Record<Format, Mrkdwn> = {
  'input-output': md`pairs of ${inputText} and ${outputText}`,
  messages: md`chat messages (${code('messages')})`,
  contents: md`Gemini’s format (${code('contents')})`,
  'prompt-completion': md`pairs of ${code('prompt')} and ${code('completion')}`,
  instruction: md`instructions (${code('instruction')})`,
  question: md`questions (${code('question')})`,
};

/** The formats that a spec's recipe reads. */
function formatsOf(spec: Addresses): Mrkdwn {
  return join(
    rulesOf(spec).formats.map(format => called[format]),
    ' or ',
  );
}

/** Whether a spec's datasets have the two fields of the documented pipeline. */
function hasFields(spec: Addresses): boolean {
  return rulesOf(spec).formats[0] === 'input-output';
}

/** What a row is asked by, and what it is to be answered with. */
const fieldsOf: Record<DatasetFormat, { prompt: Mrkdwn; aPrompt: Mrkdwn; answer: Mrkdwn; anAnswer: Mrkdwn }> = {
  'input-output': {
    ...{ prompt: inputText, aPrompt: md`an ${inputText}` },
    ...{ answer: outputText, anAnswer: md`an ${outputText}` },
  },
  'prompt-completion': {
    ...{ prompt: code('prompt'), aPrompt: md`a ${code('prompt')}` },
    ...{ answer: code('completion'), anAnswer: md`a ${code('completion')}` },
  },
  messages: { prompt: md`prompt`, aPrompt: md`a prompt`, answer: md`answer`, anAnswer: md`an answer` },
  contents: { prompt: md`prompt`, aPrompt: md`a prompt`, answer: md`answer`, anAnswer: md`an answer` },
};

function fieldsIn(finding: Finding, spec: Addresses) {
  return fieldsOf[formatIn(finding, spec)];
}

function isPair(finding: Finding, spec: Addresses): boolean {
  const format = formatIn(finding, spec);
  return format === 'input-output' || format === 'prompt-completion';
}

function inShort(finding: Finding, spec: Addresses): Mrkdwn {
  return code(rowsInShort[formatIn(finding, spec)]);
}

/** How many examples an evaluation dataset may have. */
function evaluationRange(spec: Pick<Addresses, 'recipe'>): string {
  const { least, most } = rulesOf(spec).evaluation;
  if (most === undefined) return `${n(least ?? 1)} or more`;
  return least === undefined ? `at most ${n(most)}` : `${n(least)} to ${n(most)}`;
}

function inFormat(format: Format): Sentence {
  return (f, spec) =>
    hasFields(spec)
      ? md`${rows(f, 'is', 'are')} written as ${called[format]}${at(f)}. Vertex AI’s distillation reads ${inputText} and ${outputText}: convert the file.`
      : md`${rows(f, 'is', 'are')} written as ${called[format]}${at(f)}. This recipe reads ${formatsOf(spec)}: convert the file.`;
}

const ofDataset: Record<Fault | Oddity | Size | Unread | Between | Stepped, Sentence> = {
  missing: (f, spec) =>
    md`There is no ${thing(f)} at ${address(f, spec)}. Check the address, or upload the file in the form.`,
  forbidden: (f, spec) =>
    md`Retort may not read the ${thing(f)} ${address(f, spec)}. Grant its service account Storage Object Viewer on the bucket, or upload the file in the form.`,
  'not-fetched': f =>
    md`The uploaded ${thing(f)} could not be fetched from Slack${f.value ? md` (${code(f.value)})` : ''}. Upload it again, or give a gs:// address.`,
  'not-mended-changed': f =>
    md`${of(f)} has been changed or deleted since it was checked, so it was not mended. Choose the dataset again to have it checked anew.`,
  'not-mended-too-few': (f, spec) =>
    rulesOf(spec).evaluation.least === undefined
      ? md`${of(f)} has too few different inputs to cut an evaluation dataset off. Choose one of its own.`
      : md`${of(f)} has too few different inputs for an evaluation dataset of ${evaluationRange(spec)} examples. Choose one of its own.`,
  elsewhere: (f, spec) =>
    hasFields(spec)
      ? md`The ${thing(f)} is in another project’s bucket. One in this project is recommended; the pipeline job needs the right to read it.`
      : md`The ${thing(f)} is in another project’s bucket: the ${run(spec)} needs the right to read it.`,
  'project-unknown': (f, spec) =>
    hasFields(spec)
      ? md`Whether the ${thing(f)}’s bucket is in this project could not be checked. One in this project is recommended.`
      : md`Whether the ${thing(f)}’s bucket is in this project could not be checked. The ${run(spec)} needs the right to read it.`,

  'byte-order-mark': f =>
    md`The ${thing(f)} begins with a byte order mark, which JSON does not allow (line 1). Save the file as UTF-8 without one.`,
  'not-json': f => md`${rows(f, 'is', 'are')} not JSON${at(f)}. Each line is one object on its own.`,
  'cut-off': f => md`The file ends in the middle of a row${at(f)}: it was probably cut off. Copy it again.`,
  'not-an-object': (f, spec) =>
    md`${rows(f, 'is', 'are')} JSON, but no object${at(f)}. A row looks like ${inShort(f, spec)}.`,
  'no-input': (f, spec) =>
    hasFields(spec)
      ? md`${rows(f, 'has', 'have')} no ${inputText}, the prompt${at(f)}.${f.value ? md` They have ${names(f)}: did you mean ${inputText}?` : ''}`
      : md`${rows(f, 'has', 'have')} no prompt${at(f)}.${f.value ? md` They have ${names(f)}.` : ''} A row looks like ${inShort(f, spec)}.`,
  'wrong-role': (f, spec) =>
    md`${rows(f, 'has', 'have')} a turn of another role than ${join(
      rolesIn(f, spec).map(role => code(role)),
      ', ',
    )}${at(f)}. A row looks like ${inShort(f, spec)}.`,
  'no-content': (f, spec) =>
    md`${rows(f, 'has', 'have')} a turn without ${code(formatIn(f, spec) === 'contents' ? 'parts' : 'content')}${at(f)}. A row looks like ${inShort(f, spec)}.`,
  'no-output': f =>
    md`${rows(f, 'has', 'have')} no answer${at(f)}. This recipe learns from answers at hand: add them, or drop these rows.`,
  'format-input-output': inFormat('input-output'),
  'format-messages': inFormat('messages'),
  'format-contents': inFormat('contents'),
  'format-prompt-completion': inFormat('prompt-completion'),
  'format-instruction': inFormat('instruction'),
  'format-question': inFormat('question'),
  'format-variant': (f, spec) =>
    md`${rows(f, 'has', 'have')} turns as another service writes them${at(f)}. Here the roles are ${join(
      rolesIn(f, spec).map(role => code(role)),
      ', ',
    )}, and a row looks like ${inShort(f, spec)}: convert the file.`,
  nul: f =>
    md`${rows(f, 'holds', 'hold')} NUL bytes${at(f)}, which JSON does not allow. The file is damaged, or in UTF-16: save it as UTF-8.`,
  'empty-input': (f, spec) => md`${rows(f, 'has', 'have')} an empty ${fieldsIn(f, spec).prompt}${at(f)}.`,
  'input-not-text': (f, spec) =>
    isPair(f, spec)
      ? md`${rows(f, 'has', 'have')} ${fieldsIn(f, spec).aPrompt} that is not text${at(f)}. Put it in quotation marks.`
      : md`${rows(f, 'has', 'have')} a prompt that is not text${at(f)}. A row looks like ${inShort(f, spec)}.`,
  'output-not-text': (f, spec) =>
    isPair(f, spec)
      ? md`${rows(f, 'has', 'have')} ${fieldsIn(f, spec).anAnswer} that is not text${at(f)}. Put it in quotation marks, or leave it out.`
      : md`${rows(f, 'has', 'have')} an answer that is not text${at(f)}. A row looks like ${inShort(f, spec)}.`,
  'too-long': (f, spec) =>
    hasFields(spec)
      ? md`${rows(f, 'is', 'are')} longer than ${n(recipe.lineBytes / 1024 / 1024)} MiB${at(f)}, far beyond what Vertex AI reads of an example.`
      : md`${rows(f, 'is', 'are')} longer than ${n(recipe.lineBytes / 1024 / 1024)} MiB${at(f)}: Retort reads no such row. Shorten or drop it.`,
  'not-utf8': f => md`${rows(f, 'is', 'are')} not UTF-8${at(f)}. Save the file in that encoding.`,

  'blank-line': f => md`${many(f.count ?? 0, 'line')} ${f.count === 1 ? 'is' : 'are'} blank${at(f)} and not counted.`,
  'empty-output': (f, spec) =>
    md`${rows(f, 'has', 'have')} an empty ${fieldsIn(f, spec).answer}${at(f)}. It counts as a label: leave it out where there is none.`,
  'empty-turn': f =>
    md`${rows(f, 'has', 'have')} a turn before the answer that says nothing${at(f)}. Leave it out, or complete it.`,
  'unknown-field': (f, spec) =>
    hasFields(spec)
      ? md`${rows(f, 'has', 'have')} fields that Vertex AI does not know${at(f)}: ${names(f)}. Only ${inputText} and ${outputText} are used.${meant(f)}`
      : md`${rows(f, 'has', 'have')} fields beside those of ${called[formatIn(f, spec)]}${at(f)}: ${names(f)}. What Vertex AI makes of them is not documented.`,
  'proto-key': f =>
    md`${rows(f, 'has', 'have')} a field named ${code('__proto__')}${at(f)}, which some programs take for more than a name. Remove it.`,
  'lone-surrogate': f =>
    md`${rows(f, 'has', 'have')} half a character, a lone surrogate${at(f)}: the text was cut within an emoji, say. It cannot be written as UTF-8; mend or drop it.`,
  'nul-in-text': f =>
    md`${rows(f, 'has', 'have')} a NUL character in the text${at(f)}, where some programs stop reading. Remove it.`,
  crlf: f =>
    md`${many(f.count ?? 0, 'line')} ${f.count === 1 ? 'ends' : 'end'} as on Windows, with a carriage return${at(f)}. That is read all the same; a newline alone is safer.`,
  'no-last-newline': f =>
    md`The file does not end with a newline${at(f)}. That is read all the same; where it is joined with another, two rows become one.`,
  'repeated-input': f =>
    md`${rows(f, 'repeats', 'repeat')} an earlier row${at(f)}. Repeated rows weigh more in training: drop them.`,
  'other-output': f =>
    md`${rows(f, 'has', 'have')} the input of an earlier row and another output${at(f)}. The student cannot learn both: decide for one.`,
  'near-repeated': f =>
    md`${rows(f, 'is', 'are')} nearly an earlier row, with most words the same${at(f)}. They teach little more: keep one of each.`,
  'in-evaluation': f =>
    md`${rows(f, 'stands', 'stand')} in the evaluation dataset, too${at(f)}. The evaluation then measures memory: drop them from one of the two.`,
  'near-evaluation': f =>
    md`${rows(f, 'is', 'are')} nearly one of the evaluation dataset${at(f)}. The evaluation then flatters: drop them from one of the two.`,
  'input-truncated': f =>
    md`${rows(f, 'has', 'have')} an input estimated above ${n(recipe.inputTokens)} tokens${at(f)}. Vertex AI cuts off the rest${cutTokens(f)}. Shorten them, the instruction first.`,
  'output-truncated': f =>
    md`${rows(f, 'has', 'have')} an output estimated above ${n(recipe.outputTokens)} tokens${at(f)}. Vertex AI cuts off the rest${cutTokens(f)}. Shorten them.`,
  'example-too-long': (f, spec) =>
    md`${rows(f, 'is', 'are')} estimated above ${n(rulesOf(spec).tokens.example ?? 0)} tokens, input and output together${at(f)}: more than is documented for an example. Shorten them.`,
  'output-unread': f =>
    md`${rows(f, 'has', 'have')} an answer${at(f)}, which this recipe does not read: the teacher writes its own.`,
  'parts-not-text': f =>
    md`${rows(f, 'has', 'have')} parts that are not text${at(f)}. They go to Vertex AI as they are, and are not looked at here.`,
  'mixed-formats': f =>
    md`${rows(f, 'is', 'are')} written in another format than most${at(f)}. Whether one file may hold both is not documented: use one.`,
  'not-compared': f =>
    md`The ${thing(f)} has ${many(f.count ?? 0, 'row')}: so many are not compared with each other, so repeated and similar rows were not looked for.`,
  'without-label': f =>
    md`${rows(f, 'lacks', 'lack')} a part that most rows have, of ${names(f)}${at(f)}. The student knows a prompt only in the shape it was taught: complete them.`,
  'other-order': f =>
    md`${rows(f, 'has', 'have')} their parts in another order than ${names(f)}${at(f)}. Use the order of production everywhere.`,
  'other-opening': f =>
    md`${rows(f, 'does', 'do')} not begin as most rows do${at(f)}. Where the instruction is missing there, add it.`,
  'no-instruction': f =>
    md`The inputs are short and share no instruction${at(f)}. Without one the student performs badly: write ${code('Classify the following text into one of the following classes: [business, entertainment] Text: 5 stocks to buy now')} rather than ${code('5 stocks to buy now')}.`,
  'one-output': f =>
    md`All labelled rows have the same output${at(f)}: there is nothing to tell apart. Add rows of other outputs.`,
  'lone-output': f =>
    md`${rows(f, 'has', 'have')} an output that no other row has${at(f)}${f.value ? `, of ${many(Number(f.value), 'output')}` : ''}. Mend its spelling, or add examples of it.`,
  'rare-output': f =>
    md`${rows(f, 'has', 'have')} an output with very few examples${at(f)}${f.value ? `, of ${many(Number(f.value), 'output')}` : ''}. Add examples of it.`,
  'has-email': f =>
    md`${rows(f, 'holds', 'hold')} an e-mail address${at(f)}. A model may repeat what it was taught: replace it.`,
  'has-phone': f =>
    md`${rows(f, 'holds', 'hold')} a phone number${at(f)}. A model may repeat what it was taught: replace it.`,
  'has-card-number': f =>
    md`${rows(f, 'holds', 'hold')} a payment card’s number, check digit and all${at(f)}. Replace it before anything is trained on it.`,
  'has-identity-number': f =>
    md`${rows(f, 'holds', 'hold')} a number that identifies a person or an account${at(f)}. Replace it before anything is trained on it.`,
  'has-key': f =>
    md`${rows(f, 'holds', 'hold')} a key or a token${at(f)}. Take it out, and revoke it: it has been copied.`,
  'below-one-epoch': f =>
    md`${many(f.count ?? 0, 'step')} are ${fine.format(Number(f.value))} epochs: some rows are never trained on. More steps train on all of them.`,
  'many-epochs': f =>
    md`${many(f.count ?? 0, 'step')} are ${epochs(Number(f.value))}: each row is seen so often that the student may learn it by heart. Choose fewer steps, or add rows.`,
  'steps-outside-range': f => {
    const [least = 0, most = 0] = (f.value ?? '').split(' ').map(Number);
    const count = f.count ?? 0;
    return md`For this task ${n(least)} to ${n(most)} steps are recommended; ${n(count)} may be too ${count < least ? 'few' : 'many'}.`;
  },

  'no-examples': f => md`The ${thing(f)} holds no examples.`,
  'evaluation-too-small': evaluationSize,
  'evaluation-too-large': evaluationSize,
  'evaluation-too-large-a-share': (f, spec) =>
    md`The evaluation dataset has ${many(f.count ?? 0, 'example')}; beside this dataset Vertex AI takes at most ${n(Number(f.value))}${ofTheDataset(f, spec)}. Choose fewer.`,
  'too-large': f =>
    md`The ${thing(f)} has ${fine.format((f.count ?? 0) / 2 ** 30)} GiB; Vertex AI takes at most ${fine.format(Number(f.value) / 2 ** 30)}. Choose a sample of it.`,
  'too-many-examples': f =>
    md`The dataset has ${many(f.count ?? 0, 'example')}; Vertex AI takes at most ${n(Number(f.value ?? recipe.examples))}. Choose a sample of them.`,
  'unlabelled-evaluation': (f, spec) =>
    hasFields(spec)
      ? md`None of the ${many(f.count ?? 0, 'row')} of the evaluation dataset is labelled, so there is nothing to measure answers against. Label them.`
      : md`None of the ${many(f.count ?? 0, 'row')} of the evaluation dataset has ${fieldsIn(f, spec).anAnswer}. What Vertex AI measures then is not documented.`,
  'partly-labelled': (f, spec) =>
    hasFields(spec)
      ? md`${rows(f, 'has', 'have')} no ${outputText} while others do. Vertex AI describes datasets that are labelled or not; label every row, or none.`
      : md`${rows(f, 'has', 'have')} no ${fieldsIn(f, spec).answer} while others do. Whether Vertex AI treats them alike is not documented.`,
  'few-unlabelled': f =>
    md`None of the ${many(f.count ?? 0, 'row')} is labelled. Without labels, more than ${n(recipe.unlabelledExamples)} examples are recommended.`,
  'few-labelled': f =>
    md`${many(f.count ?? 0, 'labelled row')}: ${n(recipe.labelledExamples)} or more are recommended.`,
};

function evaluationSize(f: Finding, spec: Addresses): Mrkdwn {
  return md`The evaluation dataset has ${many(f.count ?? 0, 'example')}; Vertex AI takes ${evaluationRange(spec)}.`;
}

/** Which share of the dataset's examples the most are, where that many are not allowed beside any dataset. */
function ofTheDataset({ value }: Finding, spec: Addresses): string {
  const { share } = rulesOf(spec).evaluation;
  return share && Number(value) > share.above ? `, ${roundShare.format(share.most)} of its examples` : '';
}

function unknown(name: string): Pick<Record<Answered, Sentence>, Extract<Answered, `unknown-${string}`>> {
  return {
    'unknown-no-right': (f, spec) =>
      md`Retort may not look at the ${name} ${of(f)}, so it was not checked. If something is wrong with it, the ${run(spec)} will say so.`,
    'unknown-no-answer': (f, spec) =>
      md`Google gave no answer about the ${name} ${of(f)}, so it was not checked. If something is wrong with it, the ${run(spec)} will say so.`,
    'unknown-not-retort': (f, spec) =>
      md`Retort itself may not write to the ${name} ${of(f)}. Whether the ${run(spec)}’s service account may could not be checked.`,
    'unknown-not-named': () =>
      md`No ${name} is named, so the project’s Compute Engine default is used. Whether Retort may act as it could not be checked.`,
  };
}

const ofNamed: Record<Named, Record<Answered, Sentence>> = {
  outputs: {
    'wrong-not-there': f =>
      md`There is no bucket for the output folder ${of(f)}. Create it, or choose another output folder.`,
    'wrong-no-right': f =>
      md`The output folder ${of(f)} may not be written to. Grant the right to create objects there, or choose another output folder.`,
    ...unknown('output folder'),
  },
  pipelineRoot: {
    'wrong-not-there': f =>
      md`There is no bucket for the pipeline root ${of(f)}. Create it, or choose another pipeline root.`,
    'wrong-no-right': f =>
      md`The pipeline root ${of(f)} may not be written to. Grant the right to create objects there, or choose another pipeline root.`,
    ...unknown('pipeline root'),
  },
  serviceAccount: {
    'wrong-not-there': f =>
      md`There is no service account ${of(f)}. Check its address, or leave it empty for the project’s default.`,
    'wrong-no-right': f =>
      md`Retort may not act as the service account ${of(f)}. Grant it Service Account User there, or leave the account empty.`,
    ...unknown('service account'),
  },
  tensorboard: {
    'wrong-not-there': f => md`There is no TensorBoard ${of(f)}. Choose another, or none and go without curves.`,
    'wrong-no-right': f =>
      md`Retort may not use the TensorBoard ${of(f)}. Grant it Vertex AI User there, or choose another.`,
    ...unknown('TensorBoard'),
  },
  encryptionKey: {
    'wrong-not-there': f =>
      md`There is no encryption key ${of(f)}. Check its name, or leave it empty: Google then manages the key.`,
    'wrong-no-right': f =>
      md`The encryption key ${of(f)} may not be used. Grant Vertex AI’s service agent Encrypter/Decrypter on it, or leave it empty.`,
    ...unknown('encryption key'),
  },
};

/** Every finding the catalogue has words for, by what it is about. */
export const findings = {
  dataset: ofDataset,
  evaluationDataset: ofDataset,
  ...ofNamed,
} satisfies Record<Finding['about'], Record<string, Sentence>>;

// ─── answers to one person ───────────────────────────────────────────────────────────────────────────────────────────

type Brake =
  | { is: 'open'; open: number; most: number }
  | { is: 'minute'; most: number }
  | { is: 'posts'; most: number };
const brakes: { [Is in Brake['is']]: (brake: Extract<Brake, { is: Is }>) => string } = {
  open: ({ open, most }) =>
    `You have ${many(open, 'unfinished job')}; ${n(most)} at a time are allowed. Cancel one, or wait for one to end.`,
  minute: ({ most }) =>
    `${many(most, 'job')} began within the last minute, and more are not allowed. Wait a minute and try again.`,
  posts: ({ most }) =>
    `The thread of this job has got ${many(most, 'message')} within the last hour, and nobody can ask for more. Try again later.`,
};
type Outcome = { is: 'done' | 'late'; job: Job } | { is: 'refused'; why: Refusal; job: Job } | { is: 'no-such-job' };

const permissions: Record<Refusal, string> = {
  'not-a-member': 'Only full, active members of this workspace can do this.',
  'not-a-launcher':
    'Only those named as launchers can begin a distillation job here. Whoever runs Retort keeps that list.',
  'not-an-approver': 'Only approvers can decide about this job, and not about their own.',
  'own-job': 'A job is approved by somebody else than who asked for it. Any other approver can decide.',
  'not-theirs': 'Only who asked for this job, and approvers, can do that.',
  'not-the-requester':
    'Only who asked for this job can ask for it again, switch it or mend its dataset. “Run again” begins one of your own.',
  'not-a-governor': 'Only approvers can pause launches or let them go on.',
  'shared-channel':
    'People of other companies are in this channel, or invited to it: nothing can be launched from here. Choose another channel.',
};

/** A field of the form as people see it. */
export interface FieldWords {
  label: string;
  hint?: string;
  placeholder?: string;
}

const fields: Record<SpecField | 'channel', FieldWords> = {
  recipe: { label: 'Recipe', hint: 'What is distilled, and how. The form below follows it.' },
  epochs: {
    label: 'Epochs',
    hint: 'How often the student is trained on the whole dataset. Left empty, Vertex AI chooses.',
  },
  learningRate: { label: 'Learning rate', hint: 'In place of a multiplier, not beside one.', placeholder: '0.0002' },
  batchSize: { label: 'Batch size', hint: 'Examples in one step.' },
  adapterSize: { label: 'Adapter size', hint: 'How much an adapter can learn.' },
  tuningMode: { label: 'Tuning mode', hint: 'Whether all weights are tuned, or an adapter beside them.' },
  outputs: {
    label: 'Output folder',
    hint: 'The folder that Vertex AI writes the weights to.',
    placeholder: 'gs://bucket/folder',
  },
  modelName: {
    label: 'Model name',
    hint: 'The tuned model is listed in the Model Registry under this name.',
    placeholder: 'support-intents-v3',
  },
  task: { label: 'Task' },
  dataset: {
    label: 'Dataset',
    hint: `An address here, or a file below: one of the two is needed. JSON Lines, one example a line: input_text, the prompt with its instruction, and output_text, the label, which may be left out. At most ${n(recipe.examples)} examples.`,
    placeholder: 'gs://bucket/folder/train.jsonl',
  },
  teacher: { label: 'Teacher', hint: 'Writes the rationales, and labels where there are none.' },
  student: { label: 'Student', hint: 'Is tuned, and becomes the tuned model.' },
  region: { label: 'Region', hint: 'Where the pipeline job runs and keeps its working data.' },
  accelerator: { label: 'Accelerator', hint: 'It also decides where the student is tuned.' },
  steps: { label: 'Steps', hint: 'Each step trains on one batch.' },
  learningRateMultiplier: {
    label: 'Learning rate multiplier',
    hint: '1 keeps the recommended learning rate.',
    placeholder: '1',
  },
  evaluate: { label: 'Evaluation' },
  evaluationDataset: {
    label: 'Evaluation dataset',
    hint: `An address here, or a file below. The same format, ${evaluationExamples} examples.`,
    placeholder: 'gs://bucket/folder/eval.jsonl',
  },
  evaluationInterval: {
    label: 'Evaluate every',
    hint: 'In steps. Each evaluation reads the whole evaluation dataset, so more of them take longer.',
  },
  earlyStopping: { label: 'Early stopping' },
  checkpoint: { label: 'Checkpoint', hint: 'Which one becomes the tuned model.' },
  tensorboard: { label: 'TensorBoard', hint: 'Where Vertex AI reports the curves.' },
  uploadRegion: { label: 'Model upload region', hint: 'Where the tuned model is uploaded and deployed.' },
  pipelineRoot: {
    label: 'Pipeline root',
    hint: 'The folder for the pipeline job’s working data.',
    placeholder: 'gs://bucket/folder',
  },
  displayName: { label: 'Job name', hint: 'Left empty, the model name is used.' },
  encryptionKey: {
    label: 'Encryption key',
    hint: `Only with GPU, and only where pipeline, upload and key are all in ${keyRegion}. Left empty, Google manages the key.`,
    placeholder: `projects/PROJECT/locations/${keyRegion}/keyRings/RING/cryptoKeys/KEY`,
  },
  serviceAccount: {
    label: 'Service account',
    hint: 'The pipeline job runs as this account. Left empty, as the project’s Compute Engine default.',
    placeholder: 'NAME@PROJECT.iam.gserviceaccount.com',
  },
  channel: { label: 'Post to', hint: 'The card and its thread stand in this channel. Retort must be in it.' },
};

/** Where a field of a tuning job says something else than the pipeline's of the same name. */
const tuningFields: Partial<Record<SpecField | 'channel', FieldWords>> = {
  modelName: {
    label: 'Model name',
    hint: 'The tuning job and its tuned model go by this name.',
    placeholder: 'support-intents-v3',
  },
  dataset: {
    label: 'Dataset',
    hint: 'An address here, or a file below: one of the two is needed. JSON Lines, one example a line.',
    placeholder: 'gs://bucket/folder/train.jsonl',
  },
  teacher: { label: 'Teacher', hint: 'Answers the prompts of the dataset.' },
  region: { label: 'Region', hint: 'Where the tuning job runs.' },
  learningRateMultiplier: { label: 'Learning rate multiplier', hint: '1 keeps the recommended learning rate.' },
  evaluationDataset: {
    label: 'Evaluation dataset',
    hint: 'An address here, or a file below.',
    placeholder: 'gs://bucket/folder/eval.jsonl',
  },
  encryptionKey: {
    label: 'Encryption key',
    hint: 'Left empty, Google manages the key.',
    placeholder: 'projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY',
  },
  serviceAccount: {
    label: 'Service account',
    hint: 'The tuning job runs as this account. Left empty, as a service agent of Google’s.',
    placeholder: 'NAME@PROJECT.iam.gserviceaccount.com',
  },
};

function atMost(parts: readonly (string | number | undefined)[]): string {
  const known = parts.filter(part => typeof part === 'string');
  return known.length ? `At most ${list.format(known)}.` : '';
}

const tasks: Record<Task, string> = {
  classification: 'Classification',
  summarization: 'Summarization',
  extraction: 'Extractive question answering',
  other: 'Other',
};

/** The phases of a tuning job, by the titles that Vertex AI’s names for them make. */
const phases: Record<string, string> = {
  'Waiting for quota': 'Waiting for quota',
  'Processing dataset': 'Processing the dataset',
  'Waiting for capacity': 'Waiting for capacity',
  Tuning: 'Tuning',
  'Post processing': 'Post-processing',
};

const checkpoints: Record<PipelineSpec['checkpoint'], string> = {
  default: 'The service’s default',
  best: 'The one with the best evaluation',
  last: 'The last one',
};

/** Choices of a tuning job as people read them. */
const choices: Record<string, string> = {
  TUNING_MODE_FULL: 'All weights',
  TUNING_MODE_PEFT_ADAPTER: 'An adapter',
};

interface Figures {
  step: number;
  planned: number;
  ended: boolean;
  stoppedEarly: number | undefined;
  trainLoss: number | undefined;
  evalLoss: number | undefined;
  trainAccuracy: number | undefined;
  evalAccuracy: number | undefined;
  best: { step: number; value: number } | undefined;
  /** There is no evaluation dataset. */
  unevaluated: boolean;
}

/** Every sentence people see, in English. Plain strings stand where Slack shows plain text, markup where it formats. */
export const english = {
  states: {
    checking: { icon: '🔍', name: 'Checking the dataset' },
    refused: { icon: '⛔', name: 'Refused' },
    waiting: { icon: '✋', name: 'Waiting for approval' },
    denied: { icon: '🚫', name: 'Denied' },
    expired: { icon: '⌛', name: 'Expired' },
    queued: { icon: '⏳', name: 'Queued' },
    launching: { icon: '🚀', name: 'Launching' },
    running: { icon: '🔵', name: 'Running' },
    cancelling: { icon: '🟡', name: 'Cancelling' },
    succeeded: { icon: '✅', name: 'Done' },
    failed: { icon: '❌', name: 'Failed' },
    cancelled: { icon: '⚪', name: 'Cancelled' },
    replaced: { icon: '↪️', name: 'Replaced' },
  } satisfies Record<Job['state'], { icon: string; name: string }>,
  tasks,
  /** What an accelerator is made of, in short. */
  chips: (accelerator: Accelerator): string => hardware[accelerator].chips,
  fields,
  tuningFields,
  /** A stage's title as people read it: a phase of a tuning job in their language, the task of a pipeline and a phase that is newer than Retort as it is. */
  stage: (title: string, spec: Addresses): string =>
    run(spec) === 'tuning job' && Object.hasOwn(phases, title) ? phases[title]! : title,
  /** What a recipe says of itself. */
  said: (it: Said): string => it.en,
  problem: (problem: Problem): string =>
    (problems as Record<Rule, (problem: Problem) => string>)[problem.rule](problem),
  finding: (finding: Finding, spec: Addresses): Mrkdwn => {
    const sentences = findings[finding.about] as Record<string, Sentence>;
    // A name that is newer than this catalogue may be any word, even one that every object answers to.
    const sentence = Object.hasOwn(sentences, finding.name) ? sentences[finding.name] : undefined;
    const said = sentence?.(finding, spec) ?? md`${finding.about}: ${short(finding.name)}${at(finding)}`;
    return finding.about === 'evaluationDataset' && finding.lines ? md`Evaluation dataset: ${said}` : said;
  },
  permission: (why: Refusal): string => permissions[why],
  brake: (brake: Brake): string => (brakes[brake.is] as (brake: Brake) => string)(brake),

  /** What a job in a state has to say about itself, in short: its line on the card, in lists, and in the notification. */
  line: {
    rowsSoFar: (count: number) => md`${many(count, 'row')} so far`,
    rowsUnusable: (count: number) => md`${many(count, 'row')} cannot be used`,
    inTheWay: (count: number) => md`${many(count, 'thing')} ${count === 1 ? 'stands' : 'stand'} in the way`,
    until: (ms: number) => md`until ${date(ms, day)}`,
    by: (id: string) => md`by ${user(id)}`,
    nobodyDecided: md`nobody decided`,
    place: (ahead: number) => (ahead ? md`${nth(ahead + 1)} in line` : md`next in line`),
    epochs: (done: number, of: number | undefined) =>
      of === undefined ? md`${epochs(done)} done` : md`${n(done)} of ${epochs(of)} done`,
    /** What a tuning job waits for that is Google's to share out, by the title of its phase. */
    waits: {
      'Waiting for quota': {
        icon: '⏳',
        name: 'Waiting for quota',
        where: md`in Google’s own line, for quota of tuning jobs`,
      },
      'Waiting for capacity': {
        icon: '⌚',
        name: 'Waiting for capacity',
        where: md`until Google has hardware free for it`,
      },
    } as Partial<Record<string, { icon: string; name: string; where: Mrkdwn }>>,
    sinceThen: (ms: number) => md`since ${date(ms, clock)}`,
    heldBy: (accelerator: Accelerator, holders: readonly string[]) =>
      holders.length
        ? md`the ${hardware[accelerator].unit} are held by ${holders.length === 1 ? 'job' : 'jobs'} ${join(
            holders.slice(0, 3).map(id => code(id, limits.name)),
            ', ',
          )}${holders.length > 3 ? ` and ${n(holders.length - 3)} more` : ''}`
        : undefined,
    likely: ({ from, to }: Range) => md`likely ${between(from, to)}`,
    heldBack: (id: string, at: number) => md`launches are paused by ${user(id)} since ${date(at, clock)}`,
    attempt: (count: number) => (count > 1 ? md`${nth(count)} attempt` : undefined),
    stage: (title: string, since: number | undefined) =>
      since === undefined ? short(title) : md`${short(title)} since ${date(since, clock)}`,
    step: (step: number, of: number, done: number) =>
      of > 0 ? md`step ${n(step)} of ${n(of)} (${roundShare.format(done)})` : md`step ${n(step)}`,
    left: ({ from, to }: Range) => md`${lasting(from, to)} of tuning left`,
    since: (ms: number) => md`launched ${date(ms, '{ago}')}`,
    ago: (ms: number) => date(ms, '{ago}'),
    askedBy: (id: string) => md`asked by ${user(id)}`,
    begins: 'Launched',
    /** What Vertex AI says of a pipeline job that does not run. */
    inVertex: {
      QUEUED: md`queued in Vertex AI`,
      PENDING: md`Vertex AI is preparing it`,
      UNSPECIFIED: md`Vertex AI does not say how it stands`,
      PAUSED: md`paused in Vertex AI, where it can be resumed`,
      CANCELLING: md`it is stopping there`,
      SUCCEEDED: md`done in Vertex AI`,
      FAILED: md`failed in Vertex AI`,
      CANCELLED: md`stopped in Vertex AI`,
      PARTIALLY_SUCCEEDED: md`done in part in Vertex AI`,
      EXPIRED: md`expired in Vertex AI`,
      UPDATING: md`Vertex AI is updating it`,
    } as Partial<Record<string, Mrkdwn>>,
    there: md`in Vertex AI, not from here`,
    otherState: (state: string) => md`Vertex AI calls it ${code(state, limits.name)}`,
    paused: { icon: '⏸️', name: 'Paused', by: md`in Vertex AI, where it can be resumed` },
    partly: { icon: '☑️', name: 'Done in part' },
    askedToStop: (at: number) => md`Vertex AI was told at ${date(at, clock)}`,
    took: (ms: number) => md`in ${duration(ms)}`,
    accuracy: (value: number) => md`token accuracy ${share.format(value)}`,
    failedIn: (stage: string) => md`in ${short(stage)}`,
    atLaunch: md`at launch`,
    byJob: (id: string) => md`by job ${code(id, limits.name)}`,
  },

  card: {
    title: ({ modelName, teacher, student }: Spec) =>
      teacher === undefined
        ? md`*${short(modelName)}* · ${short(student)}`
        : md`*${short(modelName)}* · ${short(teacher)} → ${short(student)}`,
    stage: ({ mark, title, state, retries, startedAt, endedAt }: Stage) => {
      const took = mark === 'done' && startedAt !== undefined && endedAt !== undefined ? endedAt - startedAt : 0;
      const notes = {
        waiting: undefined,
        running: undefined,
        retrying: md`${nth(retries + 1)} attempt`,
        done: took < shortest ? undefined : md`${duration(took)}`,
        skipped: md`from the cache`,
        failed: md`failed`,
        cancelling: md`is being stopped`,
        cancelled: md`stopped`,
        unknown: md`${code(state, limits.name)}`,
      } satisfies Record<Mark, Mrkdwn | undefined>;
      const note = notes[mark];
      return md`${marks[mark]} ${mark === 'running' || mark === 'retrying' ? md`*${short(title)}*` : short(title)}${note ? md` (${note})` : ''}`;
    },
    moreStages: (count: number) => md`and ${n(count)} more`,
    stalled: ({ step, since }: { step: number; since: number }) =>
      md`⏸ No new step since ${date(since, clock)}, when step ${n(step)} was reported.`,
    uploaded: (name: string) => md`Dataset ${code(name, limits.name)} (uploaded)`,
    datasetAt: (uri: string) => md`Dataset ${code(uri)}`,
    dataset: (report: { rows: number; labelled: number }) =>
      md`Dataset ${many(report.rows, 'row')}, ${labelled(report)}`,
    evaluation: (count: number, interval: number | undefined) =>
      interval === undefined
        ? md`evaluation dataset ${many(count, 'row')}`
        : md`evaluation dataset ${many(count, 'row')}, every ${many(interval, 'step')}`,
    evaluationPlanned: (interval: number | undefined) =>
      interval === undefined ? md`with an evaluation dataset` : md`evaluation every ${many(interval, 'step')}`,
    noEvaluation: md`no evaluation`,
    amount: (steps: number, count: number | undefined) =>
      count === undefined ? md`${many(steps, 'step')}` : md`${many(steps, 'step')}, ${epochs(count)}`,
    /** What a tuning job asks for, where somebody chose it. */
    tuning: ({ recipe: id, epochs: count, learningRate, learningRateMultiplier, batchSize, ...spec }: TuningSpec) =>
      join([
        md`${recipeOf(id).title.en}`,
        short(spec.region),
        count === undefined ? undefined : md`${epochs(count)}`,
        learningRate === undefined ? undefined : md`learning rate ${fine.format(learningRate)}`,
        learningRateMultiplier === undefined
          ? undefined
          : md`learning rate multiplier ${fine.format(learningRateMultiplier)}`,
        batchSize === undefined ? undefined : md`batch size ${n(batchSize)}`,
        spec.adapterSize === undefined ? undefined : md`adapter size ${short(spec.adapterSize)}`,
        spec.tuningMode === undefined ? undefined : md`${choices[spec.tuningMode] ?? short(spec.tuningMode)}`,
      ]),
    hardware: ({ accelerator, region, uploadRegion }: PipelineSpec) =>
      md`${accelerator}, ${hardware[accelerator].chips}, tunes in ${hardware[accelerator].region} · pipeline job ${
        region === uploadRegion ? `and upload in ${region}` : `in ${region}, upload to ${uploadRegion}`
      }`,
    asked: (id: string, at: number) => md`Asked by ${user(id)} ${date(at, day)}`,
    approved: (id: string, at: number) => md`approved by ${user(id)} ${date(at, clock)}`,
    launched: (at: number) => md`launched ${date(at, clock)}`,
    ended: (at: number) => md`ended ${date(at, day)}`,
    news: (at: number) => md`news from ${date(at, clock)}`,
    id: (id: string) => md`job ${code(id, limits.name)}`,
    from: (id: string) => md`follows job ${code(id, limits.name)}`,
    replacedBy: (id: string) => md`Job ${code(id, limits.name)} has taken its place, with this card and its thread.`,
    /** What Vertex AI found in the dataset of a tuning job. */
    counted: ({ examples, planned }: Pick<Tuning, 'examples' | 'planned'>) => {
      const found = [
        ...(examples === undefined ? [] : [many(examples, 'example')]),
        ...(planned === undefined ? [] : [many(planned, 'step')]),
      ];
      return found.length ? md`Vertex AI counts ${list.format(found)}` : undefined;
    },
    curvesLater: (spec: Addresses) =>
      run(spec) === 'tuning job'
        ? md`Curves arrive once Vertex AI reports them.`
        : md`Curves arrive when Vertex AI reports them; that may be only at the end.`,
    noTensorboard: md`No TensorBoard was chosen, so Vertex AI reports no curves for this job.`,
    noCurves: md`Vertex AI reported no curves.`,
    noExperiment: md`No experiment of this run was found in its TensorBoard, so there are no curves here.`,
    severalExperiments: md`Several experiments were begun in its TensorBoard during this run, and none says whose it is: so there are no curves here.`,
    curvesInText: (metric: string, line: string, value: string, step: number) =>
      md`${metric} ${line} ${value} at step ${n(step)}`,
    trouble: (trouble: Trouble) => md`⚠ ${outside(trouble)} Retort goes on asking.`,
    launchTrouble: (trouble: Trouble, retryAt: number | undefined) =>
      md`⚠ Not created yet: ${outside(trouble)}${retryAt === undefined ? '' : md` Next attempt at ${date(retryAt, clock)}.`}`,
    verdict: (tuned: Score, student: Score | undefined) =>
      md`Exact match on the evaluation dataset: ${n(tuned.same)} of ${n(tuned.asked)} rows${
        student ? `; base student ${n(student.same)} of ${n(student.asked)}` : ''
      }`,
    gone: (since: number, spec: Addresses) =>
      md`⚠ Vertex AI has not known this ${run(spec)} since ${date(since, clock)}: it may have been deleted. If that lasts, the job ends here.`,
    cause: (cause: string) => md`That is: ${cause}.`,
    says: (message: string) => md`Vertex AI says: ${short(message, limits.quotation)}`,
    cancelWished: (id: string, at: number) => md`🟡 ${user(id)} asked at ${date(at, clock)} to cancel.`,
    finishedFirst: (id: string, at: number, spec: Addresses) =>
      md`${user(id)} asked at ${date(at, clock)} to cancel; the ${run(spec)} finished first.`,
    cancel: 'Cancel',
    again: 'Run again …',
    console: 'Console ↗',
    request: 'Request (JSON, curl)',
    confirmCancel: {
      title: 'Cancel this job?',
      before: (name: string) => md`Nothing has been launched for ${short(name)}, and nothing will be.`,
      after: (name: string, spec: Spec) =>
        md`Vertex AI is asked to stop the ${run(spec)} of ${short(name)}.${isPipeline(spec) ? ' A stopped job leaves no tuned model.' : ''}`,
      confirm: 'Cancel the job',
      deny: 'Keep it',
    },
  },

  posts: {
    refused: {
      rows: (bad: number, all: number) =>
        md`⛔ *${n(bad)} of ${many(all, 'row')} cannot be used*, so nothing was launched.`,
      things: (count: number) =>
        md`⛔ *${many(count, 'thing')} ${count === 1 ? 'stands' : 'stand'} in the way*, so nothing was launched.`,
      advice: (id: string) => md`${user(id)}, mend this and start again with ${code('/distill')}.`,
    },
    more: (count: number) => md`and ${n(count)} more`,
    blocker: (sentence: Mrkdwn) => md`• ${sentence}`,
    warning: (sentence: Mrkdwn) => md`⚠ ${sentence}`,
    dataset: {
      checked: (report: { rows: number; labelled: number }, warnings: number) =>
        md`🔍 *Dataset checked*: ${many(report.rows, 'row')}, ${labelled(report)}. ${
          warnings ? `${many(warnings, 'warning')}.` : 'Nothing to warn of.'
        }`,
      evaluation: (report: { rows: number; labelled: number }) =>
        md`Evaluation dataset: ${many(report.rows, 'row')}, ${labelled(report)}.`,
      tokens: ({ mean, longest }: { mean: number; longest: number }, spec: Addresses) =>
        md`Estimated length of inputs: about ${many(mean, 'token')} on average, ${n(longest)} the longest${readsOf(spec)}.`,
      lengths: ({ input, example }: { input: Spread; example?: Spread | undefined }, spec: Addresses) => {
        const { tokens } = rulesOf(spec);
        const { half, longest, over } = example ?? input;
        const known = md`Length${example ? ' of input and output together' : ''} (estimated): half under ${many(half + 1, 'token')}, longest ${n(longest)}`;
        if (example && tokens.example !== undefined)
          return md`${known}; ${over ? `${many(over, 'row')} above` : 'none above'} the ${n(tokens.example)} that are documented.`;
        if (tokens.input === undefined) return md`${known}.`;
        return md`${known}; ${over ? `${many(over, 'input')} will be cut at ${n(tokens.input)}` : `no input will be cut: Vertex AI reads ${n(tokens.input)}`}.`;
      },
      pinned: (uri: string, generation: string) =>
        md`${code(uri)} as it was read, generation ${code(generation, limits.name)}`,
    },
    outdated: (uris: readonly string[]) =>
      md`🔁 ${join(
        uris.map(uri => code(uri)),
        ' and ',
      )} ${uris.length > 1 ? 'have' : 'has'} changed since the check. Nothing was launched: what is there now is checked first, and where approval is needed, it is asked for anew.`,
    denied: (id: string, by: string, reason: string) =>
      md`🚫 ${user(id)}, ${user(by)} *denied* this job:\n&gt; ${short(reason, limits.reason)}`,
    deniedThen: md`Changed, it can be asked for again: it goes on in this thread.`,
    followed: (id: string) => md`Job ${code(id, limits.name)} goes on from here.`,
    askChanged: 'Change and ask again …',
    askAgain: 'Ask again',
    reminder: (approvers: readonly Mrkdwn[], id: string, expiresAt: number) =>
      md`✋ ${approvers.length ? md`${join(approvers, ' ')}: ` : ''}half the time is over, and ${user(id)} still waits for a decision. The request above expires ${date(expiresAt, day)}.`,
    expired: (id: string, at: number) =>
      md`⌛ ${user(id)}, this request *expired* ${date(at, day)}: nobody decided. Asked again, it has the same spec, and goes on in this thread.`,
    delay: (id: string, trouble: Trouble) =>
      md`⚠ ${user(id)}, for a day this job could not be launched. ${outside(trouble)} Retort goes on trying. Should it not, cancel the job on its card: that gives its seat to the next in line.`,
    launched: (name: string, spec: Addresses) => md`🚀 *Launched* as ${run(spec)} ${code(name, limits.name)}`,
    console: 'Console',
    began: (title: string) => md`● *${short(title)}* began.`,
    done: (title: string) => md`✓ *${short(title)}* is done.`,
    /** That a tuning job waits for what is Google's to share out, by the title of its phase. */
    waits: {
      'Waiting for quota': md`⏳ *Waiting for quota*: Google lets only so many tuning jobs of a project run at a time, and this one stands in Google’s own line.`,
      'Waiting for capacity': md`⌚ *Waiting for capacity*: Google has no hardware free for it just now.`,
    } as Partial<Record<string, Mrkdwn>>,
    overtime: (id: string, { since, longest }: { since: number; longest: number }, spec: Addresses) =>
      md`⏱ ${user(id)}, this ${run(spec)} has been *running since ${date(since, clock)}*, and ${duration(longest)} are meant to be the most here. Is it to go on? It does, unless somebody cancels it.`,
    stalled: ({ step, since, usual }: { step: number; since: number; usual: number }) =>
      md`⏸ *No new step* since ${date(since, clock)}: the last one was ${n(step)}, and they came about ${every(usual)}. It may go on by itself; the Console has the log of the task.`,
    firstEvaluation: (interval: number) => md`First evaluation after ${many(interval, 'step')}.`,
    alarms: {
      told: (id: string, what: Alarm) => md`⚠ ${user(id)}: ${alarming(what)}`,
      seen: (what: Alarm) => md`⚠ ${alarming(what)}`,
      /** What it may mean, and what can be done. */
      means: {
        'not-a-number': md`Such a run does not recover by itself. Retort lets it go on: whether to cancel is for you to say.`,
        divergence: md`It may recover, or the learning rate may be too high. Retort lets it go on: whether to cancel is for you to say.`,
        overfitting: md`It may be overfitting: more steps may make the tuned model worse on what it has not seen. Retort lets it go on: whether to cancel is for you to say.`,
        plateau: md`More steps may bring nothing. Retort lets it go on: whether to cancel is for you to say.`,
      } satisfies Record<Alarm['kind'], Mrkdwn>,
      cancel: 'Cancel and free the quota',
    },
    result: {
      done: (id: string, ms: number | undefined, partly: boolean) =>
        md`${partly ? md`☑️ ${user(id)}, *done in part*` : md`✅ ${user(id)}, *done*`}${ms === undefined ? '' : ` in ${duration(ms)}`}.`,
      accuracy: (measure: Measure) =>
        md`Token accuracy on the ${measure.on} ${share.format(measure.last.value)} at the end (step ${n(measure.last.step)})${
          measure.best.value === measure.last.value
            ? ''
            : `; highest ${share.format(measure.best.value)}, at step ${n(measure.best.step)}`
        }.`,
      loss: (measure: Measure) =>
        md`Loss on the ${measure.on} ${three.format(measure.last.value)} at the end${
          measure.best.value === measure.last.value
            ? ''
            : `; lowest ${three.format(measure.best.value)}, at step ${n(measure.best.step)}`
        }.`,
      earlyStop: (step: number, planned: number) =>
        md`The last step reported is ${n(step)} of ${n(planned)}: early stopping probably ended it.`,
      on: { eval: 'evaluation dataset', train: 'training dataset' },
      model: (name: string) => md`Tuned model ${code(name)}`,
      weights: (folder: string, served: boolean) =>
        md`The weights are in ${code(folder)}.${served ? '' : ' They are deployed nowhere.'}`,
      labelledDataset: (uri: string) => md`What the teacher answered is in ${code(uri)}.`,
      deploying: 'How to deploy them ↗',
      checkpoints: (count: number, served: boolean) =>
        served ? md`${many(count, 'checkpoint')}, each at an endpoint of its own:` : md`${many(count, 'checkpoint')}:`,
      /** A checkpoint; `own`: the tuned model's endpoint is this one's. */
      checkpoint: ({ id, epoch, step, endpoint }: Checkpoint, own: boolean) =>
        md`• ${join([
          code(id, limits.name),
          epoch === undefined ? undefined : md`epoch ${n(epoch)}`,
          step === undefined ? undefined : md`step ${n(step)}`,
          endpoint === undefined ? undefined : code(endpoint, limits.name),
          own ? md`the tuned model’s own` : undefined,
        ])}`,
      partly: md`Vertex AI says that it succeeded in part: some results may be missing, because of errors.`,
      noModel: (name: string) =>
        md`Vertex AI did not tell the tuned model’s name. Look for ${code(name, limits.name)} in the Model Registry.`,
      endpoint: (name: string) => md`Endpoint ${code(name)}`,
      noEndpoint: md`Vertex AI told no endpoint, so it cannot be asked from here.`,
      registry: 'Model Registry',
      tensorboard: 'TensorBoard ↗',
    },
    verdict: {
      title: (rows: number) => md`⚖️ *Verdict* on the evaluation dataset, ${many(rows, 'labelled row')}: exact match`,
      names: {
        tuned: () => md`*tuned model*`,
        student: ({ student }: Spec) => md`base student ${student}`,
        teacher: ({ teacher = '' }: Spec) => md`teacher ${teacher}`,
      } satisfies Record<Contestant, (spec: Spec) => Mrkdwn>,
      score: (name: Mrkdwn, { asked, same, from, to, median, unanswered }: Score) =>
        md`• ${name}: ${n(same)} of ${n(asked)}, ${share.format(same / asked)} (${share.format(from)} to ${share.format(to)})${
          median === undefined ? '' : ` · half of its answers within ${brief(median)}`
        }${unanswered ? ` · no answer to ${n(unanswered)}` : ''}`,
      silent: (name: Mrkdwn, said: string | undefined) =>
        said
          ? md`• ${name}: does not answer. Vertex AI says: ${short(said, limits.quotation)}`
          : md`• ${name}: did not answer`,
      ahead: (one: Mrkdwn, other: Mrkdwn, lines: readonly number[]) =>
        md`The ${one} matches where the ${other} does not: ${lineList(lines)}`,
      missed: (lines: readonly number[]) => md`The tuned model does not match: ${lineList(lines)}`,
      allMatched: md`The tuned model matches in every row.`,
      method: md`An exact match is the expected output to the letter, space around it aside. In brackets: where the share of all such rows lies, with 95 % confidence (Wilson). Each row was asked once, at temperature 0; times are as Retort saw them. Rows are named by their lines in the evaluation dataset.`,
      hindered: {
        changed: md`⚖️ No verdict: the evaluation dataset is not the one any more that was checked, or it cannot be read.`,
        unlabelled: md`⚖️ No verdict: no row of the evaluation dataset has a label to compare answers with.`,
        unread: md`⚖️ No verdict: Cloud Storage did not hand over the evaluation dataset for an hour.`,
      } satisfies Record<NonNullable<Verdict['hindrance']>, Mrkdwn>,
    },
    code: {
      prompt: 'Your prompt, written as in the dataset',
      save: 'save as call.mjs',
      title: md`How to load the tuned model, and how to call it.`,
      noEndpoint: md`Its endpoint is not known here; the code asks Vertex AI for it.`,
      python: md`*Python*`,
      node: md`*Node*`,
      curl: md`*curl*`,
      gcloud: md`*gcloud*`,
      weights: md`How to fetch the tuned model’s weights.`,
    },
    failure: {
      launch: (id: string) => md`❌ ${user(id)}, *not launched*`,
      run: (id: string, stage: string | undefined, ms: number | undefined) =>
        md`❌ ${user(id)}, *failed${stage ? md` in ${short(stage)}` : ''}*${ms === undefined ? '' : ` after ${duration(ms)}`}`,
      says: md`Vertex AI says:`,
      because: (begun: Mrkdwn, cause: string) => md`${begun}: ${cause}.`,
      silent: md`Vertex AI gave no reason. The Console may show more.`,
      open: (fields: readonly SpecField[], spec: Spec): string =>
        isPipeline(spec) && fields.includes('accelerator')
          ? `Open with ${spec.accelerator} …`
          : fields.length
            ? `Open mended: ${list.format(fields.slice(0, 2).map(field => english.fields[field].label))} …`
            : 'Open the form again …',
      causes: {
        quota: {
          cause: spec => (isPipeline(spec) ? `not enough ${spec.accelerator} quota` : 'not enough quota'),
          todo: spec =>
            isPipeline(spec)
              ? md`A job needs ${hardware[spec.accelerator].units} ${hardware[spec.accelerator].unit} in ${hardware[spec.accelerator].region}, and something outside Retort may hold them. Ask for the job again when they are free, or choose the other accelerator.`
              : md`The quota is Google’s to share out. Ask for the job again when others have ended, or ask Google for more.`,
        },
        requests: {
          cause: () => 'too many requests to Vertex AI at once',
          todo: () => md`The limit is counted by the minute. Ask for the job again.`,
        },
        actAs: {
          cause: () => 'Retort may not act as the service account',
          todo: () =>
            md`Grant Retort’s service account Service Account User on the account named, or choose another in the form. Vertex AI says the same where the account does not exist.`,
        },
        bucket: {
          cause: () => 'the service account may not use the bucket',
          todo: spec =>
            md`Grant the account named Storage Object Viewer and Storage Object Creator on the bucket, or choose another ${isPipeline(spec) ? 'pipeline root' : 'folder'}.`,
        },
        encryption: {
          cause: () => 'the encryption key cannot be used there',
          todo: spec =>
            isPipeline(spec)
              ? md`CMEK works only with GPU, and only where pipeline job, upload and key are all in ${keyRegion}. Change that, or leave the key empty.`
              : md`Choose another key or another region, or leave the key empty.`,
        },
        tensorboard: {
          cause: () => 'the TensorBoard cannot be used there',
          todo: () =>
            md`It has to be there, and in the pipeline job’s region or where it tunes. Choose another, or none and go without curves.`,
        },
        dataset: {
          cause: () => 'the dataset was refused',
          todo: spec =>
            isPipeline(spec)
              ? md`Mend the line named, and ask for the job again.`
              : md`Mend what Vertex AI names, and ask for the job again.`,
        },
        internal: {
          cause: () => 'an internal error of Vertex AI',
          todo: () => md`Nothing in the job explains it. The same job may well succeed a second time.`,
        },
        wrapper: {
          cause: () => 'a task failed, and its own message is not known',
          todo: () => md`The Console shows which task it was, with its log.`,
        },
        gone: {
          cause: spec => `its ${run(spec)} is gone`,
          todo: () =>
            md`Vertex AI has not known it for ten minutes: it was probably deleted there. Ask for the job again if it is still wanted.`,
        },
        foreign: {
          cause: () => 'its name is taken',
          todo: () => md`Nothing was touched there. Ask for the job again: it gets a name of its own.`,
        },
        expired: {
          cause: () => 'it expired in Vertex AI',
          todo: () => md`When that happens is not documented. Ask for the job again if it is still wanted.`,
        },
        retired: {
          cause: () => 'this recipe is retired',
          todo: ({ recipe: id }, instead) => {
            const { retired } = recipeOf(id);
            const there = instead.length ? ' The menu of this job’s card moves it there.' : '';
            return retired ? md`${retirement(retired, instead)}${there}` : md`Choose another recipe.`;
          },
        },
        'not-let-in': {
          cause: () => 'Google has not let this project in',
          todo: ({ recipe: id }) =>
            md`This recipe is in early access: a Google sales representative can have the project let in. ${link(recipeOf(id).page, 'Google’s page')}`,
        },
        'no-model': {
          cause: () => 'this project may not use the model, or there is none of that name',
          todo: () => md`Choose another model in the form, or ask Google for access to this one.`,
        },
        'model-name': {
          cause: () => 'the student is not named in full',
          todo: () => md`Write its name with publisher and version, such as ${code('qwen/qwen3@qwen3-4b')}.`,
        },
        outputs: {
          cause: () => 'no output folder was named',
          todo: () => md`This student’s weights are written to Cloud Storage: name the folder in the form.`,
        },
        multiplier: {
          cause: () => 'this student takes no learning rate multiplier',
          todo: () => md`Left empty, Vertex AI chooses the learning rate.`,
        },
        adapter: {
          cause: () => 'this student does not take that adapter size',
          todo: () => md`Choose another, or leave it to Vertex AI.`,
        },
        capacity: {
          cause: () => 'Google had no capacity for it',
          todo: () => md`Nothing in the job explains it. Ask for it again later, or in another region.`,
        },
        denied: {
          cause: () => 'Retort lacks a right that this takes',
          todo: () =>
            md`Whoever runs Retort can grant its service account the one named. Vertex AI says the same where what is named does not exist.`,
        },
      } satisfies Causes,
      quotaPage: 'Quota page',
    },
    cancelled: {
      by: (id: string) => md`⚪ *Cancelled* by ${user(id)}.`,
      there: (id: string) => md`⚪ ${user(id)}, this job was *cancelled* in Vertex AI, not from here.`,
      before: md`Nothing was launched.`,
      after: (ms: number | undefined, spec: Addresses) =>
        ms === undefined ? md`The ${run(spec)} was stopped.` : md`The ${run(spec)} was stopped after ${duration(ms)}.`,
    },
  },

  approval: {
    asks: (approvers: readonly Mrkdwn[], id: string, spec: Spec) =>
      md`✋ ${approvers.length ? md`${join(approvers, ' ')}: ` : ''}${user(id)} asks for ${units(spec)} in ${place(spec)}`,
    asksFor: (id: string, spec: Spec) =>
      isPipeline(spec)
        ? md`${user(id)} asks for ${units(spec)} in ${place(spec)} · ${many(spec.steps, 'step')}`
        : md`${user(id)} asks for ${units(spec)} in ${place(spec)}`,
    amount: (spec: PipelineSpec, { trained, batch, epochs: count, rows: all }: Amount) =>
      md`*${short(spec.modelName)}* · ${many(spec.steps, 'step')} × ${n(batch)} = ${many(trained, 'example')}${
        count === undefined ? '' : ` = ${epochs(count)} of ${many(all, 'row')}`
      }`,
    evaluation: (interval: number, count: number) =>
      md`Evaluation every ${many(interval, 'step')}, ${many(count, 'time')}`,
    noEvaluation: md`No evaluation`,
    evaluated: md`With an evaluation dataset`,
    defaults: md`Everything else is as by default.`,
    differs: (differences: readonly Mrkdwn[]) => md`Differs from defaults: ${join(differences, ', ')}`,
    difference: (field: string, is: string | number, was: string | number | undefined) =>
      was === undefined ? md`${field} ${short(value(is))}` : md`${field} ${short(value(is))} (default ${value(was)})`,
    /** A parameter's name within a sentence. */
    names: {
      accelerator: 'accelerator',
      region: 'region',
      uploadRegion: 'upload region',
      steps: 'steps',
      learningRateMultiplier: 'learning rate multiplier',
      evaluationInterval: 'evaluation interval',
      earlyStopping: 'early stopping',
      checkpoint: 'checkpoint',
      encryptionKey: 'encryption key',
      serviceAccount: 'service account',
      pipelineRoot: 'pipeline root',
      tensorboard: 'TensorBoard',
      displayName: 'job name',
    },
    yes: 'on',
    no: 'off',
    dataset: (report: { rows: number; labelled: number }, warnings: number) =>
      md`Dataset ${many(report.rows, 'row')}, ${labelled(report)}; ${warnings ? many(warnings, 'warning') : 'no warnings'}`,
    quota: (accelerator: Accelerator, { capacity, held, waiting, holders }: QuotaThen) =>
      md`Quota when asked: ${
        capacity >= unlimited ? md`no limit, ${n(held)}` : md`${n(Math.max(0, capacity - held))} of ${n(capacity)}`
      } ${hardware[accelerator].unit} ${capacity >= unlimited ? 'held' : 'free'} · ${
        holders?.length
          ? md`held by ${join(
              holders
                .slice(0, 3)
                .map(({ job, until }) =>
                  until
                    ? md`${code(job, limits.name)}, likely done ${between(until.from, until.to)}`
                    : code(job, limits.name),
                ),
              '; ',
            )}${holders.length > 3 ? ` and ${n(holders.length - 3)} more` : ''} · `
          : ''
      }${waiting ? `${many(waiting, 'job')} waiting` : 'nobody waiting'}`,
    money,
    cost: (from: string, to: string, jobs: number) =>
      md`Likely cost ${from === to ? from : `${from} to ${to}`}, by the price the operator set and how long the last ${many(jobs, 'job')} took`,
    expires: (at: number) => md`Expires ${date(at, day)}`,
    approved: (id: string, at: number) => md`✓ *Approved* by ${user(id)} ${date(at, day)}`,
    denied: (id: string, at: number, reason: string) =>
      md`🚫 *Denied* by ${user(id)} ${date(at, day)}: ${short(reason, limits.reason)}`,
    expired: (at: number) => md`⌛ *Expired* ${date(at, day)}: nobody decided`,
    withdrawn: (id: string, at: number) => md`⚪ *Withdrawn* by ${user(id)} ${date(at, day)}`,
    replaced: (id: string) => md`↪️ *Withdrawn*: job ${code(id, limits.name)} has taken its place`,
    overtaken: (id: string) => md`Job ${code(id, limits.name)} has taken its place, and is asked for anew.`,
    closed: md`This request is closed.`,
    approve: 'Approve',
    deny: 'Deny …',
    confirm: {
      title: (spec: Spec) => `Approve ${units(spec)}?`,
      text: (spec: Spec) =>
        isPipeline(spec)
          ? md`${short(spec.modelName, 100)}, ${many(spec.steps, 'step')}. It is launched as soon as the ${hardware[spec.accelerator].unit} are free.`
          : md`${short(spec.modelName, 100)}. It is launched at once.`,
      confirm: 'Approve',
      deny: 'Not yet',
    },
    form: {
      title: 'Deny this job',
      submit: 'Deny',
      close: 'Back',
      reason: 'Reason',
      hint: 'Shown in the thread, to whoever asked.',
      placeholder: 'What would have to change',
    },
    text: (id: string, name: string, spec: Spec) => md`✋ ${user(id)} asks for ${units(spec)} for ${short(name)}`,
  },

  form: {
    title: 'New distillation job',
    /** Of a recipe without a teacher. */
    tuningTitle: 'New tuning job',
    /** What a recipe makes of what; `chosen`: its name stands above. */
    about: ({ title, about, page }: Pick<Recipe, 'title' | 'about' | 'page'>, chosen: boolean): Mrkdwn =>
      md`${chosen ? '' : md`*${title.en}.* `}${about.en} ${link(page, 'Google’s page')}`,
    submit: 'Check and launch',
    close: 'Cancel',
    open: 'Open the form',
    advanced: 'Advanced',
    leftOpen: 'A number or choice that is left open is left to Vertex AI. Its defaults are not documented.',
    sample: 'Use the sample datasets',
    sameRegion: 'The same as the pipeline job',
    noTensorboard: 'None: no curves',
    none: 'none',
    mended: (was: string): string => (was ? `↺ Mended: it was ${quoted(was)}.` : '↺ Mended: it was empty.'),
    notOffered: 'This is not among the choices. Choose one of them.',
    chooseTask: 'Recommended numbers follow the task.',
    recommended: (examples: number, least: number, most: number): string =>
      `Recommended: ${n(examples)} or more examples, ${n(least)} to ${n(most)} steps.`,
    noRecommendation: 'No recommendation for this task. Try several numbers of steps: 100, 200, 500, say.',
    counted: (
      counted:
        | { is: 'counted'; rows: number; labelled: number; meanTokens: number; faulty: number }
        | { is: 'missing' | 'forbidden' | 'too-big' },
    ): string => {
      if (counted.is !== 'counted')
        return {
          missing: '⚠ There is no object at this address.',
          forbidden: '⚠ Retort may not read this object.',
          'too-big': 'Large: it is read after submitting.',
        }[counted.is];
      const { rows: count, meanTokens, faulty } = counted;
      const usable = count
        ? `${many(count, 'row')}, ${labelled(counted)}, about ${many(meanTokens, 'token')} each (estimated).`
        : 'No usable rows.';
      return faulty ? `${usable} ⚠ ${many(faulty, 'row')} cannot be used.` : usable;
    },
    accelerator: (facts: {
      accelerator: Accelerator;
      region: string;
      batch: number;
      approval: boolean;
      quota?: { free: number; capacity: number };
    }): string =>
      [
        `Tunes in ${facts.region}`,
        `batch size ${n(facts.batch)}`,
        facts.approval ? 'needs approval' : 'needs no approval',
        facts.quota && facts.quota.capacity < unlimited
          ? `${n(facts.quota.free)} of ${n(facts.quota.capacity)} ${hardware[facts.accelerator].unit} free`
          : '',
      ]
        .filter(Boolean)
        .join(' · '),
    steps: (facts: {
      steps: number;
      rows: number | undefined;
      batch: number;
      trained: number;
      epochs: number | undefined;
    }): string => {
      const trained = `${many(facts.steps, 'step')} × ${n(facts.batch)} = ${many(facts.trained, 'example')}`;
      return facts.rows && facts.epochs !== undefined
        ? `${trained} = ${epochs(facts.epochs)} over ${many(facts.rows, 'row')}`
        : trained;
    },
    evaluationSize: (count: number, { least, most }: { least: number; most: number }): string =>
      `⚠ ${many(count, 'row')}; Vertex AI takes ${least > 0 ? `${n(least)} to ${n(most)}` : `at most ${n(most)}`}.`,
    evaluationShare: (count: number, all: number, most: number): string =>
      `⚠ ${many(count, 'row')}: more than ${roundShare.format(most)} of the dataset’s ${n(all)}. Vertex AI takes no more than that.`,
    unlabelled: (count: number): string =>
      `⚠ ${many(count, 'row has', 'rows have')} no label, and this recipe learns from labels.`,
    /** Rows in another format than the recipe's. */
    written: (format: Format, count: number): string =>
      `${many(count, 'row')} written as ${unformatted(called[format])}: the check offers to convert them.`,
    leftToVertex: 'Left to Vertex AI',
    choices,
    /** What is documented of a number or a choice that may be left out. */
    rule: (rule: NumberRule | ChoiceRule): string => {
      if ('of' in rule) return '';
      const { least, most, usual } = rule;
      return [
        least !== undefined && most !== undefined ? `${fine.format(least)} to ${fine.format(most)}.` : '',
        usual === undefined ? '' : `Google’s pages begin with ${fine.format(usual)}.`,
      ]
        .filter(Boolean)
        .join(' ');
    },
    othersGo: 'Another one may be typed.',
    /** What is documented of a recipe's datasets. */
    datasetRules: ({ formats: read, labels, examples, bytes, tokens }: DatasetRules): string =>
      [
        `Written as ${either.format(read.map(format => unformatted(called[format])))}; what is written otherwise can be converted once it has been checked.`,
        { optional: 'Labels may be left out.', needed: 'Every example needs a label.', unread: 'Labels are not read.' }[
          labels
        ],
        atMost([
          examples && many(examples, 'example'),
          bytes && `${n(bytes / 2 ** 30)} GiB`,
          tokens.example && `${many(tokens.example, 'token')} in one example`,
        ]),
      ]
        .filter(Boolean)
        .join(' '),
    evaluationRules: ({ most, share: part }: DatasetRules['evaluation']): string =>
      [
        'The same format.',
        atMost([most && many(most, 'example')]),
        part &&
          `${part.above ? `Above ${n(part.above)}, at` : 'At'} most ${roundShare.format(part.most)} of the dataset’s examples.`,
      ]
        .filter(Boolean)
        .join(' '),
    weights: (path: string): string => `Each job gets a folder of its own there, with the weights under ${path}.`,
    epochs: ({ epochs: count, rows, batch }: { epochs: number; rows: number; batch?: number }): string =>
      batch === undefined
        ? `${epochs(count)} over ${many(rows, 'row')} = ${many(Math.round(count * rows), 'example')}`
        : `${epochs(count)} over ${many(rows, 'row')} = ${many(Math.round(count * rows), 'example')}, ${many(Math.ceil((count * rows) / batch), 'step')} of ${n(batch)}`,
    sameDataset: '⚠ This is the dataset itself: an evaluation on rows that were trained on says little.',
    evaluationOff: 'Evaluation is off: this has no effect.',
    evaluations: (count: number): string => (count ? `${many(count, 'evaluation')} in all.` : ''),
    boxes: { evaluate: 'Evaluate while tuning', earlyStopping: 'Stop when token accuracy no longer improves' },
    uploads: {
      dataset: 'Or upload a dataset (.jsonl, up to 10 MB)',
      evaluationDataset: 'Or upload an evaluation dataset (.jsonl, up to 10 MB)',
    },
    checkpoints,
    notInChannel: (name: string | undefined): string =>
      name
        ? `Retort is not in #${clip(clean(name), limits.name)}. Invite it there with /invite, or choose another channel.`
        : 'Retort cannot see this channel. Invite it there with /invite, or choose another channel.',
  },

  answers: {
    tooLate: 'Slack’s three seconds passed before this could open. Try again.',
    formTooLate: 'Slack’s three seconds passed before the form could open.',
    noSuchJob: (asked: string): string => `There is no job ${quoted(asked)}. /distill list shows the newest ones.`,
    slackTrouble: 'Slack did not let Retort do this just now, and nothing was recorded. Try again in a minute.',
    ourFault:
      'Something went wrong in Retort, and nothing was recorded. It is in the log; whoever runs Retort can look.',
    began: (id: string): string =>
      `This form has begun job ${id} already, as it was sent first. Open a new form for another.`,
    window: 'Retort',
    close: 'Close',
    paused: 'Launches are paused: nothing new is launched until somebody types /distill resume.',
    resumed: 'Launches go on.',
    approvedPaused: 'Approved. Launches are paused just now: the job waits in line until they go on.',
    alreadyFollowed: (id: string): string => `Job ${id} has taken its place already.`,
    reasonNeeded: 'A reason is needed: it is all that whoever asked will know.',
    newer:
      'A newer version of Retort looks after this job, and is just being rolled out. Nothing was recorded. Try again in a minute.',
    nothingRecorded: 'Retort could not do this in time, and nothing was recorded. Try again in a minute.',
    notCertain:
      'Retort’s store did not answer in time, so it is not certain whether this was recorded. Look at the card or at /distill list before trying again.',
    approvers: (named: readonly Mrkdwn[]) => md`Approvers: ${join(named, ', ')}`,
    cancelled: (outcome: Outcome): string =>
      outcome.is === 'done'
        ? `Job ${outcome.job.id} is being cancelled. Its card shows what comes of it.`
        : answered(outcome),
    /** Why a press of a button changed nothing. */
    outcome: (outcome: Outcome, approvers: readonly string[]): string =>
      outcome.is === 'refused' && outcome.why === 'not-an-approver' && !approvers.length
        ? 'No approvers are named in this deployment, so nobody can decide. Whoever runs Retort can name some.'
        : answered(outcome),
  },

  notices: {
    channel: (model: string, place: string, reason: string): Mrkdwn => {
      const where = channel(place);
      const why = new Map([
        ['is_archived', md`${where} is archived`],
        ['not_in_channel', md`Retort is not in ${where} any more`],
        ['channel_not_found', md`Retort cannot see ${where} any more`],
      ]).get(reason);
      const told = why ?? md`Slack does not let Retort post in ${where} (${reason})`;
      return md`⚠ *${short(model)}* goes on, but cannot be told of in its channel: ${told}. Once Retort may post there again, everything it owes is posted, in order; that is tried until a week after the job’s end.`;
    },
    ended: (model: string, state: Tellable, url: string | undefined): Mrkdwn => {
      const { icon, name } = english.states[state];
      const thread = url ? md` · ${link(url, 'its card and thread')}` : '';
      return md`${icon} *${short(model)}* · ${name}${thread}`;
    },
    elsewhere: (id: string) =>
      md`${code(`/distill status ${id}`)} shows it anywhere. App Home is where these messages are turned off.`,
    meanwhile: (id: string) => md`Until then, ${code(`/distill status ${id}`)} and App Home show how far it is.`,
    unclear: (id: string, key: string) =>
      md`⚠ Whether message ${code(key)} of job ${code(id)} was posted is not known: Slack gave no clear answer, and without the scopes ${code('channels:history')} and ${code('groups:history')} Retort cannot look. It was not sent again.`,
    stuck: (id: string, key: string, reason: string) =>
      md`⚠ Message ${code(key)} of job ${code(id)} could not be posted for an hour, or it is not known whether it was (${reason}). The job goes on, and the messages after it wait. Retort tries on, ever more rarely, until a week after the job’s end.`,
    givenUp: (id: string, reason: string) =>
      md`⚠ Job ${code(id)} ended a week ago, and Slack has not taken what it still owed (${reason}). It is given up; ${code(`/distill status ${id}`)} shows how it ended.`,
    untold: (id: string, who: string, place: string, reason: string) =>
      md`⚠ Job ${code(id)} cannot be told of in ${channel(place)}, and ${user(who)}, who asked for it, could not be told so, or perhaps not (${reason}).`,
    unsaid: (id: string, key: string, reason: string) =>
      md`⚠ Slack refuses message ${code(key)} of job ${code(id)}, even in plain words (${reason}). It was left out.`,
    credentials: (reason: string) =>
      md`⚠ Slack did not take Retort’s token, or it lacks a scope (${reason}). Jobs went on meanwhile; what was owed in Slack is posted once it may be.`,
    foreign: (id: string) =>
      md`⚠ Vertex AI already has a pipeline job ${code(`retort-${id}`)} that carries other labels than this deployment’s. It was left alone, and job ${code(id)} has failed. Two deployments that share a project need different names in ${code('DEPLOYMENT')}.`,
    orphan: (id: string, run: string) =>
      md`⚠ A ${run.includes('/tuningJobs/') ? 'tuning job' : 'pipeline job'} carries this deployment’s label, and no job of Retort’s is waiting for it. Retort asks Vertex AI to cancel it, again with each round, so that nothing is paid for in vain: ${code(run)} (job ${code(id)}).`,
  },

  quota: {
    text: 'The quotas: who holds them, and who is next',
    title: (accelerator: Accelerator, { held, capacity }: { held: number; capacity: number }) =>
      md`*${accelerator}* in ${hardware[accelerator].region}: ${n(held)} of ${capacity >= unlimited ? 'unlimited' : n(capacity)} ${hardware[accelerator].unit} held`,
    bar: (bar: string) => code(bar),
    job: (name: string) => code(name, limits.name),
    holds: (
      name: Mrkdwn,
      { units: count, since, by }: { units: number; since: number; by?: string | undefined },
      ends: Range | undefined,
    ) =>
      md`● ${name} holds ${n(count)} since ${date(since, day)}${by ? md`, for ${user(by)}` : ''}${ends ? md` · likely done ${between(ends.from, ends.to)}` : ''}`,
    nobodyHolds: md`Nobody holds any.`,
    waits: (place: number, name: Mrkdwn, by: string | undefined, starts: Range | undefined) =>
      md`${n(place)}. ${name}${by ? md`, for ${user(by)}` : ''}${starts ? md` · likely ${between(starts.from, starts.to)}` : ''}`,
    nobodyWaits: md`Nobody waits.`,
    more: (count: number) => md`and ${n(count)} more`,
    outside: (names: Mrkdwn) => md`⚠ Started outside Retort, and in need of the same quota: ${names}`,
    paused: (id: string, at: number) =>
      md`⏸ Launches are *paused* by ${user(id)} since ${date(at, day)}. ${code('/distill resume')} lets them go on.`,
    configured: md`As the operator set it`,
    read: (at: number) => md`As Cloud Quotas said ${date(at, day)}`,
    assumed: md`Cloud Quotas has not said how much there is: what one job takes is assumed`,
    ask: 'Ask for more quota',
  },

  audit: {
    text: (model: string) => md`Every decision about ${short(model)}`,
    title: ({ spec, id }: Job) => md`*${short(spec.modelName)}* (${code(id, limits.name)}): every decision`,
    none: md`None is on record.`,
    earlier: (count: number) => md`${many(count, 'earlier one')} before these`,
    line: ({ action, by, at, digest, reason }: Decision) =>
      md`${date(at, day)} · *${acts[action]}*${by ? md` by ${user(by.user)}` : ''}${reason ? md`: ${short(reason, limits.reason)}` : ''}${digest ? md` · ${code(digest.slice(0, 12))}` : ''}`,
  },

  home: {
    title: 'Distillation jobs',
    waiting: md`*Waiting for your decision*`,
    running: md`*Under way*`,
    last: md`*Your last jobs*`,
    nothingUnderWay: md`Nothing of yours is under way.`,
    empty: md`You have not distilled a model yet. Type ${code('/distill')} in a channel that Retort is in: a form opens, filled with defaults that work. Its button “Use the sample datasets” fills in two that are ready.`,
    asked: (id: string, at: number) => md`asked by ${user(id)} ${date(at, day)}`,
    when: (at: number) => md`${date(at, day)}`,
    more: md`and more`,
    quota: md`*Quotas*`,
    inLine: (count: number) => md`${many(count, 'job')} in line`,
    begin: 'New job …',
    mine: 'All my jobs …',
    all: 'Everybody’s jobs …',
    tellMe: 'Message me when my jobs end',
    tellMeNot: 'No more messages to me',
    help: md`${code('/distill help')} shows what else there is.`,
  },

  list: {
    titles: {
      all: md`*Newest jobs*`,
      mine: md`*Your newest jobs*`,
      running: md`*Jobs under way*`,
      failed: md`*Jobs that failed*`,
    },
    names: { all: 'Everybody’s', mine: 'Mine', running: 'Under way', failed: 'Failed' },
    refresh: 'The newest',
    older: 'Older …',
    show: 'Show',
    empty: {
      all: md`No jobs yet. ${code('/distill')} begins one.`,
      mine: md`None of these jobs is yours. ${code('/distill')} begins one.`,
      running: md`Nothing is under way.`,
      failed: md`None has failed.`,
    },
    end: md`There are none before those.`,
    by: (id: string, at: number) => md`${user(id)} ${date(at, day)}`,
    text: (count: number, of: 'all' | 'mine' | 'running' | 'failed') =>
      `${many(count, 'job')}${{ all: '', mine: ' of yours', running: ' under way', failed: ' that failed' }[of]}, newest first`,
    namesakes: (name: string) => md`*Several jobs* are named ${code(name, limits.name)}, newest first:`,
    card: 'Its card and thread',
  },

  models: {
    title: md`*Newest models* in the Model Registry`,
    text: (count: number) => (count ? `${many(count, 'model')}, newest first` : 'No models'),
    none: md`There is none yet.`,
    unlinked: (name: string) => short(name),
    at: (at: number) => md`${date(at, day)}`,
    deployed: md`deployed`,
    by: (id: string, requester: string) => md`by job ${code(id, limits.name)} of ${user(requester)}`,
    elsewhere: md`by none of these jobs`,
    silent: (regions: readonly string[]) =>
      md`${regions.length > 3 ? many(regions.length, 'region') : list.format(regions)} gave no answer in time.`,
  },

  mute: {
    on: 'Mute for me',
    off: 'Unmute for me',
    isOn: (model: string) =>
      `The posts about ${quoted(model)} do not mention you any more, and the thread goes on as before. Slack itself may still tell you of replies in a thread you follow: turn that off in the thread’s own menu.`,
    isOff: (model: string) => `The posts about ${quoted(model)} mention you again, where they concern you.`,
  },

  compare: {
    two: md`Name two jobs, by their ids or model names: ${code('/distill compare <job> <job>')}.`,
    text: (a: string, b: string) => md`${short(a)} beside ${short(b)}`,
    title: (a: string, b: string) => `A ${clip(clean(a), limits.button)} · B ${clip(clean(b), limits.button)}`,
    subtitle: {
      eval: 'evaluation, by steps from where each run began',
      train: 'training, smoothed, by steps from where each run began',
    },
    alt: (a: string, b: string, on: string) =>
      `Curves of A, ${clip(clean(a), limits.name)}, and B, ${clip(clean(b), limits.name)}: ${on}`,
    differs: md`*What differs* in what was asked for, from A to B:`,
    same: md`*Nothing differs* in what was asked for.`,
    difference: (field: string, was: string, is: string) => md`• ${field}: ${short(was, 60)} → *${short(is, 60)}*`,
    more: (count: number) => md`and ${n(count)} more`,
    datasetRead: 'Dataset as it was read',
    evaluationDatasetRead: 'Evaluation dataset as it was read',
    none: 'none',
    left: 'left to Vertex AI',
    ofOne: md`What only one of the two recipes asks for is left out.`,
    on: 'on',
    off: 'off',
    number: (value: number) => fine.format(value),
    noValues: md`Neither has curves.`,
    tags: {
      eval_total_loss: 'Loss, evaluation',
      eval_fraction_of_correct_next_step_preds: 'Token accuracy, evaluation',
      eval_num_predictions: 'Predictions, evaluation',
      train_total_loss: 'Loss, training',
      train_fraction_of_correct_next_step_preds: 'Token accuracy, training',
      train_num_predictions: 'Predictions, training',
    },
    metric: { last: (name: string) => `${name}, last`, best: (name: string) => `${name}, best` },
    at: (value: string, step: number) => `${value} (step ${n(step)})`,
    took: 'Time taken',
    duration,
    noChart: md`The two have no metric in common, so there is no chart of both.`,
  },

  report: {
    title: 'Dataset report',
    dataset: 'Dataset',
    evaluationDataset: 'Evaluation dataset',
    blockers: 'In the way',
    warnings: 'Worth knowing',
    nothing: 'Nothing stands in the way, and there is nothing to warn of.',
    method:
      'Tokens are estimated: four bytes of UTF-8 each. Of three English sentences whose tokens PaLM 2 counted (10, 15 and 25) that makes 10, 19 and 25; for other writing no count is known. Rows are near where four fifths of their pairs of neighbouring words are the same (in writing without spaces: of four characters in a row), case and punctuation aside; what more than one row in twenty has is left out of that.',
    rows: ({ rows, labelled: some, bytes }: { rows: number; labelled: number; bytes: number }) =>
      `${rows ? `${many(rows, 'row')}, ${labelled({ rows, labelled: some })}` : 'No row that can be used'}; ${n(Math.ceil(bytes / 1024))} KiB`,
    unlabelled: (spec: Addresses): string =>
      hasFields(spec)
        ? 'Without labels, the teacher writes labels and rationales'
        : 'Without labels, the teacher writes them',
    balance: ({ distinct, counts }: { distinct: number; counts: readonly number[] }) =>
      `${many(distinct, 'output')}, of ${list.format(counts.map(n))} rows${distinct > counts.length ? ', the rest fewer' : ''}`,
    shape: ({ labels, opening, closing }: { labels: readonly string[]; opening: boolean; closing: boolean }) =>
      `Most inputs share ${list.format([
        ...(opening ? ['their beginning'] : []),
        ...(labels.length ? [labels.map(label => `\`${clip(clean(label), limits.name)}:\``).join(' then ')] : []),
        ...(closing ? ['their end'] : []),
      ])}`,
    columns: ['Estimated tokens', 'half up to', '90 % up to', '99 % up to', 'longest'],
    /** Where Vertex AI cuts; and where more is only beyond what is documented. */
    cut: ['rows cut', 'tokens cut'],
    beyond: ['most documented', 'rows above it'],
    texts: { input: 'Input', output: 'Answer', example: 'Both together' },
    count: (count: number) => n(count),
  },

  /** How many times the dataset is gone through; nothing where its size is not known. */
  epochs: (count: number | undefined): string => (count === undefined ? '' : epochs(count)),

  lengths: {
    subtitle: 'Estimated tokens in each row of the dataset',
    of: { input: 'Inputs', output: 'Outputs', example: 'Input and output together' },
    summary: ({ half, longest }: Spread): string => `half up to ${n(half)} · longest ${n(longest)}`,
    tokens: (count: number): string => n(count),
    limit: (most: number, { over }: Spread, isCut: boolean): string => {
      if (isCut) return over ? `${n(over)} cut at ${n(most)}` : `cut at ${n(most)}: none`;
      return over ? `${n(over)} above ${n(most)}` : `above ${n(most)}: none`;
    },
    alt: (
      model: string,
      shown: readonly { of: 'input' | 'output' | 'example'; spread: Spread; limit: number | undefined }[],
    ): string =>
      [
        `Lengths in the dataset of ${clip(clean(model), limits.name)}, in estimated tokens.`,
        ...shown.map(({ of, spread, limit }) =>
          longest(english.lengths.of[of], spread, { limit, isCut: of !== 'example' }),
        ),
      ].join(' '),
  },

  attachments: {
    datasetReport: md`The whole report on the dataset.`,
    curvesChart: md`The curves as a picture.`,
    curvesCsv: md`The curves as a table: all six series, by step.`,
    passport: md`The passport: what was asked for and by whom, the datasets with their digests, who approved, the curves, the model and its endpoint.`,
  },

  passport: {
    button: 'Passport',
    comes: 'The passport is posted in the job’s thread.',
    justNow: 'A passport of this job was asked for a moment ago; it is in the job’s thread.',
  },

  mend: {
    buttons: {
      'drop-unusable': 'Drop these rows and check again',
      convert: 'Convert and check again',
      'drop-duplicates': 'Drop duplicates',
      'drop-misshapen': 'Drop rows that break the shape',
      'add-instruction': 'Add an instruction …',
      'cut-evaluation': 'Cut a 10 % evaluation dataset',
    } satisfies Record<Mending, string>,
    other: 'Choose another dataset …',
    mended: (
      mending: Mending,
      counts: Partial<Record<DatasetField, MendCount | undefined>>,
      spec: Addresses,
    ): Mrkdwn => {
      const { dataset, evaluationDataset } = counts;
      if (mending === 'cut-evaluation' && dataset && evaluationDataset) {
        const left = unusableToo(dataset);
        return md`🧰 *Evaluation dataset cut*: ${n(evaluationDataset.kept)} of ${many(dataset.rows, 'row')}; ${n(dataset.kept)} are trained on, and no input is on both sides.${left}`;
      }
      const parts = [
        dataset && did[mending](dataset, spec),
        evaluationDataset && md`evaluation dataset: ${did[mending](evaluationDataset, spec)}`,
      ];
      return md`🧰 *Mended*: ${join(parts.filter(Boolean) as Mrkdwn[], '; ')}. The file it was made of is as it was.`;
    },
    form: {
      title: 'Add an instruction',
      submit: 'Add and check',
      close: 'Back',
      label: 'Instruction',
      hint: 'It is put before every prompt, with a space between; rows that begin with it stay as they are. Prompts in production need it, too.',
      placeholder: 'Classify the following text into one of the following classes: [business, entertainment] Text:',
      needed: 'An instruction is needed: what the model is to do with the text that follows.',
      tooLong: (most: number): string => `At most ${n(most)} characters. Shorten it.`,
    },
  },

  carryOver: {
    choose: 'Move to a recipe that runs today …',
    intro: (job: { id: string; modelName: string }, { from, to }: { from: Said; to: Said }): Mrkdwn =>
      md`*${short(job.modelName)}* (job ${code(job.id, limits.name)}) is moved from ${quoted(from.en)} to *${to.en}*. Its card stays as it is: this is a job of its own. What could not be carried over:`,
    left: (left: Left): Mrkdwn => md`• ${(carrying[left.field] as (left: Left) => Mrkdwn)(left)}`,
    which: 'Say which job to move: /distill move with its id or its model’s name. /distill list shows the newest ones.',
    runsToday: (name: string): string =>
      `${quoted(name)} is a job of a recipe that runs today, so there is nothing to move it to. “Run again” on its card opens the form as it was.`,
    noneOffered: 'No recipe that runs today is offered here. Whoever runs Retort can offer one.',
  },

  switch: {
    choose: (accelerator: Accelerator) => `Switch to ${accelerator} …`,
    title: (accelerator: Accelerator) => `Switch to ${accelerator}`,
    submit: 'Switch',
    close: 'Leave it',
    intro: (name: string) =>
      md`*${short(name)}* gives up its place in line, and begins anew on the other accelerator. That changes:`,
    from: (what: string, was: string, is: string) => md`• ${what}: ${was} → *${is}*`,
    names: {
      accelerator: 'Accelerator',
      region: 'Tuning region',
      batch: 'Batch size',
      epochs: 'Epochs',
      approval: 'Approval',
    },
    approval: { needed: 'needed', 'not-needed': 'not needed' },
    asked: md`It is asked for again: an approval binds to the exact spec.`,
    cannot: (name: string) => md`*${short(name)}* cannot run there as it is:`,
    notQueued: 'Only a job that waits in line can be switched to the other accelerator.',
  },

  trial: {
    button: 'Try it …',
    title: 'Try the tuned model',
    submit: 'Ask',
    close: 'Back',
    shown: md`The prompt and the answer are posted in this job’s thread: whoever can read the channel can read them.`,
    prompt: 'Prompt',
    promptHint: 'Written as in the dataset, with its instruction.',
    line: 'Line of the evaluation dataset',
    lineHint: 'Its expected output is shown beside the answer. Without a prompt above, its input is the prompt.',
    needed: 'A prompt is needed, or a line of the evaluation dataset.',
    noLine: 'A line is a whole number from 1 up.',
    notServed: 'This job’s tuned model is not at an endpoint, as far as Retort knows, so it cannot be asked.',
    tooMany: 'Several prompts of this job wait for their answers already. Ask again once they have come.',
    asked: (id: string, line: number | undefined) =>
      line === undefined
        ? md`🧪 ${user(id)} asked the tuned model`
        : md`🧪 ${user(id)} asked the tuned model about line ${String(line)} of the evaluation dataset`,
    boxes: {
      prompt: md`Prompt`,
      answer: (ms: number | undefined) => (ms === undefined ? md`Answer` : md`Answer, after ${brief(ms)}`),
      expected: (same: boolean | undefined) =>
        same === undefined
          ? md`Expected`
          : same
            ? md`Expected: the answer is the same`
            : md`Expected: the answer is another`,
    },
    hindrances: {
      'no-row': () =>
        md`There is no such row: the line holds no example, or the evaluation dataset is not the one any more that was checked.`,
      gone: () => md`It is not at its endpoint any more.`,
      unanswered: (said: string | undefined) =>
        said ? md`No answer. Vertex AI says: ${short(said, limits.quotation)}` : md`Vertex AI held the answer back.`,
      silent: (said: string | undefined) =>
        said ? md`No answer came. Vertex AI says: ${short(said, limits.quotation)}` : md`No answer came.`,
    } satisfies Record<NonNullable<Tried['hindrance']>, (said: string | undefined) => Mrkdwn>,
  },

  undeploy: {
    button: 'Undeploy …',
    confirm: {
      title: 'Take it off its endpoint?',
      text: (name: string) =>
        md`${short(name, 100)} answers no more, whoever calls it. It stays in the Model Registry, and can be deployed again from there.`,
      confirm: 'Undeploy',
      deny: 'Keep it',
    },
    wished: (id: string, at: number) => md`⏏️ ${user(id)} asked at ${date(at, clock)} to undeploy it.`,
    since: (at: number) => md`⏏️ Not at its endpoint any more since ${date(at, day)}.`,
    done: (id: string | undefined, endpoint: string) =>
      id
        ? md`⏏️ *Undeployed* by ${user(id)}. Its endpoint ${code(endpoint)} is still there and serves nothing; the model stays in the Model Registry.`
        : md`⏏️ The tuned model is *not at its endpoint* ${code(endpoint)} any more. That was not done from here.`,
    late: 'Nothing to undeploy: the model is not at an endpoint, as far as Retort knows, or it is being taken off it.',
    still: {
      shared: (id: string) =>
        md`⚠ ${user(id)}, the model was *not undeployed*: its endpoint serves others, too, and which of them gets its traffic is for a person to decide. The Console can do that.`,
      refused: (id: string, said: string) =>
        md`⚠ ${user(id)}, the model was *not undeployed*. Vertex AI says: ${short(said, limits.quotation)}`,
      silent: (id: string, said: string) =>
        said
          ? md`⚠ ${user(id)}, the model was *not undeployed* within an hour, and Retort asks no more. Vertex AI says: ${short(said, limits.quotation)}`
          : md`⚠ ${user(id)}, the model was *not undeployed* within an hour, and Retort asks no more. It can be asked again from the card.`,
    } satisfies Record<string, (id: string, said: string) => Mrkdwn>,
    idle: (id: string, endpoint: string) =>
      md`💤 ${user(id)}, this model is deployed to ${code(endpoint)}, and for two weeks nobody has asked it anything through Retort. What others asked it elsewhere is not seen here. If nobody needs it, undeploy it.`,
  },

  help: {
    unknown: (asked: string) => md`There is no command ${code(asked, limits.name)}.`,
    title: md`*Retort* distils a large teacher into a small student on Vertex AI, and tells how it gets on.`,
    text: 'What can be asked of Retort',
    commands: [
      { command: '/distill', does: 'opens the form for a new job', example: '/distill' },
      {
        command: '/distill list [mine | running | failed]',
        does: 'shows jobs, the newest first: everybody’s, or only those',
        example: '/distill list mine',
      },
      {
        command: '/distill status <job>',
        does: 'shows one job, by its id or its model’s name; of several of one name it lets you choose',
        example: '/distill status support-intents-v3',
      },
      {
        command: '/distill cancel <job>',
        does: 'cancels a job of yours, or any where you are an approver',
        example: '/distill cancel k3v9x1m4q7tz',
      },
      {
        command: '/distill move <job>',
        does: 'opens the form to move a job of a retired recipe to one that runs today, with what cannot be carried over',
        example: '/distill move support-intents-v3',
      },
      {
        command: '/distill switch <job>',
        does: 'switches a job of yours that waits in line to the other accelerator',
        example: '/distill switch k3v9x1m4q7tz',
      },
      {
        command: '/distill models',
        does: 'shows the newest models of the Model Registry, and which jobs made them',
        example: '/distill models',
      },
      {
        command: '/distill compare <job> <job>',
        does: 'shows what differs between two jobs, by ids or model names, and their curves in one chart',
        example: '/distill compare support-intents-v2 support-intents-v3',
      },
      { command: '/distill quota', does: 'shows who holds the quotas, and who is next', example: '/distill quota' },
      {
        command: '/distill audit <job>',
        does: 'shows every decision about a job',
        example: '/distill audit k3v9x1m4q7tz',
      },
      {
        command: '/distill pause',
        does: 'stops new launches, where you are an approver; /distill resume lets them go on',
        example: '/distill pause',
      },
      { command: '/distill help', does: 'shows this', example: '/distill help' },
    ],
    line: (command: string, does: string, example: string) =>
      command === example ? md`${code(command)} ${does}` : md`${code(command)} ${does}\n      ${code(example)}`,
    threads: md`Slack takes no commands inside a thread. There, use the buttons.`,
  },

  request: {
    title: 'Request',
    close: 'Close',
    intro: (spec: Spec) =>
      isPipeline(spec)
        ? md`The exact request that ${code('pipelineJobs.create')} gets in ${spec.region}. Sent again with the same id, it makes no second pipeline job.`
        : md`The exact request that ${code('tuningJobs.create')} gets in ${short(spec.region)}. Sent again, it makes a second tuning job: it takes no id.`,
    json: md`*JSON body*`,
    curl: md`*curl*`,
    cut: md`Too long to show whole.`,
  },

  chart: {
    loss: 'Loss',
    tokenAccuracy: 'Token accuracy',
    train: 'train',
    eval: 'eval',
    best: 'best evaluation',
    earlyStop: 'early stop',
    steps: 'steps',
    startsAt: 'starts at',
    unevaluated: 'training only: there is no evaluation dataset',
    locale,
    subtitle: ({
      teacher,
      student,
      step,
      planned,
      ended,
    }: Figures & { teacher: string | undefined; student: string }): string =>
      [
        teacher === undefined ? student : `${teacher} → ${student}`,
        planned ? `step ${n(step)} of ${n(planned)}` : `step ${n(step)}`,
        ...(ended || !planned ? [] : [`${n(Math.min(100, (step / planned) * 100))}%`]),
      ].join(' · '),
    alt: (figures: Figures & { model: string }): string => {
      const { model, step, planned, stoppedEarly, best, unevaluated } = figures;
      return [
        `Curves of ${clip(clean(model), limits.name)} up to step ${n(step)}${planned ? ` of ${n(planned)}` : ''}.`,
        pair('Loss', figures.trainLoss, figures.evalLoss, three),
        pair('Token accuracy', figures.trainAccuracy, figures.evalAccuracy, share),
        best ? `Lowest evaluation loss ${three.format(best.value)} at step ${n(best.step)}.` : '',
        stoppedEarly === undefined ? '' : `Stopped early at step ${n(stoppedEarly)}.`,
        unevaluated ? 'There is no evaluation dataset, so these are of training alone.' : '',
      ]
        .filter(Boolean)
        .join(' ');
    },
    percent: (value: number): string => share.format(value),
    number: (value: number): string => three.format(value),
  } satisfies ChartWords & Record<string, unknown>,
};

/** What is alarming about curves. */
function alarming(what: Alarm): Mrkdwn {
  switch (what.kind) {
    case 'not-a-number':
      return md`*${what.on === 'train' ? 'training' : 'evaluation'} loss is not a number* from step ${n(what.step)} on.`;
    case 'divergence':
      return md`*training loss is rising*: ${three.format(what.last.value)} at step ${n(what.last.step)}, after it was ${three.format(what.lowest.value)} around step ${n(what.lowest.step)}.`;
    case 'overfitting':
      return md`*evaluation loss is rising while training loss falls*: ${three.format(what.last.value)} at step ${n(what.last.step)}, after it was lowest with ${three.format(what.lowest.value)} at step ${n(what.lowest.step)}, ${many(what.evaluations, 'evaluation')} ago.`;
    case 'plateau':
      return what.ever
        ? md`*training loss has not fallen* since step ${n(what.since)}: it stays around ${three.format(what.value)}.`
        : md`*training loss has not fallen* since the first step: it stays around ${three.format(what.value)}.`;
    default:
      return what satisfies never;
  }
}

/** What a mending did to one dataset. */
const did: Record<Mending, (count: MendCount, spec: Addresses) => Mrkdwn> = {
  'drop-unusable': ({ kept, unusable }) =>
    md`${many(unusable, 'row')} that could not be used dropped, ${n(kept)} of ${n(kept + unusable)} go on`,
  convert: ({ changed, kept, unusable, unlabelled = 0 }, spec) =>
    md`${many(changed, 'row')} converted to ${hasFields(spec) ? md`${inputText} and ${outputText}` : called[rulesOf(spec).formats[0]]}, ${n(kept)} go on${unlabelled ? `; ${many(unlabelled, 'answer')}, which this recipe does not read, left out` : ''}${unusable ? `; ${n(unusable)} could not be converted and are left out` : ''}`,
  'drop-duplicates': count =>
    md`${many(count.rows - count.kept, 'duplicate')} dropped, ${n(count.kept)} of ${many(count.rows, 'row')} go on${unusableToo(count)}`,
  'drop-misshapen': count =>
    md`${many(count.rows - count.kept, 'row')} that broke the shape dropped, ${n(count.kept)} of ${n(count.rows)} go on${unusableToo(count)}`,
  'add-instruction': count =>
    md`the instruction put before ${n(count.changed)} of ${many(count.rows, 'row')}${unusableToo(count)}`,
  'cut-evaluation': ({ kept, rows: all }) => md`${n(kept)} of ${many(all, 'row')}`,
};

/** How much Vertex AI reads of an input, where that is documented. */
function readsOf(spec: Addresses): string {
  const { input } = rulesOf(spec).tokens;
  return input === undefined ? '' : `; Vertex AI reads ${n(input)}`;
}

function unusableToo({ unusable }: MendCount): string {
  return unusable ? ` (${many(unusable, 'row')} that could not be used left out)` : '';
}

function longest(
  name: string,
  { half, most, longest, over }: Spread,
  { limit, isCut }: { limit: number | undefined; isCut: boolean },
): string {
  const known = `${name}: half up to ${n(half)}, nine in ten up to ${n(most)}, longest ${n(longest)}`;
  if (limit === undefined) return `${known}.`;
  const how = isCut ? 'cut at' : 'above';
  return `${known}; ${over ? `${n(over)} ${over === 1 ? 'is' : 'are'}` : 'none is'} ${how} ${n(limit)}.`;
}

function outside({ why, said }: Trouble): Mrkdwn {
  switch (why) {
    case 'no-answer':
      return md`Google gave no answer just now.`;
    case 'credentials':
      return md`Google did not take Retort’s credentials. Whoever runs Retort can mend that.`;
    case 'slack':
      return md`Slack did not hand over the uploaded file just now.`;
    case 'forbidden':
      return md`Google does not let Retort do this; whoever runs Retort can mend that. Google says: ${short(said, limits.quotation)}`;
    case 'busy':
      return md`Google has no room for this just now. It says: ${short(said, limits.quotation)}`;
    case 'said':
      return md`Google says: ${short(said, limits.quotation)}`;
    default:
      return why satisfies never;
  }
}

/** Causes of failures in words: what it was, and what can be done; `instead` are the recipes on offer that run today. */
type Causes = Record<
  Cause,
  { cause: (spec: Spec) => string; todo: (spec: Spec, instead: readonly RecipeId[]) => Mrkdwn }
>;

/** One metric of a finished run: what it was measured on, its last value and its best. */
export interface Measure {
  on: string;
  last: { step: number; value: number };
  best: { step: number; value: number };
}

interface Amount {
  trained: number;
  batch: number;
  epochs: number | undefined;
  rows: number;
}

function labelled(report: { rows: number; labelled: number }): string {
  if (report.labelled === report.rows) return 'all labelled';
  return report.labelled ? `${n(report.labelled)} labelled` : 'unlabelled';
}

/** Where an accelerator tunes, or a tuning job runs. */
function place(spec: Spec): Mrkdwn {
  return isPipeline(spec) ? md`${hardware[spec.accelerator].region}` : short(spec.region);
}

function units(spec: Spec): string {
  if (!isPipeline(spec)) return 'a tuning job';
  const { accelerator } = spec;
  return accelerator === 'TPU' ? `${hardware.TPU.units} TPU v3 cores` : `${hardware.GPU.chips} GPUs`;
}

function pair(name: string, train: number | undefined, evaluated: number | undefined, as: Intl.NumberFormat): string {
  const values = [
    ...(evaluated === undefined ? [] : [`${as.format(evaluated)} in evaluation`]),
    ...(train === undefined ? [] : [`${as.format(train)} in training`]),
  ];
  return values.length ? `${name} ${values.join(', ')}.` : '';
}

/** What could not be carried over to another recipe, field by field, and what stands there now. */
const carrying: { [F in Left['field']]: (left: Extract<Left, { field: F }>) => Mrkdwn } = {
  task: ({ was }) => md`Task, ${tasks[was]}: not asked for.`,
  dataset: ({ was, is }) =>
    md`Dataset: rows written as ${called[was]}. This recipe reads ${join(
      is.map(format => called[format]),
      ' or ',
    )}: the check offers to convert them.`,
  labels: ({ missing: count }) =>
    md`Labels: ${many(count, 'row has', 'rows have')} none, and this recipe learns from labels. Add them first.`,
  teacher: ({ was, is }) =>
    is === undefined
      ? md`Teacher, ${code(was)}: none is asked, the labels at hand are learnt.`
      : md`Teacher, ${code(was)}: ${code(is)} stands in its place.`,
  student: ({ was, is }) => md`Student, ${code(was)}: ${code(is)} stands in its place.`,
  region: ({ was, is }) => md`Region, ${short(was)}: not one of this recipe’s. ${short(is)} stands in its place.`,
  accelerator: ({ was }) => md`Accelerator, ${was}: a tuning job names none.`,
  steps({ was, batch, over, is }) {
    const asked = md`Steps: no equivalent.`;
    if (over)
      return md`${asked} ${many(was, 'step')} of ${n(batch)} over ${many(over.rows, 'row')} come to ${epochs(over.epochs)}${is === undefined ? '' : `: ${n(is)} stand${is === 1 ? 's' : ''} there`}.`;
    const now = is === undefined ? 'Epochs are left to Vertex AI' : `${epochs(is)} stand${is === 1 ? 's' : ''} there`;
    return md`${asked} What ${many(was, 'step')} of ${n(batch)} come to in epochs is not known without the number of rows. ${now}.`;
  },
  learningRateMultiplier: ({ was }) => md`Learning rate multiplier, ${fine.format(was)}: not asked for.`,
  evaluationInterval: ({ was }) => md`Evaluation every ${many(was, 'step')}: no equivalent.`,
  earlyStopping: () => md`Early stopping: no equivalent.`,
  checkpoint: ({ was }) => md`Checkpoint, ${checkpoints[was].toLowerCase()}: no equivalent.`,
  tensorboard: ({ was }) =>
    md`TensorBoard, ${code(was)}: not asked for. A tuning job’s curves come from its own experiment.`,
  uploadRegion: ({ was }) => md`Model upload region, ${short(was)}: not asked for. All is where the tuning job runs.`,
  pipelineRoot: ({ was, is }) =>
    is === undefined
      ? md`Pipeline root, ${code(was)}: not asked for.`
      : md`Pipeline root, ${code(was)}: it is the output folder now.`,
  displayName: ({ was }) => md`Job name, ${short(was)}: not asked for. The model’s name is the job’s, too.`,
  encryptionKey: ({ was, region }) =>
    region === undefined
      ? md`Encryption key, ${code(was)}: this recipe, or its student, takes none.`
      : md`Encryption key, ${code(was)}: it does not work in ${short(region)}.`,
  serviceAccount: ({ was }) =>
    md`Service account, ${code(was)}: a tuning job’s has to have a service agent’s role. Left empty, it is Google’s own agent.`,
};

/** What was decided, in a word. */
const acts: Record<Decision['action'], string> = {
  submit: 'Submitted',
  ask: 'Approval asked for',
  approve: 'Approved',
  deny: 'Denied',
  cancel: 'Cancelled',
  withdraw: 'Withdrawn',
  expire: 'Expired',
  succeed: 'Asked for again',
  move: 'Accelerator switched',
  recheck: 'Checked anew',
  mend: 'Dataset mended',
  undeploy: 'Undeployment asked for',
  pause: 'Launches paused',
  resume: 'Launches resumed',
};

/** From here on a quota is none. */
const unlimited = Number.MAX_SAFE_INTEGER;

/** The quota when a request was made. */
interface QuotaThen {
  capacity: number;
  held: number;
  waiting: number;
  holders?: readonly { job: string; until?: Range | undefined }[] | undefined;
}

function answered(outcome: Outcome): string {
  switch (outcome.is) {
    case 'refused':
      return permissions[outcome.why];
    case 'no-such-job':
      return 'This job is not known here any more.';
    default:
      return `Nothing changed: job ${outcome.job.id} stands at “${english.states[outcome.job.state].name}”.`;
  }
}
