import type { Left } from '../job/carry-over.ts';
import type { Decision } from '../job/change.ts';
import { meantBy } from '../job/fields.ts';
import type { Format } from '../job/format.ts';
import type { Alarm } from '../job/guard-rails.ts';
import type { Trouble } from '../job/job.ts';
import type { Spread } from '../job/lengths.ts';
import type { MendCount, Mending } from '../job/mend.ts';
import type { Finding } from '../job/preflight.ts';
import type { Accelerator, DatasetFormat, NumberRule, RecipeId } from '../job/recipe.ts';
import { hardware, palm, limits as recipe, recipeOf, recipes } from '../job/recipe.ts';
import type { Mark } from '../job/run.ts';
import type { Problem, Spec, SpecField } from '../job/spec.ts';
import { isPipeline } from '../job/spec.ts';
import type { Addresses } from './exact-names.ts';
import { address, formatIn, names, of, rolesIn, rowsInShort, rulesOf, short } from './exact-names.ts';
import { marks } from './stage-marks.ts';
import type { Mrkdwn } from './text.ts';
import { channel, clean, clip, code, date, join, limits, link, md, unformatted, user } from './text.ts';
import type { Words } from './words.ts';
import type { findings as englishFindings } from './words-en.ts';
import { rounded, writingIn } from './writing.ts';

// ─── numbers, plurals, lengths of time, moments ────────────────────────────────────────────────────────────────────────────────

const locale = 'fr';
const { n, rough, fine, three, share, roundShare, list, either, ordinals, money, plural, brief, ...writing } =
  writingIn(locale);

function many(count: number, one: string, others = `${one}s`): string {
  return `${n(count)} ${plural(count, one, others)}`;
}

function nth(place: number): string {
  return `${n(place)}${ordinals.select(place) === 'one' ? 'er' : 'e'}`;
}

/** A day and a time, as Slack writes them for whoever reads. */
function on(ms: number): Mrkdwn {
  return md`le ${date(ms, '{date_short} à {time}')}`;
}

function atTime(ms: number): Mrkdwn {
  return md`à ${date(ms, '{time}')}`;
}

/** A range of time: one moment, where both are the same. */
function between(from: number, to: number): Mrkdwn {
  return from === to ? on(from) : md`entre ${on(from)} et ${on(to)}`;
}

function epochs(count: number): string {
  const shown = count < 10 ? rough.format(count) : n(count);
  return `${shown} ${plural(Number(count.toFixed(1)), 'époque', 'époques')}`;
}

function duration(ms: number): string {
  return writing.duration(ms, 'moins d’une minute');
}

/** How long something still lasts, about: no finer than it is known. */
function lasting(from: number, to: number): string {
  const { least, most } = rounded(from, to);
  if (most < 60_000) return duration(0);
  if (least === most) return `environ ${duration(most)}`;
  if (least < 60_000) return `au plus ${duration(most)}`;
  return most < 3_600_000 ? `${n(least / 60_000)} à ${duration(most)}` : `${duration(least)} à ${duration(most)}`;
}

/** How often something comes. */
function every(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds <= 1) return 'chaque seconde';
  return seconds < 100 ? `toutes les ${n(seconds)} secondes` : `toutes les ${duration(ms)}`;
}

function others(count: number): string {
  return many(count, 'autre');
}

/** Numbers of lines, the first of many. */
function numbered(lines: readonly number[], { most, all = lines.length }: { most: number; all?: number }): string {
  const shown = lines.slice(0, most).map(line => String(line));
  const more = all - shown.length;
  const listed = more > 0 ? `${shown.join(', ')} et ${others(more)}` : list.format(shown);
  return `${all === 1 ? 'ligne' : 'lignes'} ${listed}`;
}

function lineList(lines: readonly number[]): string {
  return numbered(lines, { most: 12 });
}

/** Line numbers, in brackets behind what they belong to. */
function at({ count = 0, lines = [] }: Finding): string {
  return lines.length ? ` (${numbered(lines, { most: 8, all: Math.max(count, lines.length) })})` : '';
}

function value(it: string | number): string {
  return typeof it === 'number' ? fine.format(it) : it;
}

function quoted(value: string): string {
  return `« ${clip(clean(value), limits.name)} »`;
}

const evaluationExamples = `${n(recipe.evaluationExamples[0])} à ${n(recipe.evaluationExamples[1])}`;
const keyRegion = palm.keyRegion;

/** What an accelerator is made of. */
const made = {
  GPU: { chips: '8 × A100 80 Go', unit: 'GPU', units: 'GPU' },
  TPU: { chips: '64 cœurs v3', unit: 'cœur', units: 'cœurs' },
} as const satisfies Record<Accelerator, { chips: string; unit: string; units: string }>;

function units(accelerator: Accelerator): string {
  return accelerator === 'TPU' ? `${hardware.TPU.units} cœurs TPU v3` : `${hardware.GPU.units} GPU A100 80 Go`;
}

/** What a job asks for, and where it is. */
function asked(spec: Spec): Mrkdwn {
  if (!isPipeline(spec)) return md`un job de réglage dans ${short(spec.region)}`;
  return md`${units(spec.accelerator)} dans ${hardware[spec.accelerator].region}`;
}

function askedBriefly(spec: Spec): string {
  return isPipeline(spec) ? units(spec.accelerator) : 'un job de réglage';
}

/** So many of what a quota counts, and how they are: in the plural from two on. */
function counted(count: number, accelerator: Accelerator, are: 'libre' | 'occupé', of?: number): string {
  const { unit, units } = made[accelerator];
  const all = of === undefined ? '' : ` sur ${n(of)}`;
  return `${many(count, unit, units)} ${plural(count, are, `${are}s`)}${all}`;
}

/** What took less than this, in milliseconds, took no time worth telling. */
const shortest = 60_000;

// ─── what is wrong with a spec ───────────────────────────────────────────────────────────────────────────────────────

type Rule = Problem['rule'];

const missing: Partial<Record<SpecField, string>> = {
  modelName: 'Donnez un nom au modèle : le modèle réglé le portera.',
  displayName: 'Donnez un nom au job. Sans nom, c’est celui du modèle qui sert.',
  dataset: 'Il faut un jeu de données : donnez l’adresse gs:// d’un fichier JSON Lines, ou importez-en un.',
  evaluationDataset:
    'Pour évaluer, il faut un jeu de données d’évaluation : donnez son adresse gs://, importez-en un, ou désactivez l’évaluation.',
  pipelineRoot:
    'Il faut une racine du pipeline : le dossier gs:// où le job de pipeline conserve ses données de travail.',
  outputs: 'Il faut un dossier de sortie : le dossier gs:// où Vertex AI écrit les poids.',
  teacher: 'Il faut un modèle enseignant. Choisissez-en un, ou saisissez son nom.',
  student: 'Il faut un modèle élève. Choisissez-en un, ou saisissez son nom.',
};

const places = {
  tuning: { is: 'le réglage sur TPU se fait', change: 'choisissez GPU' },
  region: { is: 'le job de pipeline s’exécuterait', change: 'exécutez-le là' },
  uploadRegion: { is: 'le modèle serait importé', change: 'importez-le là' },
  key: { is: 'la clé se trouve', change: 'prenez une clé de cette région' },
} as const;

const problems: { [R in Rule]: (problem: Extract<Problem, { rule: R }>) => string } = {
  missing: ({ field }) => missing[field] ?? 'Ce champ est obligatoire.',
  'two-sources': () => 'Une adresse et un fichier ont été donnés. Videz l’adresse, ou retirez le fichier.',
  'too-long': ({ most }) => `Vertex AI accepte des noms de ${n(most)} caractères au plus. Raccourcissez-le.`,
  'not-an-object': ({ value }) =>
    `${quoted(value)} n’est pas l’adresse d’un objet Cloud Storage. Elle s’écrit gs://bucket/dossier/train.jsonl, sans dossier vide ni caractère générique.`,
  'not-a-folder': ({ value }) =>
    `${quoted(value)} n’est pas un dossier Cloud Storage. Il s’écrit gs://bucket/dossier, sans dossier vide ni caractère générique.`,
  'twice-gs': ({ value }) => `${quoted(value)} commence deux fois par gs://. Retirez-en un.`,
  'bucket-not-allowed': ({ bucket, allowed }) =>
    allowed.length
      ? `Les jeux de données ne peuvent pas venir ici du bucket ${quoted(bucket)}. Copiez le fichier dans ${alternatives(allowed)}, ou importez-le.`
      : `Les jeux de données ne peuvent pas venir ici du bucket ${quoted(bucket)}. Importez plutôt le fichier.`,
  'not-a-positive-integer': ({ field }) =>
    field === 'steps' || field === 'evaluationInterval'
      ? 'Les étapes se comptent en nombres entiers, à partir de 1 : 300, par exemple.'
      : 'Il faut un nombre entier, à partir de 1.',
  'not-a-positive-number': () =>
    'Il faut un nombre supérieur à 0 : 1 conserve le taux d’apprentissage recommandé, 0.5 le divise par deux, 2 le double.',
  'evaluation-is-off': () =>
    'Un jeu de données d’évaluation est donné, mais l’évaluation est désactivée. Activez-la, ou laissez ce champ vide.',
  'key-form': ({ value }) =>
    `${quoted(value)} n’est pas le nom complet d’une clé. Il s’écrit projects/PROJECT/locations/${keyRegion}/keyRings/RING/cryptoKeys/KEY. Si ce champ est vide, Google gère la clé.`,
  'key-needs-region': ({ elsewhere }) => {
    const are = list.format(elsewhere.map(({ what, is }) => `${places[what].is} dans ${clip(clean(is), limits.name)}`));
    const changes = list.format(elsewhere.map(({ what }) => places[what].change));
    return `CMEK n’est disponible que si le pipeline, le réglage, l’importation et la clé sont tous dans ${keyRegion}. Ici, ${are} : ${changes}, ou laissez la clé vide.`;
  },
  'tensorboard-form': ({ value }) =>
    `${quoted(value)} n’est pas le nom complet d’une instance TensorBoard. Il s’écrit projects/PROJECT/locations/REGION/tensorboards/NUMBER. Sans elle, Vertex AI ne publie aucune courbe.`,
  'tensorboard-elsewhere': ({ is, pipeline, tuning }) =>
    `Cette instance TensorBoard est dans ${is}. Vertex AI la veut là où le job de pipeline ${
      pipeline === tuning
        ? `s’exécute et règle le modèle, ${pipeline}`
        : `s’exécute, ${pipeline}, ou règle le modèle, ${tuning}`
    } : choisissez-en une dans cette région, ou aucune, et renoncez aux courbes.`,
  'tensorboard-one-region': ({ is, pipeline, tuning }) =>
    `Cette instance TensorBoard est dans ${is} ; le job de pipeline s’exécute dans ${pipeline} et règle le modèle dans ${tuning}. Les pages de Google ne s’accordent pas sur celle des deux qui compte. Le plus sûr est une seule région pour les trois ; sinon, les courbes peuvent manquer.`,
  'service-account-form': ({ value }) =>
    `${quoted(value)} n’est pas l’adresse d’un compte de service. Elle s’écrit NAME@PROJECT.iam.gserviceaccount.com. Ce champ peut rester vide.`,
  'no-evaluation-point': ({ steps, interval }) =>
    `Une évaluation toutes les ${many(interval, 'étape')} n’arrive jamais en ${many(steps, 'étape')}. Choisissez un intervalle plus petit, ou plus d’étapes.`,
  'best-needs-evaluation': () =>
    'Le point de contrôle à la meilleure évaluation suppose des évaluations. Activez l’évaluation, ou choisissez un autre point de contrôle.',
  'no-curves': () => 'Aucune instance choisie : Vertex AI ne publie pas de courbes pour ce job.',
  'steps-outside-range': ({ steps, least, most }) => outsideRange(steps, least, most),
  'below-one-epoch': ({ epochs: count }) =>
    `Cela fait ${fine.format(count)} époque : une partie des lignes ne sert jamais à l’entraînement. Choisissez plus d’étapes pour les parcourir toutes.`,
  'not-offered': ({ field, value, offered }) => {
    if (field !== 'recipe')
      return `${quoted(value)} n’est pas proposé ici. Choisissez ${either.format(offered.slice(0, 6))}.`;
    return `La recette ${quoted(titled(value))} n’est pas proposée ici. Choisissez ${recipesOf(offered)}.`;
  },
  'model-form': ({ value }) =>
    `${quoted(value)} n’est pas le nom d’un modèle. Il s’écrit éditeur/modèle@version, ou comme celui d’un modèle Gemini.`,
  'not-in-range': ({ range }) => `${sentenceOf(range)} Si ce champ est vide, Vertex AI choisit.`,
  'two-rates': () =>
    'Un taux d’apprentissage et un multiplicateur ont été donnés, et l’un exclut l’autre. Videz l’un des deux.',
  'no-key-here': ({ region }) =>
    region === undefined
      ? 'Cette recette, ou ce modèle élève, n’accepte pas de clé de chiffrement à vous. Laissez ce champ vide.'
      : `Une clé de chiffrement ne fonctionne pas dans ${clip(clean(region), limits.name)}. Choisissez une région, ou laissez la clé vide.`,
  retired: ({ instead, ...since }) => `Retirée : ${retirement(since, instead)}`,
  'early-access': () =>
    'Accès anticipé : Google doit admettre votre projet, et demande de ne pas utiliser ces modèles en production.',
};

/** Since when a recipe is of no use, and what is, instead. */
function retirement({ newJobs, models }: { newJobs: string; models: string }, instead: readonly RecipeId[] = []) {
  return `Vertex AI refuse les nouveaux jobs depuis le ${dayOf(newJobs)}, et les modèles ont disparu le ${dayOf(models)}. ${
    instead.length
      ? `Choisissez-en une qui fonctionne aujourd’hui : ${recipesOf(instead)}.`
      : 'Aucune recette qui fonctionne aujourd’hui n’est proposée ici : qui exploite Retort peut en proposer une.'
  }`;
}

/** A recipe's title, where there is one of this id. */
function titled(id: string): string {
  return Object.hasOwn(recipes, id) ? recipeOf(id as RecipeId).title.fr : id;
}

function recipesOf(ids: readonly string[]): string {
  return either.format(ids.map(id => quoted(titled(id))));
}

/** What a number has to be. */
function sentenceOf({ whole, least, most }: NumberRule): string {
  const what = whole ? 'Il faut un nombre entier' : 'Il faut un nombre';
  if (least !== undefined && most !== undefined) return `${what} de ${fine.format(least)} à ${fine.format(most)}.`;
  if (least !== undefined) return `${what}, à partir de ${fine.format(least)}.`;
  return most === undefined ? `${what} supérieur à 0.` : `${what} supérieur à 0, de ${fine.format(most)} au plus.`;
}

/** A day such as 2024-10-09. */
function dayOf(day: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(day));
}

function outsideRange(steps: number, least: number, most: number): string {
  return `Pour cette tâche, ${n(least)} à ${n(most)} étapes sont recommandées ; ${n(steps)}, c’est peut-être ${steps < least ? 'trop peu' : 'trop'}.`;
}

function alternatives(buckets: readonly string[]): string {
  const shown = buckets.slice(0, 3).map(bucket => `gs://${clip(clean(bucket), limits.name)}`);
  return either.format(shown);
}

// ─── what preflight noticed ──────────────────────────────────────────────────────────────────────────────────────────

type Sentence = (finding: Finding, spec: Addresses) => Mrkdwn;

function rows(finding: Finding, one: string, others: string): Mrkdwn {
  const { count = 0 } = finding;
  return md`${many(count, 'ligne')} ${plural(count, one, others)}`;
}

/** The rows of a finding, as an object after a verb. */
function them({ count = 0 }: Finding): string {
  return plural(count, 'la', 'les');
}

function thing({ about }: Finding): string {
  return about === 'evaluationDataset' ? 'jeu de données d’évaluation' : 'jeu de données';
}

/** What carries a spec out. */
function run({ recipe = 'palm' }: Pick<Addresses, 'recipe'>): string {
  return recipeOf(recipe).backend === 'pipelineJobs' ? 'job de pipeline' : 'job de réglage';
}

const inputText = code('input_text');
const outputText = code('output_text');

/** Which of the fields that Vertex AI does not know were probably meant for those it does. */
function meant({ value }: Finding): string {
  const known = (value ?? '').split(', ').filter(name => meantBy(name) === 'output_text');
  return known.length
    ? ` Vouliez-vous dire ${list.format(known.map(name => `output_text pour ${clip(clean(name), limits.name)}`))} ?`
    : '';
}

function cutTokens({ value }: Finding): string {
  return value ? `, soit environ ${many(Number(value), 'jeton')} en tout` : '';
}

