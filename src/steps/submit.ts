import type { ModalView } from '@slack/types';
import { followed, isReplaceable, submitted } from '../job/change.ts';
import type { Job, JobId, Person } from '../job/job.ts';
import type { Spec } from '../job/spec.ts';
import { isError, isPipeline, PipelineSpec, problems, TuningSpec } from '../job/spec.ts';
import type { Draft, Field } from '../views/draft.ts';
import { errorsBeside, readForm, specOf } from '../views/form.ts';
import { wordsIn } from '../views/words.ts';
import type { World } from '../world.ts';
import type { OpenForm } from './ask.ts';
import { redrawn } from './ask.ts';
import { brake } from './brake.ts';
import { digest } from './digest.ts';
import { newId } from './id.ts';
import { mayLaunch } from './may.ts';

type Touches = Pick<World, 'jobs' | 'slack' | 'settings' | 'clock'>;

/** What came of a submission: a job; what is wrong, by block of the form; or the form, where it had not been drawn for its recipe yet. */
export type Submission =
  | { is: 'accepted'; job: Job }
  | { is: 'wrong'; errors: Record<string, string> }
  | { is: 'redrawn'; view: ModalView };

/** Judges a submitted form and begins a job. The same view submitted twice makes one job; submitted again with other answers, it is said which job it began. */
export async function submit(form: OpenForm & { root: string }, by: Person, world: Touches): Promise<Submission> {
  const { jobs, settings, clock } = world;
  const draft = readForm(form);
  const inbox = `view:${form.root}`;
  const specAs = (id: JobId) => specOf(stored(draft, id, settings));
  const wrong = (found: Partial<Record<Field, string>>) =>
    ({ is: 'wrong', errors: errorsBeside(found, form.state.values) }) as const;
  let job = await jobs.taken(inbox);
  if (!job) {
    const view = await redrawn(form, world);
    if (view) return { is: 'redrawn', view };
    const id = newId();
    const spec = specAs(id);
    const found = { ...(await refusals(draft, by, world)), ...ofRules(spec, draft, settings) };
    if (Object.keys(found).length) return wrong(found);
    const asked = {
      id,
      spec,
      digest: digest(spec),
      requester: by,
      channel: draft.typed.channel ?? '',
      uploads: draft.files,
    };
    job =
      (await succeeding(asked, { inbox, world, after: draft.memory.after })) ??
      (await jobs.create(submitted({ ...asked, now: clock.now() }), inbox));
  }
  if (job.digest === digest(specAs(job.id))) return { is: 'accepted', job };
  return wrong({ modelName: wordsIn(settings.language).answers.began(job.id) });
}

/** Begins the job in the place of the one whose form was opened again, where that can still be followed, by whoever asked for it; undefined: it begins by itself. */
async function succeeding(
  asked: Omit<Parameters<typeof submitted>[0], 'now'>,
  { inbox, world, after }: { inbox: string; world: Touches; after: JobId | undefined },
): Promise<Job | undefined> {
  const { jobs, clock } = world;
  if (!after) return undefined;
  return jobs.succeed(
    after,
    (before, ledger) => {
      if (!isReplaceable(before) || before.requester.user !== asked.requester.user) return undefined;
      const now = clock.now();
      const { channel } = before;
      return {
        before: followed(before, asked.id, { by: asked.requester, action: 'succeed', ledger, now }),
        heir: submitted({ ...asked, channel, from: before, now }),
      };
    },
    inbox,
  );
}

/** The draft with its uploads named as the objects they will become. */
function stored(draft: Draft, id: JobId, { datasetBucket }: Touches['settings']): Draft {
  const typed = { ...draft.typed };
  if (draft.files.dataset) typed.dataset = `gs://${datasetBucket}/retort/${id}/train.jsonl`;
  if (draft.files.evaluationDataset) typed.evaluationDataset = `gs://${datasetBucket}/retort/${id}/eval.jsonl`;
  return { ...draft, typed };
}

function ofRules(
  asked: Spec,
  draft: Draft,
  { allowedBuckets, recipes, language }: Touches['settings'],
): Partial<Record<Field, string>> {
  const words = wordsIn(language);
  // Slack sends only what the form offered; whoever signs something else gets the same kind of answer.
  const shape = isPipeline(asked) ? PipelineSpec : TuningSpec;
  const foreign = (shape.safeParse(asked).error?.issues ?? []).filter(issue => issue.code === 'invalid_value');
  if (foreign.length) return Object.fromEntries(foreign.map(issue => [String(issue.path[0]), words.form.notOffered]));
  const { recipe } = asked;
  if ((draft.typed.recipe ?? recipe) !== recipe) return { recipe: words.form.notOffered };
  if (!recipes.includes(recipe))
    return { recipe: words.problem({ field: 'recipe', rule: 'not-offered', value: recipe, offered: recipes }) };
  const found = problems(asked, { allowedBuckets }).filter(isError);
  for (const field of ['dataset', 'evaluationDataset'] as const)
    if (draft.files[field] && draft.typed[field]?.trim()) found.push({ field, rule: 'two-sources' });
  const sentences: Partial<Record<Field, string>> = {};
  for (const problem of found)
    sentences[problem.field] = [sentences[problem.field], words.problem(problem)].filter(Boolean).join(' ');
  return sentences;
}

/** What only Slack and the store can tell: whether this person may launch, and just now, and whether the card can be posted where they wish. */
async function refusals(draft: Draft, by: Person, world: Touches): Promise<Partial<Record<Field, string>>> {
  const { slack, settings } = world;
  const words = wordsIn(settings.language);
  const channel = draft.typed.channel ?? '';
  const [permission, place, braked] = await Promise.all([
    mayLaunch(by.user, world),
    slack.channel(channel),
    brake(by, world),
  ]);
  return {
    ...(braked && { modelName: words.brake(braked) }),
    ...(permission !== 'yes' && { modelName: words.permission(permission) }),
    ...(place?.shared && { channel: words.permission('shared-channel') }),
    ...(!place?.member && { channel: words.form.notInChannel(place?.name) }),
  };
}