/** Formats as people call them. */
const called: Record<Format, Mrkdwn> = {
  'input-output': md`en ${inputText} et ${outputText}`,
  messages: md`en messages de chat (${code('messages')})`,
  contents: md`au format de Gemini (${code('contents')})`,
  'prompt-completion': md`en paires ${code('prompt')} et ${code('completion')}`,
  instruction: md`en instructions (${code('instruction')})`,
  question: md`en questions (${code('question')})`,
};

/** The formats that a spec's recipe reads. */
function formatsOf(spec: Addresses): Mrkdwn {
  return join(
    rulesOf(spec).formats.map(format => called[format]),
    ' ou ',
  );
}

/** Whether a spec's datasets have the two fields of the documented pipeline. */
function hasFields(spec: Addresses): boolean {
  return rulesOf(spec).formats[0] === 'input-output';
}

/** What a row is asked by, and what it is to be answered with, after an article; and whether those are fields. */
const fieldsOf: Record<DatasetFormat, { aPrompt: Mrkdwn; anAnswer: Mrkdwn; noAnswer: Mrkdwn; isField: boolean }> = {
  'input-output': {
    ...{ aPrompt: md`un champ ${inputText}`, anAnswer: md`un champ ${outputText}` },
    ...{ noAnswer: md`de champ ${outputText}`, isField: true },
  },
  'prompt-completion': {
    ...{ aPrompt: md`un champ ${code('prompt')}`, anAnswer: md`un champ ${code('completion')}` },
    ...{ noAnswer: md`de champ ${code('completion')}`, isField: true },
  },
  messages: { aPrompt: md`une invite`, anAnswer: md`une réponse`, noAnswer: md`de réponse`, isField: false },
  contents: { aPrompt: md`une invite`, anAnswer: md`une réponse`, noAnswer: md`de réponse`, isField: false },
};

function fieldsIn(finding: Finding, spec: Addresses) {
  return fieldsOf[formatIn(finding, spec)];
}

function inShort(finding: Finding, spec: Addresses): Mrkdwn {
  return code(rowsInShort[formatIn(finding, spec)]);
}

function rolesOf(finding: Finding, spec: Addresses): Mrkdwn {
  return join(
    rolesIn(finding, spec).map(role => code(role)),
    ', ',
  );
}

/** How many examples an evaluation dataset may have. */
function evaluationRange(spec: Pick<Addresses, 'recipe'>): string {
  const { least, most } = rulesOf(spec).evaluation;
  if (most === undefined) return `${n(least ?? 1)} ou plus`;
  return least === undefined ? `${n(most)} au plus` : `${n(least)} à ${n(most)}`;
}

function inFormat(format: Format): Sentence {
  return (f, spec) =>
    hasFields(spec)
      ? md`${rows(f, 'est écrite', 'sont écrites')} ${called[format]}${at(f)}. La distillation de Vertex AI lit ${inputText} et ${outputText}. Convertissez le fichier.`
      : md`${rows(f, 'est écrite', 'sont écrites')} ${called[format]}${at(f)}. Cette recette lit ce qui est écrit ${formatsOf(spec)}. Convertissez le fichier.`;
}

const ofDataset: (typeof englishFindings)['dataset'] = {
  missing: (f, spec) =>
    md`Il n’y a pas de ${thing(f)} à l’adresse ${address(f, spec)}. Vérifiez-la, ou importez le fichier dans le formulaire.`,
  forbidden: (f, spec) =>
    md`Retort n’a pas le droit de lire le ${thing(f)} ${address(f, spec)}. Accordez à son compte de service le rôle ${code('roles/storage.objectViewer')} sur le bucket, ou importez le fichier dans le formulaire.`,
  'not-fetched': f =>
    md`Le ${thing(f)} importé n’a pas pu être récupéré auprès de Slack${f.value ? md` (${code(f.value)})` : ''}. Importez-le de nouveau, ou donnez une adresse gs://.`,
  'not-mended-changed': f =>
    md`${of(f)} a été modifié ou supprimé depuis sa vérification et n’a donc pas été corrigé. Choisissez de nouveau le jeu de données pour le faire revérifier.`,
  'not-mended-too-few': (f, spec) =>
    rulesOf(spec).evaluation.least === undefined
      ? md`${of(f)} a trop peu d’entrées différentes pour en prélever un jeu de données d’évaluation. Choisissez-en un à part.`
      : md`${of(f)} a trop peu d’entrées différentes pour un jeu de données d’évaluation de ${evaluationRange(spec)} exemples. Choisissez-en un à part.`,
  elsewhere: (f, spec) =>
    hasFields(spec)
      ? md`Le ${thing(f)} est dans le bucket d’un autre projet. Un bucket de ce projet est recommandé ; le job de pipeline doit avoir le droit de le lire.`
      : md`Le ${thing(f)} est dans le bucket d’un autre projet : le ${run(spec)} doit avoir le droit de le lire.`,
  'project-unknown': (f, spec) =>
    hasFields(spec)
      ? md`Impossible de vérifier si le bucket du ${thing(f)} appartient à ce projet, comme il est recommandé.`
      : md`Impossible de vérifier si le bucket du ${thing(f)} appartient à ce projet. Le ${run(spec)} doit avoir le droit de le lire.`,

  'byte-order-mark': f =>
    md`Le ${thing(f)} commence par un indicateur d’ordre des octets (BOM), que JSON n’admet pas (ligne 1). Enregistrez le fichier en UTF-8 sans BOM.`,
  'not-json': f =>
    md`${rows(f, 'n’est pas', 'ne sont pas')} du JSON${at(f)}. Chaque ligne est un objet à part entière.`,
  'cut-off': f =>
    md`Le fichier se termine au milieu d’une ligne${at(f)} : il a sans doute été tronqué. Copiez-le de nouveau.`,
  'not-an-object': (f, spec) =>
    md`${rows(f, 'est', 'sont')} du JSON, mais pas un objet${at(f)}. Une ligne s’écrit ${inShort(f, spec)}.`,
  'no-input': (f, spec) =>
    hasFields(spec)
      ? md`${rows(f, 'n’a', 'n’ont')} pas de champ ${inputText}, l’invite${at(f)}.${f.value ? md` On y trouve ${names(f)}, peut-être mis pour ${inputText}.` : ''}`
      : md`${rows(f, 'n’a', 'n’ont')} pas d’invite${at(f)}.${f.value ? md` On y trouve ${names(f)}.` : ''} Une ligne s’écrit ${inShort(f, spec)}.`,
  'wrong-role': (f, spec) =>
    md`${rows(f, 'a', 'ont')} un tour de parole d’un autre rôle que ${rolesOf(f, spec)}${at(f)}. Une ligne s’écrit ${inShort(f, spec)}.`,
  'no-content': (f, spec) =>
    md`${rows(f, 'a', 'ont')} un tour de parole sans ${code(formatIn(f, spec) === 'contents' ? 'parts' : 'content')}${at(f)}. Une ligne s’écrit ${inShort(f, spec)}.`,
  'no-output': f =>
    md`${rows(f, 'n’a', 'n’ont')} pas de réponse${at(f)}. Cette recette apprend des réponses données : ajoutez-les, ou retirez ces lignes.`,
  'format-input-output': inFormat('input-output'),
  'format-messages': inFormat('messages'),
  'format-contents': inFormat('contents'),
  'format-prompt-completion': inFormat('prompt-completion'),
  'format-instruction': inFormat('instruction'),
  'format-question': inFormat('question'),
  'format-variant': (f, spec) =>
    md`${rows(f, 'a', 'ont')} des tours de parole écrits comme pour un autre service${at(f)}. Ici, les rôles sont ${rolesOf(f, spec)}, et une ligne s’écrit ${inShort(f, spec)}. Convertissez le fichier.`,
  nul: f =>
    md`${rows(f, 'contient', 'contiennent')} des octets NUL${at(f)}, que JSON n’admet pas. Le fichier est endommagé ou en UTF-16 : enregistrez-le en UTF-8.`,
  'empty-input': (f, spec) => md`${rows(f, 'a', 'ont')} ${fieldsIn(f, spec).aPrompt} vide${at(f)}.`,
  'input-not-text': (f, spec) =>
    fieldsIn(f, spec).isField
      ? md`${rows(f, 'a', 'ont')} ${fieldsIn(f, spec).aPrompt} qui n’est pas du texte${at(f)}. Mettez-le entre guillemets.`
      : md`${rows(f, 'a', 'ont')} une invite qui n’est pas du texte${at(f)}. Une ligne s’écrit ${inShort(f, spec)}.`,
  'output-not-text': (f, spec) =>
    fieldsIn(f, spec).isField
      ? md`${rows(f, 'a', 'ont')} ${fieldsIn(f, spec).anAnswer} qui n’est pas du texte${at(f)}. Mettez-le entre guillemets, ou omettez-le.`
      : md`${rows(f, 'a', 'ont')} une réponse qui n’est pas du texte${at(f)}. Une ligne s’écrit ${inShort(f, spec)}.`,
  'too-long': (f, spec) =>
    hasFields(spec)
      ? md`${rows(f, 'dépasse', 'dépassent')} ${n(recipe.lineBytes / 1024 / 1024)} Mio${at(f)}, bien plus que ce que Vertex AI lit d’un exemple.`
      : md`${rows(f, 'dépasse', 'dépassent')} ${n(recipe.lineBytes / 1024 / 1024)} Mio${at(f)} : Retort ne lit pas de ligne si longue. Raccourcissez-${them(f)}, ou retirez-${them(f)}.`,
  'not-utf8': f =>
    md`${rows(f, 'n’est pas', 'ne sont pas')} en UTF-8${at(f)}. Enregistrez le fichier dans cet encodage.`,

  'blank-line': f => md`${rows(f, 'est vide et n’est pas comptée', 'sont vides et ne sont pas comptées')}${at(f)}.`,
  'empty-output': (f, spec) =>
    fieldsIn(f, spec).isField
      ? md`${rows(f, 'a', 'ont')} ${fieldsIn(f, spec).anAnswer} vide${at(f)}. Il vaut étiquette : omettez-le là où il n’y en a pas.`
      : md`${rows(f, 'a', 'ont')} une réponse vide${at(f)}. Elle vaut étiquette : omettez-la là où il n’y en a pas.`,
  'empty-turn': f =>
    md`${rows(f, 'a', 'ont')} avant la réponse un tour de parole qui ne dit rien${at(f)}. Omettez-le, ou complétez-le.`,
  'unknown-field': (f, spec) =>
    hasFields(spec)
      ? md`${rows(f, 'a', 'ont')} des champs que Vertex AI ne connaît pas${at(f)} : ${names(f)}. Seuls ${inputText} et ${outputText} servent.${meant(f)}`
      : md`${rows(f, 'a', 'ont')} d’autres champs que ce qui s’écrit ${called[formatIn(f, spec)]}${at(f)} : ${names(f)}. Ce que Vertex AI en fait n’est pas documenté.`,
  'proto-key': f =>
    md`${rows(f, 'a', 'ont')} un champ nommé ${code('__proto__')}${at(f)}, que certains programmes ne prennent pas pour un simple nom. Retirez-le.`,
  'lone-surrogate': f =>
    md`${rows(f, 'contient', 'contiennent')} une moitié de caractère, un demi-codet isolé${at(f)} : le texte a été coupé au milieu d’un émoji, par exemple. Il ne peut pas s’écrire en UTF-8 ; corrigez-le ou retirez-le.`,
  'nul-in-text': f =>
    md`${rows(f, 'a', 'ont')} un caractère NUL dans le texte${at(f)}, où certains programmes arrêtent de lire. Retirez-le.`,
  crlf: f =>
    md`${rows(f, 'se termine', 'se terminent')} comme sous Windows, par un retour chariot${at(f)}. C’est lu malgré tout ; un simple saut de ligne est plus sûr.`,
  'no-last-newline': f =>
    md`Le fichier ne se termine pas par un saut de ligne${at(f)}. Il est lu malgré tout ; mais si un autre lui est ajouté, deux lignes n’en feront plus qu’une.`,
  'repeated-input': f =>
    md`${rows(f, 'répète', 'répètent')} une ligne antérieure${at(f)}. Les lignes répétées pèsent davantage dans l’entraînement : retirez-les.`,
  'other-output': f =>
    md`${rows(f, 'a', 'ont')} l’entrée d’une ligne antérieure, mais une autre sortie${at(f)}. Le modèle élève ne peut pas apprendre les deux : choisissez-en une.`,
  'near-repeated': f =>
    md`${rows(f, 'est presque identique', 'sont presque identiques')} à une ligne antérieure, la plupart des mots étant les mêmes${at(f)}. De telles lignes n’apportent guère plus : n’en gardez qu’une de chaque.`,
  'in-evaluation': f =>
    md`${rows(f, 'figure', 'figurent')} aussi dans le jeu de données d’évaluation${at(f)}. L’évaluation mesure alors la mémoire : retirez-${them(f)} de l’un des deux.`,
  'near-evaluation': f =>
    md`${rows(f, 'est presque identique', 'sont presque identiques')} à une ligne du jeu de données d’évaluation${at(f)}. L’évaluation est alors trop flatteuse : retirez-${them(f)} de l’un des deux.`,
  'input-truncated': f =>
    md`${rows(f, 'a', 'ont')} une entrée estimée à plus de ${n(recipe.inputTokens)} jetons${at(f)}. Vertex AI tronque le reste${cutTokens(f)}. Raccourcissez-${them(f)}, l’instruction d’abord.`,
  'output-truncated': f =>
    md`${rows(f, 'a', 'ont')} une sortie estimée à plus de ${n(recipe.outputTokens)} jetons${at(f)}. Vertex AI tronque le reste${cutTokens(f)}. Raccourcissez-${them(f)}.`,
  'example-too-long': (f, spec) =>
    md`${rows(f, 'est estimée', 'sont estimées')} à plus de ${n(rulesOf(spec).tokens.example ?? 0)} jetons, entrée et sortie ensemble${at(f)} : plus que le maximum documenté pour un exemple. Raccourcissez-${them(f)}.`,
  'output-unread': f =>
    md`${rows(f, 'a', 'ont')} une réponse${at(f)}, que cette recette ne lit pas : l’enseignant rédige les siennes.`,
  'parts-not-text': f =>
    md`${rows(f, 'a', 'ont')} des parties qui ne sont pas du texte${at(f)}. Elles vont telles quelles à Vertex AI, sans être examinées ici.`,
  'mixed-formats': f =>
    md`${rows(f, 'est écrite', 'sont écrites')} dans un autre format que la plupart${at(f)}. Rien ne dit si un fichier peut contenir les deux : gardez-en un.`,
  'not-compared': f =>
    md`Le ${thing(f)} a ${many(f.count ?? 0, 'ligne')} : autant de lignes ne sont pas comparées entre elles, et celles qui se répètent ou se ressemblent n’ont pas été cherchées.`,
  'without-label': f =>
    md`Il manque à ${many(f.count ?? 0, 'ligne')} une partie que la plupart ont, parmi ${names(f)}${at(f)}. Le modèle élève ne reconnaît une invite que sous la forme apprise : complétez-${them(f)}.`,
  'other-order': f =>
    md`${rows(f, 'a ses', 'ont leurs')} parties dans un autre ordre que ${names(f)}${at(f)}. Gardez partout l’ordre de la production.`,
  'other-opening': f =>
    md`${rows(f, 'ne commence pas', 'ne commencent pas')} comme la plupart${at(f)}. Si l’instruction y manque, ajoutez-la.`,
  'no-instruction': f =>
    md`Les entrées sont courtes et n’ont pas d’instruction commune${at(f)}. Sans elle, le modèle élève donne de mauvais résultats : écrivez ${code('Classify the following text into one of the following classes: [business, entertainment] Text: 5 stocks to buy now')} plutôt que ${code('5 stocks to buy now')}.`,
  'one-output': f =>
    md`Toutes les lignes étiquetées ont la même sortie${at(f)} : il n’y a rien à distinguer. Ajoutez des lignes avec d’autres sorties.`,
  'lone-output': f =>
    md`${rows(f, 'a', 'ont')} une sortie qu’aucune autre ligne n’a${at(f)}${f.value ? `, sur ${many(Number(f.value), 'sortie')}` : ''}. Corrigez son orthographe, ou ajoutez-en des exemples.`,
  'rare-output': f =>
    md`${rows(f, 'a', 'ont')} une sortie qui a très peu d’exemples${at(f)}${f.value ? `, sur ${many(Number(f.value), 'sortie')}` : ''}. Ajoutez-en des exemples.`,
  'has-email': f =>
    md`${rows(f, 'contient', 'contiennent')} une adresse e-mail${at(f)}. Un modèle peut répéter ce qu’il a appris : remplacez-la.`,
  'has-phone': f =>
    md`${rows(f, 'contient', 'contiennent')} un numéro de téléphone${at(f)}. Un modèle peut répéter ce qu’il a appris : remplacez-le.`,
  'has-card-number': f =>
    md`${rows(f, 'contient', 'contiennent')} un numéro de carte bancaire, clé de contrôle comprise${at(f)}. Remplacez-le avant tout entraînement.`,
  'has-identity-number': f =>
    md`${rows(f, 'contient', 'contiennent')} un numéro qui identifie une personne ou un compte${at(f)}. Remplacez-le avant tout entraînement.`,
  'has-key': f =>
    md`${rows(f, 'contient', 'contiennent')} une clé ou un jeton d’accès${at(f)}. Retirez-le et révoquez-le : il a été copié.`,
  'below-one-epoch': f =>
    md`${many(f.count ?? 0, 'étape')}, cela fait ${fine.format(Number(f.value))} époque : une partie des lignes ne sert jamais à l’entraînement. Plus d’étapes les parcourent toutes.`,
  'many-epochs': f =>
    md`${many(f.count ?? 0, 'étape')}, cela fait ${epochs(Number(f.value))} : chaque ligne est vue si souvent que le modèle élève risque de l’apprendre par cœur. Choisissez moins d’étapes, ou ajoutez des lignes.`,
  'steps-outside-range': f => {
    const [least = 0, most = 0] = (f.value ?? '').split(' ').map(Number);
    return md`${outsideRange(f.count ?? 0, least, most)}`;
  },

  'no-examples': f => md`Le ${thing(f)} ne contient aucun exemple.`,
  'evaluation-too-small': evaluationSize,
  'evaluation-too-large': evaluationSize,
  'evaluation-too-large-a-share': (f, spec) =>
    md`Le jeu de données d’évaluation a ${many(f.count ?? 0, 'exemple')} ; à côté de ce jeu de données, Vertex AI en accepte ${n(Number(f.value))} au plus${ofTheDataset(f, spec)}. Choisissez-en moins.`,
  'too-large': f =>
    md`Le ${thing(f)} pèse ${fine.format((f.count ?? 0) / 2 ** 30)} Gio ; Vertex AI en accepte ${fine.format(Number(f.value) / 2 ** 30)} au plus. Prenez-en un échantillon.`,
  'too-many-examples': f =>
    md`Le jeu de données a ${many(f.count ?? 0, 'exemple')} ; Vertex AI en accepte ${n(Number(f.value ?? recipe.examples))} au plus. Prenez-en un échantillon.`,
  'unlabelled-evaluation': (f, spec) =>
    hasFields(spec)
      ? md`Sur les ${many(f.count ?? 0, 'ligne')} du jeu de données d’évaluation, aucune n’est étiquetée : il n’y a rien à quoi comparer les réponses. Étiquetez-les.`
      : md`Sur les ${many(f.count ?? 0, 'ligne')} du jeu de données d’évaluation, aucune n’a ${fieldsIn(f, spec).noAnswer}. Ce que Vertex AI mesure alors n’est pas documenté.`,
  'partly-labelled': (f, spec) =>
    hasFields(spec)
      ? md`${rows(f, 'n’a pas', 'n’ont pas')} de champ ${outputText} alors que d’autres en ont un. Vertex AI parle de jeux de données étiquetés ou non ; étiquetez toutes les lignes, ou aucune.`
      : md`${rows(f, 'n’a pas', 'n’ont pas')} ${fieldsIn(f, spec).noAnswer} alors que d’autres lignes en ont. Rien ne dit si Vertex AI les traite de la même façon.`,
  'few-unlabelled': f =>
    md`Sur ${many(f.count ?? 0, 'ligne')}, aucune n’est étiquetée. Sans étiquettes, plus de ${n(recipe.unlabelledExamples)} exemples sont recommandés.`,
  'few-labelled': f =>
    md`${many(f.count ?? 0, 'ligne étiquetée', 'lignes étiquetées')} : il est recommandé d’en avoir ${n(recipe.labelledExamples)} ou plus.`,
};

function evaluationSize(f: Finding, spec: Addresses): Mrkdwn {
  return md`Le jeu de données d’évaluation a ${many(f.count ?? 0, 'exemple')} ; Vertex AI en accepte ${evaluationRange(spec)}.`;
}

/** Which share of the dataset's examples the most are, where that many are not allowed beside any dataset. */
function ofTheDataset({ value }: Finding, spec: Addresses): string {
  const { share } = rulesOf(spec).evaluation;
  return share && Number(value) > share.above ? `, soit ${roundShare.format(share.most)} de ses exemples` : '';
}

/** What could not be checked; the name comes with its article, alone and after a preposition. */
function unknown({
  the,
  to,
  none,
}: Record<'the' | 'to' | 'none', string>): Pick<
  Record<`unknown-${string}`, Sentence>,
  'unknown-no-right' | 'unknown-no-answer' | 'unknown-not-retort' | 'unknown-not-named'
> {
  return {
    'unknown-no-right': (f, spec) =>
      md`Retort n’a pas le droit de consulter ${the} ${of(f)}, et rien n’a donc été vérifié. En cas de problème, le ${run(spec)} le dira.`,
    'unknown-no-answer': (f, spec) =>
      md`Google n’a pas répondu au sujet ${to} ${of(f)}, et rien n’a donc été vérifié. En cas de problème, le ${run(spec)} le dira.`,
    'unknown-not-retort': (f, spec) =>
      md`Retort lui-même n’a pas le droit d’écrire dans ${the} ${of(f)}. Impossible de vérifier si le compte de service du ${run(spec)} l’a.`,
    'unknown-not-named': () =>
      md`${none} : le compte Compute Engine par défaut du projet est donc utilisé. Impossible de vérifier si Retort peut agir en son nom.`,
  };
}

const findings: typeof englishFindings = {
  dataset: ofDataset,
  evaluationDataset: ofDataset,
  outputs: {
    'wrong-not-there': f =>
      md`Il n’y a pas de bucket pour le dossier de sortie ${of(f)}. Créez-le, ou choisissez un autre dossier.`,
    'wrong-no-right': f =>
      md`Il n’est pas permis d’écrire dans le dossier de sortie ${of(f)}. Accordez le droit d’y créer des objets, ou choisissez un autre dossier.`,
    ...unknown({ the: 'le dossier de sortie', to: 'du dossier de sortie', none: 'Aucun dossier indiqué' }),
  },
  pipelineRoot: {
    'wrong-not-there': f =>
      md`Il n’y a pas de bucket pour la racine du pipeline ${of(f)}. Créez-le, ou choisissez une autre racine.`,
    'wrong-no-right': f =>
      md`Il n’est pas permis d’écrire dans la racine du pipeline ${of(f)}. Accordez le droit d’y créer des objets, ou choisissez une autre racine.`,
    ...unknown({ the: 'la racine du pipeline', to: 'de la racine du pipeline', none: 'Aucune racine indiquée' }),
  },
  serviceAccount: {
    'wrong-not-there': f =>
      md`Le compte de service ${of(f)} n’existe pas. Vérifiez son adresse, ou laissez-la vide pour prendre le compte par défaut du projet.`,
    'wrong-no-right': f =>
      md`Retort ne peut pas agir au nom du compte de service ${of(f)}. Accordez-lui le rôle ${code('roles/iam.serviceAccountUser')} sur ce compte, ou laissez le champ vide.`,
    ...unknown({ the: 'le compte de service', to: 'du compte de service', none: 'Aucun compte de service indiqué' }),
  },
  tensorboard: {
    'wrong-not-there': f =>
      md`L’instance TensorBoard ${of(f)} n’existe pas. Choisissez-en une autre, ou aucune, et renoncez aux courbes.`,
    'wrong-no-right': f =>
      md`Retort ne peut pas utiliser l’instance TensorBoard ${of(f)}. Accordez-lui le rôle ${code('roles/aiplatform.user')} dans ce projet, ou choisissez-en une autre.`,
    ...unknown({
      the: 'l’instance TensorBoard',
      to: 'de l’instance TensorBoard',
      none: 'Aucune instance TensorBoard indiquée',
    }),
  },
  encryptionKey: {
    'wrong-not-there': f =>
      md`La clé de chiffrement ${of(f)} n’existe pas. Vérifiez son nom, ou laissez-le vide : Google gère alors la clé.`,
    'wrong-no-right': f =>
      md`Il n’est pas permis d’utiliser la clé de chiffrement ${of(f)}. Accordez à l’agent de service de Vertex AI le rôle ${code('roles/cloudkms.cryptoKeyEncrypterDecrypter')} sur elle, ou laissez le champ vide.`,
    ...unknown({
      the: 'la clé de chiffrement',
      to: 'de la clé de chiffrement',
      none: 'Aucune clé de chiffrement indiquée',
    }),
  },
};

// ─── answers to one person ───────────────────────────────────────────────────────────────────────────────────────────

type Brake = Parameters<Words['brake']>[0];
type Outcome = Parameters<Words['answers']['cancelled']>[0];

const brakes: { [Is in Brake['is']]: (brake: Extract<Brake, { is: Is }>) => string } = {
  open: ({ open, most }) =>
    `Vous avez ${many(open, 'job inachevé', 'jobs inachevés')}, pour un maximum de ${n(most)} à la fois. Annulez-en un, ou attendez que l’un d’eux se termine.`,
  minute: ({ most }) =>
    `${many(most, 'job a commencé', 'jobs ont commencé')} dans la dernière minute, et c’est le maximum. Attendez une minute et réessayez.`,
  posts: ({ most }) =>
    `Le fil de ce job a reçu ${many(most, 'message')} dans la dernière heure, et personne ne peut en demander davantage. Réessayez plus tard.`,
};

const permissions: Record<Parameters<Words['permission']>[0], string> = {
  'not-a-member': 'Seuls les membres à part entière et actifs de cet espace de travail peuvent faire cela.',
  'not-a-launcher':
    'Seules les personnes autorisées à lancer peuvent créer ici un job de distillation. Qui exploite Retort tient cette liste.',
  'not-an-approver': 'Seuls les approbateurs peuvent décider de ce job, et jamais du leur.',
  'own-job':
    'Un job est approuvé par quelqu’un d’autre que la personne qui l’a demandé. Tout autre approbateur peut décider.',
  'not-theirs': 'Seuls la personne qui a demandé ce job et les approbateurs peuvent faire cela.',
  'not-the-requester':
    'Seule la personne qui a demandé ce job peut le redemander, changer son accélérateur ou corriger son jeu de données. « Relancer » en crée un à vous.',
  'not-a-governor': 'Seuls les approbateurs peuvent suspendre ou reprendre les lancements.',
  'shared-channel':
    'Des personnes d’autres entreprises sont dans ce canal ou y sont invitées : rien ne peut être lancé d’ici. Choisissez un autre canal.',
};

const fields: Words['fields'] = {
  recipe: { label: 'Recette', hint: 'Ce qui est distillé, et comment. Le formulaire ci-dessous en dépend.' },
  epochs: {
    label: 'Époques',
    hint: 'Combien de fois l’élève parcourt tout le jeu de données. Si ce champ est vide, Vertex AI choisit.',
  },
  learningRate: {
    label: 'Taux d’apprentissage',
    hint: 'À la place d’un multiplicateur, pas en plus.',
    placeholder: '0.0002',
  },
  batchSize: { label: 'Taille de lot', hint: 'Exemples par étape.' },
  adapterSize: { label: 'Taille de l’adaptateur', hint: 'Combien un adaptateur peut apprendre.' },
  tuningMode: { label: 'Mode de réglage', hint: 'Si tous les poids sont réglés, ou un adaptateur à côté d’eux.' },
  outputs: {
    label: 'Dossier de sortie',
    hint: 'Le dossier où Vertex AI écrit les poids.',
    placeholder: 'gs://bucket/dossier',
  },
  modelName: {
    label: 'Nom du modèle',
    hint: 'Le modèle réglé figure sous ce nom dans Model Registry.',
    placeholder: 'support-intents-v3',
  },
  task: { label: 'Tâche' },
  dataset: {
    label: 'Jeu de données',
    hint: `Une adresse ici, ou un fichier ci-dessous : il faut l’un des deux. JSON Lines, un exemple par ligne : input_text, l’invite avec son instruction, et output_text, l’étiquette, facultative. ${n(recipe.examples)} exemples au plus.`,
    placeholder: 'gs://bucket/dossier/train.jsonl',
  },
  teacher: { label: 'Modèle enseignant', hint: 'Rédige les raisonnements, et les étiquettes là où il n’y en a pas.' },
  student: { label: 'Modèle élève', hint: 'C’est lui qui devient le modèle réglé.' },
  region: { label: 'Région', hint: 'Où le job de pipeline s’exécute et conserve ses données de travail.' },
  accelerator: { label: 'Accélérateur', hint: 'Il détermine aussi où le modèle élève est réglé.' },
  steps: { label: 'Étapes', hint: 'Chaque étape entraîne sur un lot.' },
  learningRateMultiplier: {
    label: 'Multiplicateur du taux d’apprentissage',
    hint: '1 conserve le taux d’apprentissage recommandé.',
    placeholder: '1',
  },
  evaluate: { label: 'Évaluation' },
  evaluationDataset: {
    label: 'Jeu de données d’évaluation',
    hint: `Une adresse ici, ou un fichier ci-dessous. Même format, ${evaluationExamples} exemples.`,
    placeholder: 'gs://bucket/dossier/eval.jsonl',
  },
  evaluationInterval: {
    label: 'Intervalle d’évaluation',
    hint: 'En étapes. Chaque évaluation lit tout le jeu de données d’évaluation : plus elles sont nombreuses, plus c’est long.',
  },
  earlyStopping: { label: 'Arrêt prématuré' },
  checkpoint: { label: 'Point de contrôle', hint: 'Celui qui devient le modèle réglé.' },
  tensorboard: { label: 'TensorBoard', hint: 'Où Vertex AI publie les courbes.' },
  uploadRegion: { label: 'Région d’importation du modèle', hint: 'Où le modèle réglé est importé et déployé.' },
  pipelineRoot: {
    label: 'Racine du pipeline',
    hint: 'Le dossier des données de travail du job de pipeline.',
    placeholder: 'gs://bucket/dossier',
  },
  displayName: { label: 'Nom du job', hint: 'S’il est vide, c’est le nom du modèle qui sert.' },
  encryptionKey: {
    label: 'Clé de chiffrement',
    hint: `Avec GPU seulement, et si le pipeline, l’importation et la clé sont tous dans ${keyRegion}. Si ce champ est vide, Google gère la clé.`,
    placeholder: `projects/PROJECT/locations/${keyRegion}/keyRings/RING/cryptoKeys/KEY`,
  },
  serviceAccount: {
    label: 'Compte de service',
    hint: 'Le job de pipeline s’exécute sous ce compte ; si ce champ est vide, sous le compte Compute Engine par défaut du projet.',
    placeholder: 'NAME@PROJECT.iam.gserviceaccount.com',
  },
  channel: { label: 'Publier dans', hint: 'La carte et son fil seront dans ce canal. Retort doit en être membre.' },
};

const tuningFields: Words['tuningFields'] = {
  modelName: {
    label: 'Nom du modèle',
    hint: 'Le job de réglage et son modèle réglé portent ce nom.',
    placeholder: 'support-intents-v3',
  },
  dataset: {
    label: 'Jeu de données',
    hint: 'Une adresse ici, ou un fichier ci-dessous : il faut l’un des deux. JSON Lines, un exemple par ligne.',
    placeholder: 'gs://bucket/dossier/train.jsonl',
  },
  teacher: { label: 'Modèle enseignant', hint: 'Répond aux invites du jeu de données.' },
  region: { label: 'Région', hint: 'Où le job de réglage s’exécute.' },
  learningRateMultiplier: {
    label: 'Multiplicateur du taux d’apprentissage',
    hint: '1 conserve le taux d’apprentissage recommandé.',
  },
  evaluationDataset: {
    label: 'Jeu de données d’évaluation',
    hint: 'Une adresse ici, ou un fichier ci-dessous.',
    placeholder: 'gs://bucket/dossier/eval.jsonl',
  },
  encryptionKey: {
    label: 'Clé de chiffrement',
    hint: 'Si ce champ est vide, Google gère la clé.',
    placeholder: 'projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY',
  },
  serviceAccount: {
    label: 'Compte de service',
    hint: 'Le job de réglage s’exécute sous ce compte ; si ce champ est vide, sous un agent de service de Google.',
    placeholder: 'NAME@PROJECT.iam.gserviceaccount.com',
  },
};

function atMost(parts: readonly (string | number | undefined)[]): string {
  const known = parts.filter(part => typeof part === 'string');
  return known.length ? `Au plus ${list.format(known)}.` : '';
}

/** The phases of a tuning job, by the titles that Vertex AI’s names for them make. */
const phases: Record<string, string> = {
  'Waiting for quota': 'Attente de quota',
  'Processing dataset': 'Traitement du jeu de données',
  'Waiting for capacity': 'Attente de capacité',
  Tuning: 'Réglage',
  'Post processing': 'Post-traitement',
};

const checkpoints: Words['form']['checkpoints'] = {
  default: 'Celui par défaut du service',
  best: 'Celui à la meilleure évaluation',
  last: 'Le dernier',
};

/** Choices of a tuning job as people read them. */
const choices: Words['form']['choices'] = {
  TUNING_MODE_FULL: 'Tous les poids',
  TUNING_MODE_PEFT_ADAPTER: 'Un adaptateur',
};

/** Every sentence people see, in French: the same entries as in English, by the compiler's word. */
export const french: Words = {
  states: {
    checking: { icon: '🔍', name: 'Vérification du jeu de données' },
    refused: { icon: '⛔', name: 'Rejeté' },
    waiting: { icon: '✋', name: 'En attente d’approbation' },
    denied: { icon: '🚫', name: 'Refusé' },
    expired: { icon: '⌛', name: 'Expiré' },
    queued: { icon: '⏳', name: 'En file d’attente' },
    launching: { icon: '🚀', name: 'Lancement' },
    running: { icon: '🔵', name: 'En cours' },
    cancelling: { icon: '🟡', name: 'Annulation en cours' },
    succeeded: { icon: '✅', name: 'Terminé' },
    failed: { icon: '❌', name: 'Échec' },
    cancelled: { icon: '⚪', name: 'Annulé' },
    replaced: { icon: '↪️', name: 'Remplacé' },
  },
  tasks: {
    classification: 'Classification',
    summarization: 'Synthèse',
    extraction: 'Questions-réponses extractives',
    other: 'Autre',
  },
  chips: accelerator => made[accelerator].chips,
  fields,
  tuningFields,
  stage: (title, spec) => (run(spec) === 'job de réglage' && Object.hasOwn(phases, title) ? phases[title]! : title),
  said: it => it.fr,
  problem: problem => (problems as Record<Rule, (problem: Problem) => string>)[problem.rule](problem),
  finding: (finding, spec) => {
    const sentences = findings[finding.about] as Record<string, Sentence>;
    // A name that is newer than this catalogue may be any word, even one that every object answers to.
    const sentence = Object.hasOwn(sentences, finding.name) ? sentences[finding.name] : undefined;
    const said = sentence?.(finding, spec) ?? md`${finding.about} : ${short(finding.name)}${at(finding)}`;
    return finding.about === 'evaluationDataset' && finding.lines ? md`Jeu de données d’évaluation : ${said}` : said;
  },
  permission: why => permissions[why],
  brake: brake => (brakes[brake.is] as (brake: Brake) => string)(brake),

  line: {
    rowsSoFar: count => md`${many(count, 'ligne lue', 'lignes lues')}`,
    rowsUnusable: count => md`${many(count, 'ligne inutilisable', 'lignes inutilisables')}`,
    inTheWay: count => md`${many(count, 'obstacle')}`,
    until: ms => md`jusqu’au ${date(ms, '{date_short} à {time}')}`,
    by: id => md`par ${user(id)}`,
    nobodyDecided: md`personne n’a décidé`,
    place: ahead => (ahead ? md`${nth(ahead + 1)} de la file` : md`en tête de la file`),
    epochs: (done, of) =>
      of === undefined
        ? md`${epochs(done)} ${plural(done, 'terminée', 'terminées')}`
        : md`${epochs(done)} sur ${n(of)} ${plural(done, 'terminée', 'terminées')}`,
    waits: {
      'Waiting for quota': {
        icon: '⏳',
        name: 'En attente de quota',
        where: md`dans la file de Google, pour le quota de jobs de réglage`,
      },
      'Waiting for capacity': {
        icon: '⌚',
        name: 'En attente de capacité',
        where: md`jusqu’à ce que Google ait du matériel libre`,
      },
    },
    sinceThen: ms => md`depuis ${date(ms, '{time}')}`,
    heldBy: (accelerator, holders) =>
      holders.length
        ? md`les ${made[accelerator].units} sont occupés par ${holders.length === 1 ? 'le job' : 'les jobs'} ${join(
            holders.slice(0, 3).map(id => code(id, limits.name)),
            ', ',
          )}${holders.length > 3 ? ` et ${others(holders.length - 3)}` : ''}`
        : undefined,
    likely: ({ from, to }) => md`probablement ${between(from, to)}`,
    heldBack: (id, at) => md`lancements suspendus par ${user(id)} depuis ${date(at, '{time}')}`,
    attempt: count => (count > 1 ? md`${nth(count)} tentative` : undefined),
    stage: (title, since) => (since === undefined ? short(title) : md`${short(title)} depuis ${date(since, '{time}')}`),
    step: (step, of, done) =>
      of > 0 ? md`étape ${n(step)} sur ${n(of)} (${roundShare.format(done)})` : md`étape ${n(step)}`,
    left: ({ from, to }) => md`il reste ${lasting(from, to)} de réglage`,
    since: ms => md`lancé ${date(ms, '{ago}')}`,
    ago: ms => date(ms, '{ago}'),
    askedBy: id => md`demandée par ${user(id)}`,
    begins: 'Lancé',
    inVertex: {
      QUEUED: md`en file d’attente dans Vertex AI`,
      PENDING: md`Vertex AI le prépare`,
      UNSPECIFIED: md`Vertex AI ne dit pas où il en est`,
      PAUSED: md`suspendu dans Vertex AI, où il peut être repris`,
      CANCELLING: md`il y est en cours d’arrêt`,
      SUCCEEDED: md`terminé dans Vertex AI`,
      FAILED: md`en échec dans Vertex AI`,
      CANCELLED: md`arrêté dans Vertex AI`,
      PARTIALLY_SUCCEEDED: md`terminé en partie dans Vertex AI`,
      EXPIRED: md`expiré dans Vertex AI`,
      UPDATING: md`Vertex AI le met à jour`,
    },
    there: md`dans Vertex AI, pas d’ici`,
    otherState: state => md`Vertex AI indique ${code(state, limits.name)}`,
    paused: { icon: '⏸️', name: 'Suspendu', by: md`dans Vertex AI, où il peut être repris` },
    partly: { icon: '☑️', name: 'Terminé en partie' },
    askedToStop: at => md`arrêt demandé à Vertex AI ${atTime(at)}`,
    took: ms => md`en ${duration(ms)}`,
    accuracy: value => md`justesse des jetons ${share.format(value)}`,
    failedIn: stage => md`à la phase ${short(stage)}`,
    atLaunch: md`au lancement`,
    byJob: id => md`par le job ${code(id, limits.name)}`,
  },

  card: {
    title: ({ modelName, teacher, student }) =>
      teacher === undefined
        ? md`*${short(modelName)}* · ${short(student)}`
        : md`*${short(modelName)}* · ${short(teacher)} → ${short(student)}`,
    stage: ({ mark, title, state, retries, startedAt, endedAt }) => {
      const took = mark === 'done' && startedAt !== undefined && endedAt !== undefined ? endedAt - startedAt : 0;
      const notes = {
        waiting: undefined,
        running: undefined,
        retrying: md`${nth(retries + 1)} tentative`,
        done: took < shortest ? undefined : md`${duration(took)}`,
        skipped: md`repris du cache`,
        failed: md`échec`,
        cancelling: md`en cours d’arrêt`,
        cancelled: md`arrêt`,
        unknown: md`${code(state, limits.name)}`,
      } satisfies Record<Mark, Mrkdwn | undefined>;
      const note = notes[mark];
      return md`${marks[mark]} ${mark === 'running' || mark === 'retrying' ? md`*${short(title)}*` : short(title)}${note ? md` (${note})` : ''}`;
    },
    moreStages: count => md`et ${others(count)}`,
    stalled: ({ step, since }) =>
      md`⏸ Pas de nouvelle étape depuis ${date(since, '{time}')}, quand l’étape ${n(step)} a été signalée.`,
    uploaded: name => md`Jeu de données ${code(name, limits.name)} (importé)`,
    datasetAt: uri => md`Jeu de données ${code(uri)}`,
    dataset: report => md`Jeu de données de ${many(report.rows, 'ligne')}, ${labelled(report)}`,
    evaluation: (count, interval) =>
      interval === undefined
        ? md`jeu de données d’évaluation de ${many(count, 'ligne')}`
        : md`jeu de données d’évaluation de ${many(count, 'ligne')}, évaluation toutes les ${many(interval, 'étape')}`,
    evaluationPlanned: interval =>
      interval === undefined
        ? md`avec un jeu de données d’évaluation`
        : md`évaluation toutes les ${many(interval, 'étape')}`,
    noEvaluation: md`pas d’évaluation`,
    amount: (steps, count) =>
      count === undefined ? md`${many(steps, 'étape')}` : md`${many(steps, 'étape')}, ${epochs(count)}`,
    tuning: ({ recipe: id, epochs: count, learningRate, learningRateMultiplier, batchSize, ...spec }) =>
      join([
        md`${recipeOf(id).title.fr}`,
        short(spec.region),
        count === undefined ? undefined : md`${epochs(count)}`,
        learningRate === undefined ? undefined : md`taux d’apprentissage ${fine.format(learningRate)}`,
        learningRateMultiplier === undefined
          ? undefined
          : md`multiplicateur du taux d’apprentissage ${fine.format(learningRateMultiplier)}`,
        batchSize === undefined ? undefined : md`lots de ${n(batchSize)}`,
        spec.adapterSize === undefined ? undefined : md`adaptateur de taille ${short(spec.adapterSize)}`,
        spec.tuningMode === undefined ? undefined : md`${(choices[spec.tuningMode] ?? spec.tuningMode).toLowerCase()}`,
      ]),
    hardware: ({ accelerator, region, uploadRegion }) =>
      md`${accelerator}, ${made[accelerator].chips}, réglage dans ${hardware[accelerator].region} · job de pipeline ${
        region === uploadRegion ? `et importation dans ${region}` : `dans ${region}, importation dans ${uploadRegion}`
      }`,
    asked: (id, at) => md`Demandé par ${user(id)} ${on(at)}`,
    approved: (id, at) => md`approuvé par ${user(id)} ${atTime(at)}`,
    launched: at => md`lancé ${atTime(at)}`,
    ended: at => md`terminé ${on(at)}`,
    news: at => md`nouvelles de ${date(at, '{time}')}`,
    id: id => md`job ${code(id, limits.name)}`,
    from: id => md`fait suite au job ${code(id, limits.name)}`,
    replacedBy: id => md`Le job ${code(id, limits.name)} l’a remplacé, avec cette carte et son fil.`,
    counted: ({ examples, planned }) => {
      const found = [
        ...(examples === undefined ? [] : [many(examples, 'exemple')]),
        ...(planned === undefined ? [] : [many(planned, 'étape')]),
      ];
      return found.length ? md`Vertex AI compte ${list.format(found)}` : undefined;
    },
    curvesLater: spec =>
      run(spec) === 'job de réglage'
        ? md`Les courbes viendront dès que Vertex AI les publiera.`
        : md`Les courbes viendront quand Vertex AI les publiera, peut-être à la fin seulement.`,
    noTensorboard: md`Aucune instance TensorBoard choisie : Vertex AI ne publie pas de courbes pour ce job.`,
    noCurves: md`Vertex AI n’a publié aucune courbe.`,
    noExperiment: md`Aucun test de cette exécution n’a été trouvé dans son instance TensorBoard : il n’y a donc pas de courbes ici.`,
    severalExperiments: md`Plusieurs tests ont été créés dans son instance TensorBoard pendant cette exécution, et rien n’indique lequel est le sien : il n’y a donc pas de courbes ici.`,
    curvesInText: (metric, line, value, step) => md`${metric} ${line} ${value} à l’étape ${n(step)}`,
    trouble: trouble => md`⚠ ${outside(trouble)} Retort continue d’essayer.`,
    launchTrouble: (trouble, retryAt) =>
      md`⚠ Pas encore créé. ${outside(trouble)}${retryAt === undefined ? '' : md` Prochaine tentative ${atTime(retryAt)}.`}`,
    verdict: (tuned, student) =>
      md`Correspondance exacte sur le jeu de données d’évaluation : ${n(tuned.same)} ${plural(tuned.same, 'ligne', 'lignes')} sur ${n(tuned.asked)}${
        student ? ` ; modèle élève d’origine, ${n(student.same)} sur ${n(student.asked)}` : ''
      }`,
    gone: (since, spec) =>
      md`⚠ Vertex AI ne connaît plus ce ${run(spec)} depuis ${date(since, '{time}')} : il a peut-être été supprimé. Si cela dure, le job s’arrêtera ici.`,
    cause: cause => md`Autrement dit, ${cause}.`,
    says: message => md`Vertex AI répond : ${short(message, limits.quotation)}`,
    cancelWished: (id, at) => md`🟡 ${user(id)} a demandé ${atTime(at)} l’annulation.`,
    finishedFirst: (id, at, spec) =>
      md`${user(id)} a demandé ${atTime(at)} l’annulation ; le ${run(spec)} s’est terminé avant.`,
    cancel: 'Annuler',
    again: 'Relancer…',
    console: 'Console ↗',
    request: 'Requête (JSON, curl)',
    confirmCancel: {
      title: 'Annuler ce job ?',
      before: name => md`Rien n’a été lancé pour ${short(name)}, et rien ne le sera.`,
      after: (name, spec) =>
        md`Retort demandera à Vertex AI d’arrêter le ${run(spec)} de ${short(name)}.${isPipeline(spec) ? ' Un job arrêté ne laisse pas de modèle réglé.' : ''}`,
      confirm: 'Annuler le job',
      deny: 'Ne rien changer',
    },
  },

  posts: {
    refused: {
      rows: (bad, all) =>
        md`⛔ *${many(bad, 'ligne inutilisable', 'lignes inutilisables')} sur ${n(all)}*, donc rien n’a été lancé.`,
      things: count => md`⛔ *${many(count, 'obstacle')}*, donc rien n’a été lancé.`,
      advice: id => md`${user(id)}, corrigez cela et recommencez avec ${code('/distill')}.`,
    },
    more: count => md`et ${others(count)}`,
    blocker: sentence => md`• ${sentence}`,
    warning: sentence => md`⚠ ${sentence}`,
    dataset: {
      checked: (report, warnings) =>
        md`🔍 *Jeu de données vérifié*, ${many(report.rows, 'ligne')}, ${labelled(report)}. ${
          warnings ? `${many(warnings, 'avertissement')}.` : 'Rien à signaler.'
        }`,
      evaluation: report => md`Jeu de données d’évaluation : ${many(report.rows, 'ligne')}, ${labelled(report)}.`,
      tokens: ({ mean, longest }, spec) =>
        md`Longueur estimée des entrées : environ ${many(mean, 'jeton')} en moyenne, ${n(longest)} pour la plus longue${readsOf(spec)}.`,
      lengths: ({ input, example }, spec) => {
        const { tokens } = rulesOf(spec);
        const { half, longest, over } = example ?? input;
        const known = md`Longueur${example ? ' de l’entrée et de la sortie ensemble' : ''} (estimée) : la moitié sous ${many(half + 1, 'jeton')}, la plus longue ${n(longest)}`;
        if (example && tokens.example !== undefined)
          return md`${known} ; ${over ? many(over, 'ligne') : 'aucune'} au-dessus des ${n(tokens.example)} documentés.`;
        if (tokens.input === undefined) return md`${known}.`;
        return md`${known} ; ${
          over
            ? `${many(over, 'entrée sera tronquée', 'entrées seront tronquées')} à ${n(tokens.input)}`
            : `aucune entrée ne sera tronquée, Vertex AI en lisant ${n(tokens.input)}`
        }.`;
      },
      pinned: (uri, generation) => md`${code(uri)} tel qu’il a été lu, génération ${code(generation, limits.name)}`,
    },
    outdated: uris =>
      md`🔁 ${join(
        uris.map(uri => code(uri)),
        ' et ',
      )} ${uris.length > 1 ? 'ont' : 'a'} changé depuis la vérification. Rien n’a été lancé : ce qui s’y trouve maintenant est d’abord vérifié, et l’approbation, si elle est nécessaire, redemandée.`,
    denied: (id, by, reason) =>
      md`🚫 ${user(id)}, ${user(by)} a *refusé* ce job :\n&gt; ${short(reason, limits.reason)}`,
    deniedThen: md`Modifié, il peut être redemandé ; la suite se passera dans ce fil.`,
    followed: id => md`Le job ${code(id, limits.name)} prend la suite.`,
    askChanged: 'Modifier et redemander…',
    askAgain: 'Redemander',
    reminder: (approvers, id, expiresAt) =>
      md`✋ ${approvers.length ? md`${join(approvers, ' ')}, la` : 'La'} moitié du délai est passée, et ${user(id)} attend toujours une décision. La demande ci-dessus expire ${on(expiresAt)}.`,
    expired: (id, at) =>
      md`⌛ ${user(id)}, cette demande a *expiré* ${on(at)}, faute de décision. Redemandée, elle garde la même configuration, et la suite se passera dans ce fil.`,
    delay: (id, trouble) =>
      md`⚠ ${user(id)}, ce job n’a pas pu être lancé depuis un jour. ${outside(trouble)} Retort continue d’essayer. S’il ne doit pas, annulez le job depuis sa carte : sa place revient alors au suivant de la file.`,
    launched: (name, spec) => md`🚀 *Lancé* en tant que ${run(spec)} ${code(name, limits.name)}`,
    console: 'Console',
    began: title => md`● Phase *${short(title)}* commencée.`,
    done: title => md`✓ Phase *${short(title)}* terminée.`,
    waits: {
      'Waiting for quota': md`⏳ *En attente de quota* : Google n’exécute qu’un certain nombre de jobs de réglage d’un projet à la fois, et celui-ci est dans la file de Google.`,
      'Waiting for capacity': md`⌚ *En attente de capacité* : Google n’a pas de matériel libre pour lui en ce moment.`,
    },
    overtime: (id, { since, longest }, spec) =>
      md`⏱ ${user(id)}, ce ${run(spec)} est *en cours depuis ${date(since, '{time}')}*, et la durée maximale prévue ici est de ${duration(longest)}. Doit-il continuer ? Il continue, à moins que quelqu’un ne l’annule.`,
    stalled: ({ step, since, usual }) =>
      md`⏸ *Pas de nouvelle étape* depuis ${date(since, '{time}')}. La dernière était la ${n(step)} ; il en venait une ${every(usual)} environ. Cela peut repartir tout seul ; la console a le journal de la tâche.`,
    firstEvaluation: interval => md`Première évaluation après ${many(interval, 'étape')}.`,
    alarms: {
      told: (id, what) => md`⚠ ${user(id)}, ${alarming(what)}`,
      seen: what => md`⚠ ${alarming(what)}`,
      means: {
        'not-a-number': md`Une telle exécution ne se rétablit pas d’elle-même. Retort la laisse continuer : à vous de dire s’il faut l’annuler.`,
        divergence: md`Elle peut se rétablir, ou le taux d’apprentissage est peut-être trop élevé. Retort la laisse continuer : à vous de dire s’il faut l’annuler.`,
        overfitting: md`C’est peut-être du surapprentissage : avec plus d’étapes, le modèle réglé peut devenir moins bon sur ce qu’il n’a pas vu. Retort laisse continuer : à vous de dire s’il faut annuler.`,
        plateau: md`D’autres étapes n’apporteront peut-être rien. Retort laisse continuer : à vous de dire s’il faut annuler.`,
      },
      cancel: 'Annuler et libérer le quota',
    },
    result: {
      done: (id, ms, partly) =>
        md`${partly ? md`☑️ ${user(id)}, *c’est terminé en partie*` : md`✅ ${user(id)}, *c’est terminé*`}${ms === undefined ? '' : `, en ${duration(ms)}`}.`,
      accuracy: measure =>
        md`Justesse des jetons sur le ${measure.on} : ${share.format(measure.last.value)} à la fin (étape ${n(measure.last.step)})${
          measure.best.value === measure.last.value
            ? ''
            : ` ; maximum ${share.format(measure.best.value)}, à l’étape ${n(measure.best.step)}`
        }.`,
      loss: measure =>
        md`Perte sur le ${measure.on} : ${three.format(measure.last.value)} à la fin${
          measure.best.value === measure.last.value
            ? ''
            : ` ; minimum ${three.format(measure.best.value)}, à l’étape ${n(measure.best.step)}`
        }.`,
      earlyStop: (step, planned) =>
        md`La dernière étape signalée est la ${n(step)} sur ${n(planned)} : c’est sans doute l’arrêt prématuré.`,
      on: { eval: 'jeu de données d’évaluation', train: 'jeu de données d’entraînement' },
      model: name => md`Modèle réglé ${code(name)}`,
      weights: (folder, served) =>
        md`Les poids sont dans ${code(folder)}.${served ? '' : ' Ils ne sont déployés nulle part.'}`,
      labelledDataset: uri => md`Les réponses de l’enseignant sont dans ${code(uri)}.`,
      deploying: 'Comment les déployer ↗',
      checkpoints: (count, served) =>
        served
          ? md`${many(count, 'point de contrôle', 'points de contrôle')}, chacun avec son propre point de terminaison :`
          : md`${many(count, 'point de contrôle', 'points de contrôle')} :`,
      checkpoint: ({ id, epoch, step, endpoint }, own) =>
        md`• ${join([
          code(id, limits.name),
          epoch === undefined ? undefined : md`époque ${n(epoch)}`,
          step === undefined ? undefined : md`étape ${n(step)}`,
          endpoint === undefined ? undefined : code(endpoint, limits.name),
          own ? md`celui du modèle réglé` : undefined,
        ])}`,
      partly: md`Vertex AI annonce un succès partiel : des résultats peuvent manquer, à cause d’erreurs.`,
      noModel: name =>
        md`Vertex AI n’a pas donné le nom du modèle réglé. Cherchez ${code(name, limits.name)} dans Model Registry.`,
      endpoint: name => md`Point de terminaison ${code(name)}`,
      noEndpoint: md`Vertex AI n’a indiqué aucun point de terminaison : il ne peut donc pas être interrogé d’ici.`,
      registry: 'Model Registry',
      tensorboard: 'TensorBoard ↗',
    },
    verdict: {
      title: rows =>
        md`⚖️ *Verdict* sur le jeu de données d’évaluation, ${many(rows, 'ligne étiquetée', 'lignes étiquetées')}, en correspondance exacte`,
      names: {
        tuned: () => md`*Le modèle réglé*`,
        student: ({ student }) => md`Le modèle élève d’origine ${student}`,
        teacher: ({ teacher = '' }) => md`Le modèle enseignant ${teacher}`,
      },
      score: (name, { asked, same, from, to, median, unanswered }) =>
        md`• ${name}, ${n(same)} sur ${n(asked)}, soit ${share.format(same / asked)} (de ${share.format(from)} à ${share.format(to)})${
          median === undefined ? '' : ` · la moitié de ses réponses en moins de ${brief(median)}`
        }${unanswered ? ` · ${many(unanswered, 'ligne')} sans réponse` : ''}`,
      silent: (name, said) =>
        said
          ? md`• ${name} ne répond pas. Vertex AI indique : ${short(said, limits.quotation)}`
          : md`• ${name} n’a pas répondu`,
      ahead: (one, other, lines) =>
        md`${one} donne la réponse attendue. ${other} ne la donne pas (${lineList(lines)}).`,
      missed: lines => md`Le modèle réglé ne donne pas la réponse attendue (${lineList(lines)}).`,
      allMatched: md`Le modèle réglé donne la réponse attendue à chaque ligne.`,
      method: md`La correspondance exacte est la sortie attendue à la lettre près, aux espaces de début et de fin près. Entre parenthèses, l’intervalle où se situe la part de toutes les lignes semblables, à 95 % de confiance (Wilson). Chaque ligne a été demandée une fois, à la température 0 ; les temps sont ceux que Retort a observés. Les lignes sont désignées par leur numéro dans le jeu de données d’évaluation.`,
      hindered: {
        changed: md`⚖️ Pas de verdict : le jeu de données d’évaluation n’est plus celui qui a été vérifié, ou il est illisible.`,
        unlabelled: md`⚖️ Pas de verdict : aucune ligne du jeu de données d’évaluation n’a d’étiquette à quoi comparer les réponses.`,
        unread: md`⚖️ Pas de verdict : pendant une heure, Cloud Storage n’a pas livré le jeu de données d’évaluation.`,
      },
    },
    code: {
      prompt: 'Votre invite, écrite comme dans le jeu de données',
      save: 'à enregistrer sous call.mjs',
      title: md`Comment charger le modèle réglé, et comment l’appeler.`,
      noEndpoint: md`Son point de terminaison n’est pas connu ici ; le code le demande à Vertex AI.`,
      python: md`*Python*`,
      node: md`*Node*`,
      curl: md`*curl*`,
      gcloud: md`*gcloud*`,
      weights: md`Comment récupérer les poids du modèle réglé.`,
    },
    failure: {
      launch: id => md`❌ ${user(id)}, *le job n’a pas été lancé*`,
      run: (id, stage, ms) =>
        md`❌ ${user(id)}, *échec${stage ? md` à la phase ${short(stage)}` : ''}*${ms === undefined ? '' : ` après ${duration(ms)}`}`,
      says: md`Vertex AI répond :`,
      because: (begun, cause) => md`${begun}, car ${cause}.`,
      silent: md`Vertex AI n’a donné aucune raison. La console en dit peut-être plus.`,
      open: (names, spec) =>
        isPipeline(spec) && names.includes('accelerator')
          ? `Ouvrir avec ${spec.accelerator}…`
          : names.length
            ? `Ouvrir corrigé : ${list.format(names.slice(0, 2).map(field => fields[field].label.toLowerCase()))}…`
            : 'Rouvrir le formulaire…',
      causes: {
        quota: {
          cause: spec => (isPipeline(spec) ? `le quota ${spec.accelerator} ne suffit pas` : 'le quota ne suffit pas'),
          todo: spec =>
            isPipeline(spec)
              ? md`Un job demande ${units(spec.accelerator)} dans ${hardware[spec.accelerator].region}, et quelque chose hors de Retort les occupe peut-être. Redemandez le job quand ils seront libres, ou choisissez l’autre accélérateur.`
              : md`C’est Google qui répartit ce quota. Redemandez le job quand d’autres seront terminés, ou demandez à Google un quota plus élevé.`,
        },
        requests: {
          cause: () => 'Vertex AI a reçu trop de requêtes à la fois',
          todo: () => md`La limite se compte à la minute. Redemandez le job.`,
        },
        actAs: {
          cause: () => 'Retort ne peut pas agir au nom du compte de service',
          todo: () =>
            md`Accordez au compte de service de Retort le rôle ${code('roles/iam.serviceAccountUser')} sur le compte nommé, ou choisissez-en un autre dans le formulaire. Vertex AI dit la même chose quand le compte n’existe pas.`,
        },
        bucket: {
          cause: () => 'le compte de service ne peut pas utiliser le bucket',
          todo: spec =>
            md`Accordez au compte nommé les rôles ${code('roles/storage.objectViewer')} et ${code('roles/storage.objectCreator')} sur le bucket, ou choisissez ${isPipeline(spec) ? 'une autre racine du pipeline' : 'un autre dossier'}.`,
        },
        encryption: {
          cause: () => 'la clé de chiffrement n’est pas utilisable à cet endroit',
          todo: spec =>
            isPipeline(spec)
              ? md`CMEK n’est disponible qu’avec GPU, et si le job de pipeline, l’importation et la clé sont tous dans ${keyRegion}. Changez cela, ou laissez la clé vide.`
              : md`Choisissez une autre clé ou une autre région, ou laissez la clé vide.`,
        },
        tensorboard: {
          cause: () => 'l’instance TensorBoard n’est pas utilisable à cet endroit',
          todo: () =>
            md`Elle doit exister, et se trouver dans la région du job de pipeline ou dans celle du réglage. Choisissez-en une autre, ou aucune, et renoncez aux courbes.`,
        },
        dataset: {
          cause: () => 'le jeu de données a été refusé',
          todo: spec =>
            isPipeline(spec)
              ? md`Corrigez la ligne indiquée, et redemandez le job.`
              : md`Corrigez ce que Vertex AI indique, et redemandez le job.`,
        },
        internal: {
          cause: () => 'Vertex AI a eu une erreur interne',
          todo: () => md`Rien dans le job ne l’explique. Le même job peut très bien réussir la seconde fois.`,
        },
        wrapper: {
          cause: () => 'une tâche a échoué, et son propre message n’est pas connu',
          todo: () => md`La console montre de quelle tâche il s’agit, avec son journal.`,
        },
        gone: {
          cause: spec => `son ${run(spec)} a disparu`,
          todo: () =>
            md`Vertex AI ne le connaît plus depuis dix minutes : il y a sans doute été supprimé. Redemandez le job si vous le voulez encore.`,
        },
        foreign: {
          cause: () => 'son nom est déjà pris',
          todo: () => md`Rien n’y a été touché. Redemandez le job : il aura un nom à lui.`,
        },
        expired: {
          cause: () => 'il a expiré dans Vertex AI',
          todo: () => md`Rien n’indique quand cela se produit. Redemandez le job si vous le voulez encore.`,
        },
        retired: {
          cause: () => 'cette recette est retirée',
          todo: ({ recipe: id }, instead) => {
            const { retired } = recipeOf(id);
            const there = instead.length ? ' Le menu de la carte de ce job l’y déplace.' : '';
            return retired ? md`${retirement(retired, instead)}${there}` : md`Choisissez une autre recette.`;
          },
        },
        'not-let-in': {
          cause: () => 'Google n’a pas admis ce projet',
          todo: ({ recipe: id }) =>
            md`Cette recette est en accès anticipé : un représentant commercial de Google peut faire admettre le projet. ${link(recipeOf(id).page, 'Page de Google')}`,
        },
        'no-model': {
          cause: () => 'ce projet ne peut pas utiliser le modèle, ou aucun modèle ne porte ce nom',
          todo: () => md`Choisissez un autre modèle dans le formulaire, ou demandez à Google l’accès à celui-ci.`,
        },
        'model-name': {
          cause: () => 'le nom du modèle élève n’est pas complet',
          todo: () => md`Écrivez-le avec l’éditeur et la version, comme ${code('qwen/qwen3@qwen3-4b')}.`,
        },
        outputs: {
          cause: () => 'aucun dossier de sortie n’a été nommé',
          todo: () =>
            md`Les poids de ce modèle élève sont écrits dans Cloud Storage : nommez le dossier dans le formulaire.`,
        },
        multiplier: {
          cause: () => 'ce modèle élève n’accepte pas de multiplicateur du taux d’apprentissage',
          todo: () => md`Si ce champ est vide, Vertex AI choisit le taux d’apprentissage.`,
        },
        adapter: {
          cause: () => 'ce modèle élève n’accepte pas cette taille d’adaptateur',
          todo: () => md`Choisissez-en une autre, ou laissez Vertex AI choisir.`,
        },
        capacity: {
          cause: () => 'Google n’avait pas de capacité pour lui',
          todo: () => md`Rien dans le job ne l’explique. Redemandez-le plus tard, ou dans une autre région.`,
        },
        denied: {
          cause: () => 'il manque à Retort un droit que cela demande',
          todo: () =>
            md`Qui exploite Retort peut accorder le droit nommé à son compte de service. Vertex AI dit la même chose quand ce qui est nommé n’existe pas.`,
        },
      },
      quotaPage: 'Page des quotas',
    },
    cancelled: {
      by: id => md`⚪ *Annulé* par ${user(id)}.`,
      there: id => md`⚪ ${user(id)}, ce job a été *annulé* dans Vertex AI, pas d’ici.`,
      before: md`Rien n’a été lancé.`,
      after: (ms, spec) =>
        ms === undefined ? md`Le ${run(spec)} a été arrêté.` : md`Le ${run(spec)} a été arrêté après ${duration(ms)}.`,
    },
  },

  approval: {
    asks: (approvers, id, spec) =>
      md`✋ ${approvers.length ? md`${join(approvers, ' ')}, ` : ''}${user(id)} demande ${asked(spec)}`,
    asksFor: (id, spec) =>
      isPipeline(spec)
        ? md`${user(id)} demande ${asked(spec)} · ${many(spec.steps, 'étape')}`
        : md`${user(id)} demande ${asked(spec)}`,
    amount: (spec, { trained, batch, epochs: count, rows: all }) =>
      md`*${short(spec.modelName)}* · ${many(spec.steps, 'étape')} × ${n(batch)} = ${many(trained, 'exemple')}${
        count === undefined ? '' : ` = ${epochs(count)} de ${many(all, 'ligne')}`
      }`,
    evaluation: (interval, count) => md`Évaluation toutes les ${many(interval, 'étape')}, ${n(count)} en tout`,
    noEvaluation: md`Pas d’évaluation`,
    evaluated: md`Avec un jeu de données d’évaluation`,
    defaults: md`Tout le reste garde sa valeur par défaut.`,
    differs: differences => md`Diffère des valeurs par défaut : ${join(differences, ', ')}`,
    difference: (field, is, was) =>
      was === undefined
        ? md`${field} ${short(value(is))}`
        : md`${field} ${short(value(is))} (par défaut ${value(was)})`,
    names: {
      accelerator: 'accélérateur',
      region: 'région',
      uploadRegion: 'région d’importation',
      steps: 'étapes',
      learningRateMultiplier: 'multiplicateur du taux d’apprentissage',
      evaluationInterval: 'intervalle d’évaluation',
      earlyStopping: 'arrêt prématuré',
      checkpoint: 'point de contrôle',
      encryptionKey: 'clé de chiffrement',
      serviceAccount: 'compte de service',
      pipelineRoot: 'racine du pipeline',
      tensorboard: 'TensorBoard',
      displayName: 'nom du job',
    },
    yes: 'activé',
    no: 'désactivé',
    dataset: (report, warnings) =>
      md`Jeu de données de ${many(report.rows, 'ligne')}, ${labelled(report)} ; ${warnings ? many(warnings, 'avertissement') : 'aucun avertissement'}`,
    quota: (accelerator, { capacity, held, waiting, holders }) =>
      md`Quota au moment de la demande : ${
        capacity >= unlimited
          ? `sans limite, ${counted(held, accelerator, 'occupé')}`
          : counted(Math.max(0, capacity - held), accelerator, 'libre', capacity)
      } · ${
        holders?.length
          ? md`occupé par ${join(
              holders
                .slice(0, 3)
                .map(({ job, until }) =>
                  until
                    ? md`${code(job, limits.name)}, sans doute terminé ${between(until.from, until.to)}`
                    : code(job, limits.name),
                ),
              ' ; ',
            )}${holders.length > 3 ? ` et ${others(holders.length - 3)}` : ''} · `
          : ''
      }${waiting ? `${many(waiting, 'job')} en attente` : 'personne n’attend'}`,
    money,
    cost: (from, to, jobs) =>
      md`Coût probable : ${from === to ? from : `de ${from} à ${to}`}, d’après le tarif fixé par l’exploitant et la durée ${
        jobs === 1 ? 'du dernier job' : `des ${n(jobs)} derniers jobs`
      }`,
    expires: at => md`Expire ${on(at)}`,
    approved: (id, at) => md`✓ *Approuvé* par ${user(id)} ${on(at)}`,
    denied: (id, at, reason) => md`🚫 *Refusé* par ${user(id)} ${on(at)} : ${short(reason, limits.reason)}`,
    expired: at => md`⌛ *Expirée* ${on(at)}, faute de décision`,
    withdrawn: (id, at) => md`⚪ *Retirée* par ${user(id)} ${on(at)}`,
    replaced: id => md`↪️ *Retirée*, le job ${code(id, limits.name)} ayant pris sa place`,
    overtaken: id => md`Le job ${code(id, limits.name)} a pris sa place, et une nouvelle demande est faite.`,
    closed: md`Cette demande est close.`,
    approve: 'Approuver',
    deny: 'Refuser…',
    confirm: {
      title: spec => `Approuver ${askedBriefly(spec)} ?`,
      text: spec =>
        isPipeline(spec)
          ? md`${short(spec.modelName, 100)}, ${many(spec.steps, 'étape')}. Le job est lancé dès que les ${made[spec.accelerator].units} sont libres.`
          : md`${short(spec.modelName, 100)}. Le job est lancé aussitôt.`,
      confirm: 'Approuver',
      deny: 'Pas encore',
    },
    form: {
      title: 'Refuser ce job',
      submit: 'Refuser',
      close: 'Retour',
      reason: 'Motif',
      hint: 'Affiché dans le fil, à l’intention de la personne qui a demandé.',
      placeholder: 'Ce qu’il faudrait changer',
    },
    text: (id, name, spec) => md`✋ ${user(id)} demande ${askedBriefly(spec)} pour ${short(name)}`,
  },

  form: {
    title: 'Distiller un modèle',
    tuningTitle: 'Régler un modèle',
    about: ({ title, about, page }, chosen) =>
      md`${chosen ? '' : md`*${title.fr}.* `}${about.fr} ${link(page, 'Page de Google')}`,
    submit: 'Vérifier et lancer',
    close: 'Annuler',
    open: 'Ouvrir le formulaire',
    advanced: 'Options avancées',
    leftOpen:
      'Un nombre ou un choix laissé ouvert est laissé à Vertex AI, dont les valeurs par défaut ne sont pas documentées.',
    sample: 'Prendre les jeux de données d’exemple',
    sameRegion: 'La même que le job de pipeline',
    noTensorboard: 'Aucune : pas de courbes',
    none: 'aucun',
    mended: was => (was ? `↺ Corrigé : c’était ${quoted(was)}.` : '↺ Corrigé : c’était vide.'),
    notOffered: 'Ce choix n’est pas proposé. Prenez l’un de ceux qui le sont.',
    chooseTask: 'Les nombres recommandés dépendent de la tâche.',
    recommended: (examples, least, most) =>
      `Recommandé : ${n(examples)} exemples ou plus, ${n(least)} à ${n(most)} étapes.`,
    noRecommendation:
      'Pas de recommandation pour cette tâche. Essayez plusieurs nombres d’étapes : 100, 200, 500, par exemple.',
    counted: counted => {
      if (counted.is !== 'counted')
        return {
          missing: '⚠ Il n’y a pas d’objet à cette adresse.',
          forbidden: '⚠ Retort n’a pas le droit de lire cet objet.',
          'too-big': 'Volumineux : il est lu après l’envoi.',
        }[counted.is];
      const { rows: count, meanTokens, faulty } = counted;
      const usable = count
        ? `${many(count, 'ligne')}, ${labelled(counted)}, environ ${many(meanTokens, 'jeton')} en moyenne (estimation).`
        : 'Aucune ligne utilisable.';
      return faulty ? `${usable} ⚠ ${many(faulty, 'ligne inutilisable', 'lignes inutilisables')}.` : usable;
    },
    accelerator: ({ accelerator, region, batch, approval, quota }) =>
      [
        `Réglage dans ${region}`,
        `taille de lot ${n(batch)}`,
        approval ? 'approbation nécessaire' : 'sans approbation',
        quota && quota.capacity < unlimited ? counted(quota.free, accelerator, 'libre', quota.capacity) : '',
      ]
        .filter(Boolean)
        .join(' · '),
    steps: ({ steps, batch, trained, epochs: count, rows: all }) => {
      const product = `${many(steps, 'étape')} × ${n(batch)} = ${many(trained, 'exemple')}`;
      return all && count !== undefined ? `${product} = ${epochs(count)} de ${many(all, 'ligne')}` : product;
    },
    evaluationSize: (count, { least, most }) =>
      `⚠ ${many(count, 'ligne')} ; Vertex AI en accepte ${least > 0 ? `de ${n(least)} à ${n(most)}` : `${n(most)} au plus`}.`,
    evaluationShare: (count, all, most) =>
      `⚠ ${many(count, 'ligne')}, soit plus de ${roundShare.format(most)} des ${n(all)} du jeu de données. Vertex AI n’en accepte pas davantage.`,
    unlabelled: count =>
      `⚠ ${many(count, 'ligne n’a pas d’étiquette', 'lignes n’ont pas d’étiquette')}, et cette recette apprend d’après les étiquettes.`,
    written: (format, count) =>
      `${many(count, 'ligne écrite', 'lignes écrites')} ${unformatted(called[format])} : la vérification propose de les convertir.`,
    leftToVertex: 'Au choix de Vertex AI',
    choices,
    rule: rule => {
      if ('of' in rule) return '';
      const { least, most, usual } = rule;
      return [
        least !== undefined && most !== undefined ? `${fine.format(least)} à ${fine.format(most)}.` : '',
        usual === undefined ? '' : `Les pages de Google commencent par ${fine.format(usual)}.`,
      ]
        .filter(Boolean)
        .join(' ');
    },
    othersGo: 'Un autre peut être saisi.',
    datasetRules: ({ formats: read, labels, examples, bytes, tokens }) =>
      [
        `À écrire ${either.format(read.map(format => unformatted(called[format])))} ; ce qui est écrit autrement peut être converti après la vérification.`,
        {
          optional: 'Les étiquettes sont facultatives.',
          needed: 'Chaque exemple doit avoir son étiquette.',
          unread: 'Les étiquettes ne sont pas lues.',
        }[labels],
        atMost([
          examples && many(examples, 'exemple'),
          bytes && `${n(bytes / 2 ** 30)} Gio`,
          tokens.example && `${many(tokens.example, 'jeton')} par exemple`,
        ]),
      ]
        .filter(Boolean)
        .join(' '),
    evaluationRules: ({ most, share: part }) =>
      [
        'Le même format.',
        atMost([most && many(most, 'exemple')]),
        part &&
          `${part.above ? `Au-delà de ${n(part.above)}, au` : 'Au'} plus ${roundShare.format(part.most)} des exemples du jeu de données.`,
      ]
        .filter(Boolean)
        .join(' '),
    weights: path => `Chaque job y a son propre dossier, avec les poids sous ${path}.`,
    epochs: ({ epochs: count, rows, batch }) =>
      batch === undefined
        ? `${epochs(count)} sur ${many(rows, 'ligne')} = ${many(Math.round(count * rows), 'exemple')}`
        : `${epochs(count)} sur ${many(rows, 'ligne')} = ${many(Math.round(count * rows), 'exemple')}, soit ${many(Math.ceil((count * rows) / batch), 'étape')} de ${n(batch)}`,
    sameDataset:
      '⚠ C’est le jeu de données lui-même : une évaluation sur des lignes d’entraînement n’apprend pas grand-chose.',
    evaluationOff: 'L’évaluation est désactivée : ceci est sans effet.',
    evaluations: count => (count ? `${many(count, 'évaluation')} en tout.` : ''),
    boxes: {
      evaluate: 'Évaluer pendant le réglage',
      earlyStopping: 'Arrêter quand la justesse des jetons ne progresse plus',
    },
    uploads: {
      dataset: 'Ou importez un jeu de données (.jsonl, 10 Mo au plus)',
      evaluationDataset: 'Ou importez un jeu de données d’évaluation (.jsonl, 10 Mo au plus)',
    },
    checkpoints,
    notInChannel: name =>
      name
        ? `Retort n’est pas dans #${clip(clean(name), limits.name)}. Invitez-le avec /invite, ou choisissez un autre canal.`
        : 'Retort ne voit pas ce canal. Invitez-le avec /invite, ou choisissez un autre canal.',
  },

  answers: {
    tooLate: 'Les trois secondes de Slack ont passé avant que cela puisse s’ouvrir. Réessayez.',
    formTooLate: 'Les trois secondes de Slack ont passé avant que le formulaire puisse s’ouvrir.',
    noSuchJob: asked => `Il n’y a pas de job ${quoted(asked)}. /distill list montre les plus récents.`,
    slackTrouble:
      'Slack n’a pas laissé Retort faire cela pour l’instant, et rien n’a été enregistré. Réessayez dans une minute.',
    ourFault:
      'Un problème est survenu dans Retort, et rien n’a été enregistré. Il figure dans le journal, que peut consulter qui exploite Retort.',
    began: id =>
      `Ce formulaire a déjà créé le job ${id}, tel qu’il a été envoyé la première fois. Ouvrez-en un nouveau pour un autre job.`,
    window: 'Retort',
    close: 'Fermer',
    paused:
      'Les lancements sont suspendus : rien de nouveau n’est lancé jusqu’à ce que quelqu’un tape /distill resume.',
    resumed: 'Les lancements reprennent.',
    approvedPaused:
      'Approuvé. Les lancements sont suspendus en ce moment : le job attend dans la file qu’ils reprennent.',
    alreadyFollowed: id => `Le job ${id} a déjà pris sa place.`,
    reasonNeeded: 'Il faut un motif : c’est tout ce que saura la personne qui a demandé.',
    newer:
      'Une version plus récente de Retort s’occupe de ce job, et elle est en cours de déploiement. Rien n’a été enregistré. Réessayez dans une minute.',
    nothingRecorded: 'Retort n’a pas pu faire cela à temps, et rien n’a été enregistré. Réessayez dans une minute.',
    notCertain:
      'La base de Retort n’a pas répondu à temps : il n’est pas certain que cela ait été enregistré. Regardez la carte ou /distill list avant de réessayer.',
    approvers: named => md`Approbateurs : ${join(named, ', ')}`,
    cancelled: outcome =>
      outcome.is === 'done'
        ? `L’annulation du job ${outcome.job.id} est en cours. Sa carte montre ce qu’il en advient.`
        : answered(outcome),
    outcome: (outcome, approvers) =>
      outcome.is === 'refused' && outcome.why === 'not-an-approver' && !approvers.length
        ? 'Aucun approbateur n’est nommé dans ce déploiement, et personne ne peut donc décider. Qui exploite Retort peut en nommer.'
        : answered(outcome),
  },

  notices: {
    channel: (model, place, reason) => {
      const where = channel(place);
      const why = new Map([
        ['is_archived', md`${where} est archivé`],
        ['not_in_channel', md`Retort n’est plus dans ${where}`],
        ['channel_not_found', md`Retort ne voit plus ${where}`],
      ]).get(reason);
      const told = why ?? md`Slack ne laisse pas Retort publier dans ${where} (${reason})`;
      return md`⚠ *${short(model)}* continue, mais son canal ne peut pas en être informé : ${told}. Dès que Retort pourra de nouveau y publier, tout ce qu’il doit sera publié, dans l’ordre ; il essaie jusqu’à une semaine après la fin du job.`;
    },
    ended: (model, state, url) => {
      const { icon, name } = french.states[state];
      const thread = url ? md` · ${link(url, 'sa carte et son fil')}` : '';
      return md`${icon} *${short(model)}* · ${name}${thread}`;
    },
    elsewhere: id =>
      md`${code(`/distill status ${id}`)} le montre partout. Ces messages s’arrêtent dans l’accueil de l’application.`,
    meanwhile: id =>
      md`D’ici là, ${code(`/distill status ${id}`)} et l’onglet Accueil de Retort montrent où il en est.`,
    unclear: (id, key) =>
      md`⚠ On ne sait pas si le message ${code(key)} du job ${code(id)} a été publié : Slack n’a pas répondu clairement, et sans les habilitations ${code('channels:history')} et ${code('groups:history')} Retort ne peut pas vérifier. Il n’a pas été renvoyé.`,
    stuck: (id, key, reason) =>
      md`⚠ Le message ${code(key)} du job ${code(id)} n’a pas pu être publié depuis une heure, ou l’on ne sait pas s’il l’a été (${reason}). Le job continue, et les messages suivants attendent. Retort essaie encore, de plus en plus rarement, jusqu’à une semaine après la fin du job.`,
    givenUp: (id, reason) =>
      md`⚠ Le job ${code(id)} est terminé depuis une semaine, et Slack n’a pas pris ce qui restait dû (${reason}). Retort y renonce ; ${code(`/distill status ${id}`)} montre comment il s’est terminé.`,
    untold: (id, who, place, reason) =>
      md`⚠ Il n’est pas possible de parler du job ${code(id)} dans ${channel(place)}, et ${user(who)}, qui l’a demandé, n’a pas pu en être averti, ou l’on ignore s’il l’a été (${reason}).`,
    unsaid: (id, key, reason) =>
      md`⚠ Slack refuse le message ${code(key)} du job ${code(id)}, même en texte brut (${reason}). Il a été omis.`,
    credentials: reason =>
      md`⚠ Slack n’a pas accepté le jeton de Retort, ou une habilitation lui manque (${reason}). Les jobs ont continué entre-temps ; ce qui était dû dans Slack sera publié dès que possible.`,
    foreign: id =>
      md`⚠ Vertex AI a déjà un job de pipeline ${code(`retort-${id}`)} qui porte d’autres libellés que ceux de ce déploiement. Il n’a pas été touché, et le job ${code(id)} a échoué. Deux déploiements qui partagent un projet doivent avoir des noms différents dans ${code('DEPLOYMENT')}.`,
    orphan: (id, run) =>
      md`⚠ Un ${run.includes('/tuningJobs/') ? 'job de réglage' : 'job de pipeline'} porte le libellé de ce déploiement, et aucun job de Retort ne l’attend. Retort demande à Vertex AI de l’annuler, de nouveau à chaque passage, pour que rien ne soit payé en vain. Il s’agit de ${code(run)} (job ${code(id)}).`,
  },

  quota: {
    text: 'Les quotas : qui les occupe, et qui est le prochain',
    title: (accelerator, { held, capacity }) =>
      md`*${accelerator}* dans ${hardware[accelerator].region} : ${
        capacity >= unlimited
          ? `${counted(held, accelerator, 'occupé')}, sans limite`
          : counted(held, accelerator, 'occupé', capacity)
      }`,
    bar: bar => code(bar),
    job: name => code(name, limits.name),
    holds: (name, { units: count, since, by }, ends) =>
      md`● ${name} en occupe ${n(count)} depuis ${on(since)}${by ? md`, pour ${user(by)}` : ''}${ends ? md` · sans doute terminé ${between(ends.from, ends.to)}` : ''}`,
    nobodyHolds: md`Personne n’en occupe.`,
    waits: (place, name, by, starts) =>
      md`${n(place)}. ${name}${by ? md`, pour ${user(by)}` : ''}${starts ? md` · probablement ${between(starts.from, starts.to)}` : ''}`,
    nobodyWaits: md`Personne n’attend.`,
    more: count => md`et ${others(count)}`,
    outside: names => md`⚠ Lancés hors de Retort, et soumis au même quota : ${names}`,
    paused: (id, at) =>
      md`⏸ Les lancements sont *suspendus* par ${user(id)} depuis ${on(at)}. ${code('/distill resume')} les reprend.`,
    configured: md`D’après le réglage de l’exploitant`,
    read: at => md`D’après Cloud Quotas, ${on(at)}`,
    assumed: md`Cloud Quotas n’a pas dit combien il y en a : on suppose ce que prend un job`,
    ask: 'Demander plus de quota',
  },

  audit: {
    text: model => md`Toutes les décisions sur ${short(model)}`,
    title: ({ spec, id }) => md`*${short(spec.modelName)}* (${code(id, limits.name)}), toutes les décisions`,
    none: md`Aucune n’est enregistrée.`,
    earlier: count => md`${many(count, 'autre')} avant celles-ci`,
    line: ({ action, by, at, digest, reason }) =>
      md`${date(at, '{date_short} à {time}')} · *${acts[action]}*${by ? md` par ${user(by.user)}` : ''}${reason ? md` (${short(reason, limits.reason)})` : ''}${digest ? md` · ${code(digest.slice(0, 12))}` : ''}`,
  },

  home: {
    title: 'Jobs de distillation',
    waiting: md`*En attente de votre décision*`,
    running: md`*En cours*`,
    last: md`*Vos derniers jobs*`,
    nothingUnderWay: md`Rien de ce que vous avez demandé n’est en cours.`,
    empty: md`Vous n’avez pas encore distillé de modèle. Tapez ${code('/distill')} dans un canal dont Retort est membre : un formulaire s’ouvre, prérempli de valeurs qui conviennent. Son bouton « Prendre les jeux de données d’exemple » en ajoute deux, prêts à l’emploi.`,
    asked: (id, at) => md`demandé par ${user(id)} ${on(at)}`,
    when: at => on(at),
    more: md`et d’autres`,
    quota: md`*Quotas*`,
    inLine: count => md`${many(count, 'job')} dans la file`,
    begin: 'Nouveau job…',
    mine: 'Tous mes jobs…',
    all: 'Les jobs de tous…',
    tellMe: 'M’écrire à la fin de mes jobs',
    tellMeNot: 'Ne plus m’écrire',
    help: md`${code('/distill help')} montre ce qu’il y a d’autre.`,
  },

  list: {
    titles: {
      all: md`*Jobs les plus récents*`,
      mine: md`*Vos jobs les plus récents*`,
      running: md`*Jobs en cours*`,
      failed: md`*Jobs en échec*`,
    },
    names: { all: 'Tous', mine: 'Les miens', running: 'En cours', failed: 'En échec' },
    refresh: 'Les plus récents',
    older: 'Plus anciens…',
    show: 'Afficher',
    empty: {
      all: md`Pas encore de job. ${code('/distill')} crée le premier.`,
      mine: md`Aucun de ces jobs n’est à vous. ${code('/distill')} en crée un.`,
      running: md`Rien n’est en cours.`,
      failed: md`Aucun n’a échoué.`,
    },
    end: md`Il n’y en a pas de plus anciens.`,
    by: (id, at) => md`${user(id)} ${on(at)}`,
    text: (count, of) =>
      `${many(count, 'job')}${{ all: '', mine: ' à vous', running: ' en cours', failed: ' en échec' }[of]}, du plus récent au plus ancien`,
    namesakes: name => md`*Plusieurs jobs* portent le nom ${code(name, limits.name)}, du plus récent au plus ancien.`,
    card: 'Sa carte et son fil',
  },

  models: {
    title: md`*Modèles les plus récents* de Model Registry`,
    text: count => (count ? `${many(count, 'modèle')}, du plus récent au plus ancien` : 'Aucun modèle'),
    none: md`Il n’y en a pas encore.`,
    unlinked: name => short(name),
    at: at => on(at),
    deployed: md`déployé`,
    by: (id, requester) => md`par le job ${code(id, limits.name)} de ${user(requester)}`,
    elsewhere: md`par aucun de ces jobs`,
    silent: regions =>
      regions.length > 3
        ? md`${many(regions.length, 'région')} n’ont pas répondu à temps.`
        : md`${list.format(regions)} ${plural(regions.length, 'n’a pas', 'n’ont pas')} répondu à temps.`,
  },

  mute: {
    on: 'Ne plus me mentionner',
    off: 'Me mentionner de nouveau',
    isOn: model =>
      `Les messages sur ${quoted(model)} ne vous mentionnent plus, et le fil continue comme avant. Slack peut encore vous signaler les réponses d’un fil que vous suivez : désactivez cela dans le menu du fil.`,
    isOff: model => `Les messages sur ${quoted(model)} vous mentionnent de nouveau, là où ils vous concernent.`,
  },

  compare: {
    two: md`Nommez deux jobs, par leur identifiant ou le nom de leur modèle, ainsi : ${code('/distill compare <job> <job>')}.`,
    text: (a, b) => md`${short(a)} et ${short(b)} côte à côte`,
    title: (a, b) => `A ${clip(clean(a), limits.button)} · B ${clip(clean(b), limits.button)}`,
    subtitle: {
      eval: 'évaluation, en étapes depuis le début de chaque exécution',
      train: 'entraînement, lissé, en étapes depuis le début de chaque exécution',
    },
    alt: (a, b, on) => `Courbes de A, ${clip(clean(a), limits.name)}, et de B, ${clip(clean(b), limits.name)} : ${on}`,
    differs: md`*Ce qui diffère* dans les demandes, de A à B :`,
    same: md`*Rien ne diffère* dans les demandes.`,
    difference: (field, was, is) => md`• ${field} : ${short(was, 60)} → *${short(is, 60)}*`,
    more: count => md`et ${others(count)}`,
    datasetRead: 'Jeu de données tel qu’il a été lu',
    evaluationDatasetRead: 'Jeu de données d’évaluation tel qu’il a été lu',
    none: 'aucun',
    left: 'au choix de Vertex AI',
    ofOne: md`Ce que seule l’une des deux recettes demande n’est pas indiqué.`,
    on: 'activé',
    off: 'désactivé',
    number: value => fine.format(value),
    noValues: md`Aucun des deux n’a de courbes.`,
    tags: {
      eval_total_loss: 'Perte, évaluation',
      eval_fraction_of_correct_next_step_preds: 'Justesse des jetons, évaluation',
      eval_num_predictions: 'Prédictions, évaluation',
      train_total_loss: 'Perte, entraînement',
      train_fraction_of_correct_next_step_preds: 'Justesse des jetons, entraînement',
      train_num_predictions: 'Prédictions, entraînement',
    },
    metric: { last: name => `${name}, à la fin`, best: name => `${name}, au mieux` },
    at: (value, step) => `${value} (étape ${n(step)})`,
    took: 'Durée',
    duration,
    noChart: md`Les deux n’ont aucune métrique en commun : il n’y a donc pas de graphique des deux.`,
  },

  report: {
    title: 'Rapport sur le jeu de données',
    dataset: 'Jeu de données',
    evaluationDataset: 'Jeu de données d’évaluation',
    blockers: 'Obstacles',
    warnings: 'Bon à savoir',
    nothing: 'Rien ne fait obstacle, et il n’y a rien à signaler.',
    method:
      'Les jetons sont estimés, à raison de quatre octets UTF-8 chacun. Pour trois phrases anglaises dont PaLM 2 a compté les jetons (10, 15 et 25), cela donne 10, 19 et 25 ; pour d’autres écritures, aucun décompte n’est connu. Des lignes sont proches quand les quatre cinquièmes de leurs paires de mots voisins sont les mêmes (dans les écritures sans espaces, de leurs suites de quatre caractères), casse et ponctuation mises à part ; ce que contient plus d’une ligne sur vingt n’y compte pas.',
    rows: ({ rows, labelled: some, bytes }) =>
      `${rows ? `${many(rows, 'ligne')}, ${labelled({ rows, labelled: some })}` : 'Aucune ligne utilisable'} ; ${n(Math.ceil(bytes / 1024))} Kio`,
    unlabelled: spec =>
      hasFields(spec)
        ? 'Sans étiquettes, le modèle enseignant rédige les étiquettes et les raisonnements'
        : 'Sans étiquettes, le modèle enseignant les rédige',
    balance: ({ distinct, counts }) =>
      `${many(distinct, 'sortie')}, de ${list.format(counts.map(n))} lignes${distinct > counts.length ? ', les autres de moins' : ''}`,
    shape: ({ labels, opening, closing }) =>
      `La plupart des entrées ont en commun ${list.format([
        ...(opening ? ['leur début'] : []),
        ...(labels.length ? [labels.map(label => `\`${clip(clean(label), limits.name)}:\``).join(' puis ')] : []),
        ...(closing ? ['leur fin'] : []),
      ])}`,
    columns: ['Jetons estimés', 'la moitié jusqu’à', '90 % jusqu’à', '99 % jusqu’à', 'la plus longue'],
    cut: ['lignes tronquées', 'jetons tronqués'],
    beyond: ['maximum documenté', 'lignes au-dessus'],
    texts: { input: 'Entrée', output: 'Réponse', example: 'Les deux ensemble' },
    count: n,
  },

  epochs: count => (count === undefined ? '' : epochs(count)),

  lengths: {
    subtitle: 'Jetons estimés de chaque ligne du jeu de données',
    of: { input: 'Entrées', output: 'Sorties', example: 'Entrée et sortie ensemble' },
    summary: ({ half, longest }) => `la moitié jusqu’à ${n(half)} · la plus longue ${n(longest)}`,
    tokens: n,
    limit: (most, { over }, isCut) => {
      if (!isCut) return over ? `${n(over)} au-dessus de ${n(most)}` : `au-dessus de ${n(most)} : aucune`;
      return over ? `${many(over, 'tronquée', 'tronquées')} à ${n(most)}` : `limite à ${n(most)} : aucune tronquée`;
    },
    alt: (model, shown) =>
      [
        `Longueurs dans le jeu de données de ${clip(clean(model), limits.name)}, en jetons estimés.`,
        ...shown.map(({ of, spread, limit }) =>
          longest(french.lengths.of[of], spread, { limit, isCut: of !== 'example' }),
        ),
      ].join(' '),
  },

  attachments: {
    datasetReport: md`Le rapport complet sur le jeu de données.`,
    curvesChart: md`Les courbes en image.`,
    passport: md`Le passeport : ce qui a été demandé et par qui, les jeux de données avec leurs empreintes, qui a approuvé, les courbes, le modèle et son point de terminaison.`,
    curvesCsv: md`Les courbes en tableau : les six séries, par étape.`,
  },

  passport: {
    button: 'Passeport',
    comes: 'Le passeport sera publié dans le fil du job.',
    justNow: 'Un passeport de ce job vient d’être demandé ; il est dans le fil du job.',
  },

  mend: {
    buttons: {
      'drop-unusable': 'Retirer ces lignes et revérifier',
      convert: 'Convertir et revérifier',
      'drop-duplicates': 'Retirer les doublons',
      'drop-misshapen': 'Retirer les lignes hors du moule',
      'add-instruction': 'Ajouter une instruction…',
      'cut-evaluation': 'Prélever 10 % pour l’évaluation',
    },
    other: 'Choisir un autre jeu de données…',
    mended: (mending, { dataset, evaluationDataset }, spec) => {
      if (mending === 'cut-evaluation' && dataset && evaluationDataset)
        return md`🧰 *Jeu de données d’évaluation prélevé*, ${n(evaluationDataset.kept)} sur ${many(dataset.rows, 'ligne')} ; ${n(dataset.kept)} servent à l’entraînement, et aucune entrée n’est des deux côtés.${unusableToo(dataset)}`;
      const parts = [
        dataset && did[mending](dataset, spec),
        evaluationDataset && md`jeu de données d’évaluation, ${did[mending](evaluationDataset, spec)}`,
      ];
      return md`🧰 *Corrigé*, ${join(parts.filter(Boolean) as Mrkdwn[], ' ; ')}. Le fichier d’origine reste tel quel.`;
    },
    form: {
      title: 'Ajouter une instruction',
      submit: 'Ajouter et revérifier',
      close: 'Retour',
      label: 'Instruction',
      hint: 'Elle est placée devant chaque invite, suivie d’une espace ; les lignes qui commencent par elle restent telles quelles. Les invites de production en ont besoin aussi.',
      placeholder: 'Classify the following text into one of the following classes: [business, entertainment] Text:',
      needed: 'Il faut une instruction : ce que le modèle doit faire du texte qui suit.',
      tooLong: most => `${n(most)} caractères au plus. Raccourcissez-la.`,
    },
  },

  carryOver: {
    choose: 'Passer à une recette d’aujourd’hui…',
    intro: (job, { from, to }) =>
      md`*${short(job.modelName)}* (job ${code(job.id, limits.name)}) passe de ${quoted(from.fr)} à *${to.fr}*. Sa carte reste telle quelle : ceci est un job à part. Ce qui n’a pas pu être repris :`,
    left: left => md`• ${(carrying[left.field] as (it: Left) => Mrkdwn)(left)}`,
    which:
      'Dites quel job changer de recette : /distill move avec son identifiant ou le nom de son modèle. /distill list montre les plus récents.',
    runsToday: name =>
      `La recette de ${quoted(name)} fonctionne aujourd’hui : il n’y a rien à changer. « Relancer », sur sa carte, ouvre le formulaire tel qu’il était.`,
    noneOffered:
      'Aucune recette qui fonctionne aujourd’hui n’est proposée ici. Qui exploite Retort peut en proposer une.',
  },

  switch: {
    choose: accelerator => `Passer sur ${accelerator}…`,
    title: accelerator => `Passer sur ${accelerator}`,
    submit: 'Passer',
    close: 'Ne rien changer',
    intro: name =>
      md`*${short(name)}* rend sa place dans la file et recommence sur l’autre accélérateur. Voici ce qui change :`,
    from: (what, was, is) => md`• ${what} : ${was} → *${is}*`,
    names: {
      accelerator: 'Accélérateur',
      region: 'Région de réglage',
      batch: 'Taille de lot',
      epochs: 'Époques',
      approval: 'Approbation',
    },
    approval: { needed: 'nécessaire', 'not-needed': 'pas nécessaire' },
    asked: md`Elle est redemandée : une approbation ne vaut que pour la configuration exacte.`,
    cannot: name => md`*${short(name)}* ne peut pas y être exécuté tel quel.`,
    notQueued: 'Seul un job qui attend dans la file peut changer d’accélérateur.',
  },

  trial: {
    button: 'Essayer…',
    title: 'Essayer le modèle réglé',
    submit: 'Demander',
    close: 'Retour',
    shown: md`L’invite et la réponse sont publiées dans le fil de ce job : qui peut lire le canal peut les lire.`,
    prompt: 'Invite',
    promptHint: 'Écrite comme dans le jeu de données, avec son instruction.',
    line: 'Ligne du jeu de données d’évaluation',
    lineHint: 'Sa sortie attendue s’affiche à côté de la réponse. Sans invite ci-dessus, son entrée sert d’invite.',
    needed: 'Il faut une invite, ou une ligne du jeu de données d’évaluation.',
    noLine: 'Une ligne est un nombre entier, à partir de 1.',
    notServed:
      'Autant que Retort le sache, le modèle réglé de ce job n’est déployé sur aucun point de terminaison : on ne peut pas l’interroger.',
    tooMany: 'Plusieurs invites de ce job attendent déjà leur réponse. Redemandez quand elles seront arrivées.',
    asked: (id, line) =>
      line === undefined
        ? md`🧪 ${user(id)} a interrogé le modèle réglé`
        : md`🧪 ${user(id)} a interrogé le modèle réglé sur la ligne ${String(line)} du jeu de données d’évaluation`,
    boxes: {
      prompt: md`Invite`,
      answer: ms => (ms === undefined ? md`Réponse` : md`Réponse, après ${brief(ms)}`),
      expected: same =>
        same === undefined
          ? md`Réponse attendue`
          : same
            ? md`Réponse attendue, identique`
            : md`Réponse attendue, différente`,
    },
    hindrances: {
      'no-row': () =>
        md`Cette ligne n’existe pas : elle ne contient aucun exemple, ou le jeu de données d’évaluation n’est plus celui qui a été vérifié.`,
      gone: () => md`Il n’est plus sur son point de terminaison.`,
      unanswered: said =>
        said
          ? md`Pas de réponse. Vertex AI indique : ${short(said, limits.quotation)}`
          : md`Vertex AI a retenu la réponse.`,
      silent: said =>
        said
          ? md`Aucune réponse n’est venue. Vertex AI indique : ${short(said, limits.quotation)}`
          : md`Aucune réponse n’est venue.`,
    },
  },

  undeploy: {
    button: 'Annuler le déploiement…',
    confirm: {
      title: 'Annuler le déploiement ?',
      text: name =>
        md`${short(name, 100)} ne répondra plus, à personne. Il reste dans Model Registry, d’où il peut être redéployé.`,
      confirm: 'Annuler le déploiement',
      deny: 'Ne rien changer',
    },
    wished: (id, at) => md`⏏️ ${user(id)} a demandé ${atTime(at)} d’annuler son déploiement.`,
    since: at => md`⏏️ Retiré de son point de terminaison depuis ${on(at)}.`,
    done: (id, endpoint) =>
      id
        ? md`⏏️ *Déploiement annulé* par ${user(id)}. Son point de terminaison ${code(endpoint)} existe toujours et ne sert plus rien ; le modèle reste dans Model Registry.`
        : md`⏏️ Le modèle réglé n’est *plus sur son point de terminaison* ${code(endpoint)}. Cela n’a pas été fait d’ici.`,
    late: 'Rien à annuler : autant que Retort le sache, le modèle n’est déployé sur aucun point de terminaison, ou il en est en train d’être retiré.',
    still: {
      shared: id =>
        md`⚠ ${user(id)}, le déploiement n’a *pas été annulé*. Le point de terminaison sert aussi d’autres modèles, et c’est à une personne de décider lequel reçoit son trafic. La console le permet.`,
      refused: (id, said) =>
        md`⚠ ${user(id)}, le déploiement n’a *pas été annulé*. Vertex AI répond : ${short(said, limits.quotation)}`,
      silent: (id, said) =>
        said
          ? md`⚠ ${user(id)}, le déploiement n’a *pas été annulé* en une heure, et Retort ne demande plus. Vertex AI répond : ${short(said, limits.quotation)}`
          : md`⚠ ${user(id)}, le déploiement n’a *pas été annulé* en une heure, et Retort ne demande plus. La carte permet de redemander.`,
    },
    idle: (id, endpoint) =>
      md`💤 ${user(id)}, ce modèle est déployé sur ${code(endpoint)}, et depuis deux semaines personne ne l’a interrogé par Retort. Ce que d’autres lui demandent ailleurs ne se voit pas d’ici. Si personne n’en a besoin, annulez son déploiement.`,
  },

  help: {
    unknown: asked => md`Il n’y a pas de commande ${code(asked, limits.name)}.`,
    title: md`*Retort* distille sur Vertex AI un grand modèle enseignant en un petit modèle élève, et dit où il en est.`,
    text: 'Ce que l’on peut demander à Retort',
    commands: [
      { command: '/distill', does: 'ouvre le formulaire d’un nouveau job', example: '/distill' },
      {
        command: '/distill list [mine | running | failed]',
        does: 'montre les jobs, du plus récent au plus ancien : tous, les vôtres, ceux en cours ou ceux en échec',
        example: '/distill list mine',
      },
      {
        command: '/distill status <job>',
        does: 'montre un job, par son identifiant ou le nom de son modèle ; s’ils sont plusieurs du même nom, vous choisissez',
        example: '/distill status support-intents-v3',
      },
      {
        command: '/distill cancel <job>',
        does: 'annule un de vos jobs, ou n’importe lequel si vous êtes approbateur',
        example: '/distill cancel k3v9x1m4q7tz',
      },
      {
        command: '/distill move <job>',
        does: 'ouvre le formulaire pour faire passer un job d’une recette retirée à une autre, avec ce qui ne peut pas être repris',
        example: '/distill move support-intents-v3',
      },
      {
        command: '/distill switch <job>',
        does: 'fait passer sur l’autre accélérateur un de vos jobs qui attend dans la file',
        example: '/distill switch k3v9x1m4q7tz',
      },
      {
        command: '/distill models',
        does: 'montre les modèles les plus récents de Model Registry, et les jobs qui les ont produits',
        example: '/distill models',
      },
      {
        command: '/distill compare <job> <job>',
        does: 'montre ce qui diffère entre deux jobs, par leur identifiant ou le nom de leur modèle, et leurs courbes en un seul graphique',
        example: '/distill compare support-intents-v2 support-intents-v3',
      },
      {
        command: '/distill quota',
        does: 'montre qui occupe les quotas, et qui est le prochain',
        example: '/distill quota',
      },
      {
        command: '/distill audit <job>',
        does: 'montre toutes les décisions sur un job',
        example: '/distill audit k3v9x1m4q7tz',
      },
      {
        command: '/distill pause',
        does: 'suspend les lancements, si vous êtes approbateur ; /distill resume les reprend',
        example: '/distill pause',
      },
      { command: '/distill help', does: 'affiche cette aide', example: '/distill help' },
    ],
    line: (command, does, example) =>
      command === example ? md`${code(command)} ${does}` : md`${code(command)} ${does}\n      ${code(example)}`,
    threads: md`Slack n’accepte pas de commandes dans un fil. Utilisez-y les boutons.`,
  },

  request: {
    title: 'Requête',
    close: 'Fermer',
    intro: spec =>
      isPipeline(spec)
        ? md`La requête exacte que reçoit ${code('pipelineJobs.create')} dans ${spec.region}. Renvoyée avec le même identifiant, elle ne crée pas de second job de pipeline.`
        : md`La requête exacte que reçoit ${code('tuningJobs.create')} dans ${short(spec.region)}. Renvoyée, elle crée un second job de réglage : elle ne prend pas d’identifiant.`,
    json: md`*Corps JSON*`,
    curl: md`*curl*`,
    cut: md`Trop long pour être affiché en entier.`,
  },

  chart: {
    loss: 'Perte',
    tokenAccuracy: 'Justesse des jetons',
    train: 'entr.',
    eval: 'éval.',
    best: 'meilleure évaluation',
    earlyStop: 'arrêt prématuré',
    steps: 'étapes',
    startsAt: 'commence à',
    unevaluated: 'entraînement seul : pas de jeu de données d’évaluation',
    locale,
    subtitle: ({ teacher, student, step, planned, ended }) =>
      [
        teacher === undefined ? student : `${teacher} → ${student}`,
        planned ? `étape ${n(step)} sur ${n(planned)}` : `étape ${n(step)}`,
        ...(ended || !planned ? [] : [roundShare.format(Math.min(1, step / planned))]),
      ].join(' · '),
    alt: figures => {
      const { model, step, planned, stoppedEarly, best, unevaluated } = figures;
      return [
        `Courbes de ${clip(clean(model), limits.name)} jusqu’à l’étape ${n(step)}${planned ? ` sur ${n(planned)}` : ''}.`,
        pair('Perte', figures.trainLoss, figures.evalLoss, three),
        pair('Justesse des jetons', figures.trainAccuracy, figures.evalAccuracy, share),
        best ? `Perte d’évaluation la plus basse : ${three.format(best.value)}, à l’étape ${n(best.step)}.` : '',
        stoppedEarly === undefined ? '' : `Arrêt prématuré à l’étape ${n(stoppedEarly)}.`,
        unevaluated ? 'Il n’y a pas de jeu de données d’évaluation : ce sont les courbes de l’entraînement seul.' : '',
      ]
        .filter(Boolean)
        .join(' ');
    },
    percent: value => share.format(value),
    number: value => three.format(value),
  },
};

/** What is alarming about curves. */
function alarming(what: Alarm): Mrkdwn {
  switch (what.kind) {
    case 'not-a-number':
      return md`*la perte ${what.on === 'train' ? 'd’entraînement' : 'd’évaluation'} n’est plus un nombre* depuis l’étape ${n(what.step)}.`;
    case 'divergence':
      return md`*la perte d’entraînement remonte* jusqu’à ${three.format(what.last.value)} à l’étape ${n(what.last.step)}, après être descendue à ${three.format(what.lowest.value)} vers l’étape ${n(what.lowest.step)}.`;
    case 'overfitting':
      return md`*la perte d’évaluation remonte tandis que la perte d’entraînement baisse*. Elle est à ${three.format(what.last.value)} à l’étape ${n(what.last.step)}, après un minimum de ${three.format(what.lowest.value)} à l’étape ${n(what.lowest.step)}, il y a ${many(what.evaluations, 'évaluation')}.`;
    case 'plateau':
      return what.ever
        ? md`*la perte d’entraînement ne baisse plus* depuis l’étape ${n(what.since)}. Elle reste autour de ${three.format(what.value)}.`
        : md`*la perte d’entraînement ne baisse pas* depuis la première étape. Elle reste autour de ${three.format(what.value)}.`;
    default:
      return what satisfies never;
  }
}

/** What a mending did to one dataset. */
const did: Record<Mending, (count: MendCount, spec: Addresses) => Mrkdwn> = {
  'drop-unusable': ({ kept, unusable }) =>
    md`${many(unusable, 'ligne inutilisable retirée', 'lignes inutilisables retirées')}, ${n(kept)} sur ${n(kept + unusable)} gardées`,
  convert: ({ changed, kept, unusable, unlabelled = 0 }, spec) =>
    md`${many(changed, 'ligne convertie', 'lignes converties')} ${called[rulesOf(spec).formats[0]]}, ${n(kept)} gardées${unlabelled ? `, ${many(unlabelled, 'réponse laissée de côté', 'réponses laissées de côté')}, que cette recette ne lit pas` : ''}${unusable ? `, ${n(unusable)} inconvertibles laissées de côté` : ''}`,
  'drop-duplicates': count =>
    md`${many(count.rows - count.kept, 'doublon retiré', 'doublons retirés')}, ${n(count.kept)} sur ${many(count.rows, 'ligne gardée', 'lignes gardées')}${unusableToo(count)}`,
  'drop-misshapen': count =>
    md`${many(count.rows - count.kept, 'ligne hors du moule retirée', 'lignes hors du moule retirées')}, ${n(count.kept)} sur ${n(count.rows)} gardées${unusableToo(count)}`,
  'add-instruction': count =>
    md`instruction placée devant ${n(count.changed)} sur ${many(count.rows, 'ligne')}${unusableToo(count)}`,
  'cut-evaluation': ({ kept, rows: all }) => md`${n(kept)} sur ${many(all, 'ligne')}`,
};

/** How much Vertex AI reads of an input, where that is documented. */
function readsOf(spec: Addresses): string {
  const { input } = rulesOf(spec).tokens;
  return input === undefined ? '' : ` ; Vertex AI en lit ${n(input)}`;
}

function unusableToo({ unusable }: MendCount): string {
  return unusable
    ? ` (${many(unusable, 'ligne inutilisable laissée de côté', 'lignes inutilisables laissées de côté')})`
    : '';
}

function longest(
  name: string,
  { half, most, longest, over }: Spread,
  { limit, isCut }: { limit: number | undefined; isCut: boolean },
): string {
  const known = `${name} : la moitié jusqu’à ${n(half)}, neuf sur dix jusqu’à ${n(most)}, la plus longue ${n(longest)}`;
  if (limit === undefined) return `${known}.`;
  if (!isCut) return `${known} ; ${over ? n(over) : 'aucune'} au-dessus de ${n(limit)}.`;
  return `${known} ; ${over ? `${many(over, 'tronquée', 'tronquées')} à ${n(limit)}` : `aucune tronquée à ${n(limit)}`}.`;
}

function outside({ why, said }: Trouble): Mrkdwn {
  switch (why) {
    case 'no-answer':
      return md`Google ne répond pas en ce moment.`;
    case 'credentials':
      return md`Google n’a pas accepté les identifiants de Retort. Qui exploite Retort peut y remédier.`;
    case 'slack':
      return md`Slack n’a pas livré le fichier importé pour l’instant.`;
    case 'forbidden':
      return md`Google ne permet pas cela à Retort ; qui l’exploite peut y remédier. Google répond : ${short(said, limits.quotation)}`;
    case 'busy':
      return md`Google n’a pas de place pour cela en ce moment. Google répond : ${short(said, limits.quotation)}`;
    case 'said':
      return md`Google répond : ${short(said, limits.quotation)}`;
    default:
      return why satisfies never;
  }
}

function labelled(report: { rows: number; labelled: number }): string {
  if (report.labelled === report.rows) return plural(report.rows, 'étiquetée', 'toutes étiquetées');
  return report.labelled ? many(report.labelled, 'étiquetée') : plural(report.rows, 'non étiquetée', 'non étiquetées');
}

function pair(name: string, train: number | undefined, evaluated: number | undefined, as: Intl.NumberFormat): string {
  const values = [
    ...(evaluated === undefined ? [] : [`${as.format(evaluated)} à l’évaluation`]),
    ...(train === undefined ? [] : [`${as.format(train)} à l’entraînement`]),
  ];
  return values.length ? `${name} : ${values.join(', ')}.` : '';
}

/** What could not be carried over to another recipe, field by field, and what stands there now. */
const carrying: { [F in Left['field']]: (left: Extract<Left, { field: F }>) => Mrkdwn } = {
  task: ({ was }) => md`Tâche, ${french.tasks[was]} : pas demandée.`,
  dataset: ({ was, is }) =>
    md`Jeu de données : ses lignes sont écrites ${called[was]}. Cette recette lit ce qui est écrit ${join(
      is.map(format => called[format]),
      ' ou ',
    )}. La vérification propose de les convertir.`,
  labels: ({ missing: count }) =>
    md`Étiquettes : ${many(count, 'ligne n’en a pas', 'lignes n’en ont pas')}, et cette recette apprend d’après les étiquettes. Ajoutez-les d’abord.`,
  teacher: ({ was, is }) =>
    is === undefined
      ? md`Modèle enseignant, ${code(was)}, remplacé par aucun : les étiquettes données sont apprises.`
      : md`Modèle enseignant, ${code(was)}, remplacé par ${code(is)}.`,
  student: ({ was, is }) => md`Modèle élève, ${code(was)}, remplacé par ${code(is)}.`,
  region: ({ was, is }) => md`Région, ${short(was)}, pas proposée par cette recette, remplacée par ${short(is)}.`,
  accelerator: ({ was }) => md`Accélérateur, ${was} : un job de réglage n’en nomme pas.`,
  steps({ was, batch, over, is }) {
    const asked = md`Étapes : pas d’équivalent.`;
    if (over)
      return md`${asked} ${many(was, 'étape')} de ${n(batch)} sur ${many(over.rows, 'ligne')} font ${epochs(over.epochs)}${is === undefined ? '' : ` ; valeur reprise, ${n(is)}`}.`;
    const now = is === undefined ? 'Les époques sont laissées à Vertex AI' : `Valeur proposée, ${epochs(is)}`;
    return md`${asked} Sans le nombre de lignes, on ne sait pas combien d’époques font ${many(was, 'étape')} de ${n(batch)}. ${now}.`;
  },
  learningRateMultiplier: ({ was }) => md`Multiplicateur du taux d’apprentissage, ${fine.format(was)} : pas demandé.`,
  evaluationInterval: ({ was }) => md`Évaluation toutes les ${many(was, 'étape')} : pas d’équivalent.`,
  earlyStopping: () => md`Arrêt prématuré : pas d’équivalent.`,
  checkpoint: ({ was }) => md`Point de contrôle, ${checkpoints[was].toLowerCase()} : pas d’équivalent.`,
  tensorboard: ({ was }) => md`TensorBoard, ${code(was)}, pas demandé : un job de réglage publie ses courbes à part.`,
  uploadRegion: ({ was }) =>
    md`Région d’importation du modèle, ${short(was)}, pas demandée : tout est là où le job de réglage s’exécute.`,
  pipelineRoot: ({ was, is }) =>
    is === undefined
      ? md`Racine du pipeline, ${code(was)}, pas demandée.`
      : md`Racine du pipeline, ${code(was)}, devenue le dossier de sortie.`,
  displayName: ({ was }) => md`Nom du job, ${short(was)}, pas demandé : le nom du modèle est aussi celui du job.`,
  encryptionKey: ({ was, region }) =>
    region === undefined
      ? md`Clé de chiffrement, ${code(was)}, que cette recette ou son élève n’accepte pas.`
      : md`Clé de chiffrement, ${code(was)}, qui ne fonctionne pas dans ${short(region)}.`,
  serviceAccount: ({ was }) =>
    md`Compte de service, ${code(was)}, pas repris : celui d’un job de réglage doit avoir un rôle d’agent de service. Si ce champ est vide, c’est un agent de Google.`,
};

/** What was decided, in a word. */
const acts: Record<Decision['action'], string> = {
  submit: 'Demandé',
  ask: 'Approbation demandée',
  approve: 'Approuvé',
  deny: 'Refusé',
  cancel: 'Annulé',
  withdraw: 'Retiré',
  expire: 'Expiré',
  succeed: 'Redemandé',
  move: 'Accélérateur changé',
  recheck: 'Revérifié',
  mend: 'Jeu de données corrigé',
  undeploy: 'Annulation du déploiement demandée',
  pause: 'Lancements suspendus',
  resume: 'Lancements repris',
};

/** From here on a quota is none. */
const unlimited = Number.MAX_SAFE_INTEGER;

function answered(outcome: Outcome): string {
  switch (outcome.is) {
    case 'refused':
      return permissions[outcome.why];
    case 'no-such-job':
      return 'Ce job n’est plus connu ici.';
    default:
      return `Rien n’a changé : l’état du job ${outcome.job.id} est ${quoted(french.states[outcome.job.state].name)}.`;
  }
}
