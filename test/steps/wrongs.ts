import { drawable } from '../../src/job/curves.ts';
import type { Job, State } from '../../src/job/job.ts';
import { endOf, isFinal } from '../../src/job/job.ts';
import type { Attachment, PostKind } from '../../src/job/post.ts';
import { postKey, standing } from '../../src/job/post.ts';
import { hasEnded } from '../../src/job/run.ts';
import { isPipeline, queueOf } from '../../src/job/spec.ts';
import { around } from '../../src/views/around.ts';
import { post } from '../../src/views/post.ts';
import type { MemoryStore } from '../memory-jobs.ts';
import type { Posted } from './outside.ts';
import type { Played, Told } from './play.ts';
import { channel, lookEvery, model } from './play.ts';

type Kept = MemoryStore['jobs'] extends Map<string, infer K> ? K : never;
type Decisions = MemoryStore['decisions'][number]['decision'][];

/** Reads the world after a play, and says all that is wrong with it; nothing, where all is well. */
export function wrongs(played: Played): string[] {
  const { store, surprises, rests, begun } = played;
  return [
    ...surprises,
    ...(rests ? [] : [`Something is due for ever, or goes on for ever.`]),
    ...[...store.jobs.values()].flatMap(kept =>
      ofJob(kept, played).map(wrong => `${kept.job.spec.modelName}: ${wrong}.`),
    ),
    ...begun.flatMap(({ job }) => (store.jobs.has(job) ? [] : [`A job was acknowledged and is not there.`])),
    ...ofForms(played),
    ...ofLedgers(store),
    ...ofNotices(played),
    ...ofPictures(played),
    ...ofFiles(played),
  ];
}

/** A message that shows a file, with the job and the key of the post that owed it. */
function keyed(shown: Posted, { job, messages }: Kept): Posted {
  const place = messages.findIndex(({ file }) => file === shown.file);
  return place < 0 ? shown : { ...shown, job: job.id, key: postKey(place) };
}

function ofJob(kept: Kept, played: Played): string[] {
  const { job, lease } = kept;
  const decisions = played.store.decisions.filter(one => one.job === job.id).map(one => one.decision);
  const thread = played.outside.messages
    .filter(one => one.channel === channel)
    .map(one => (one.file ? keyed(one, kept) : one))
    .filter(one => one.job === job.id);
  return [
    ...(isFinal(job) ? [] : [`it is ${job.state} in the end`]),
    ...(lease ? ['its lease was not given back'] : []),
    ...(isFinal(job) ? ofOwed(kept) : []),
    ...ofMessages(kept, thread),
    ...(isFinal(job) ? ofDrawing(job, thread, played) : []),
    ...ofDecisions(job, decisions, played),
    ...ofPipelines(job, decisions, played),
  ];
}

/** What has to be told of a job of this course was owed, once; and one end alone. */
function ofOwed({ job, messages }: Kept): string[] {
  const is = messages.map(({ post }) => (post.kind === 'attachment' ? post.of : post.kind));
  const isLaunched = 'launchedAt' in job && job.launchedAt !== undefined;
  const curves = 'curves' in job && job.run && hasEnded(job.run) ? job.curves : undefined;
  const shall: Owing[] = [
    'card',
    ...('checked' in job && job.checked ? (['dataset', 'dataset-report'] as const) : []),
    ...(curves && drawable(curves) ? (['curves-chart', 'curves-csv'] as const) : []),
    ...('request' in job && job.request ? (['approval'] as const) : []),
    // Whose cancellation is wished may never have been seen to run.
    ...(isLaunched && !job.cancel ? (['launch'] as const) : []),
    ...(ends[job.state] ?? []),
  ];
  const isEnd = (kind: Owing) => Object.values(ends).flat().includes(kind);
  return [
    ...shall.filter(kind => is.filter(other => other === kind).length !== 1),
    ...is.filter(kind => isEnd(kind) && !shall.includes(kind)),
  ].map(kind => `of "${kind}" it owed ${is.filter(other => other === kind).length}`);
}

type Owing = PostKind | Attachment;
const ends: Partial<Record<State, Owing[]>> = {
  denied: ['denial'],
  expired: ['expiry'],
  succeeded: ['result', 'passport'],
  failed: ['failure'],
  cancelled: ['cancellation'],
};

/** Every message once, in order, under the card. */
function ofMessages({ messages }: Kept, thread: Posted[]): string[] {
  const is = thread.map(({ key }) => key).join();
  const shall = messages.map((_, i) => postKey(i)).join();
  return [
    ...(is === shall ? [] : [`its messages are ${is}, where they should be ${shall}`]),
    ...messages.flatMap(({ state }, i) => (state === 'sent' ? [] : [`message ${postKey(i)} is ${state}`])),
    ...thread.flatMap(one =>
      one.thread === (one === thread[0] ? undefined : thread[0]?.ts) ? [] : [`message ${one.key} is not in the thread`],
    ),
  ];
}

/** What stands for it shows its end. */
function ofDrawing(job: Job, thread: Posted[], { settings, store }: Played): string[] {
  return standing.flatMap(which => {
    const stood = store.jobs.get(job.id)?.sent[which];
    if (!stood) return which === 'card' ? ['it has no card'] : [];
    const message = thread.find(({ ts }) => ts === stood.ts)?.message;
    const drawn = post(job, { kind: which }, around(settings));
    return JSON.stringify(message) === JSON.stringify(drawn)
      ? []
      : [`its ${which} shows "${message?.text}", where it should show "${drawn.text}"`];
  });
}

/** What stands in the audit of each wish: whoever cancels a request of their own withdraws it. */
const actions: Record<Told['wish'], ReadonlySet<string>> = {
  approve: new Set(['approve']),
  deny: new Set(['deny']),
  cancel: new Set(['cancel', 'withdraw']),
};

/** One decision counts, and everybody was told the truth about theirs. */
function ofDecisions(job: Job, decisions: Decisions, { told }: Played): string[] {
  const count = (...names: string[]) => decisions.filter(({ action }) => names.includes(action)).length;
  const cancelled = count(...actions.cancel);
  const stands = ({ wish, by }: Told) =>
    decisions.some(decision => actions[wish].has(decision.action) && decision.by?.user === by);
  const answers = told.filter(one => one.job === job.id);
  const isAlone = ({ wish, by }: Told) => answers.filter(one => one.wish === wish && one.by === by).length === 1;
  return [
    ...(count('submit') === 1 ? [] : [`it was submitted ${count('submit')} times`]),
    ...(count('approve', 'deny', 'expire') > 1 ? ['more than one decision counted'] : []),
    ...(cancelled > 1 ? ['it was cancelled more than once'] : []),
    ...(cancelled && !['cancelled', 'succeeded', 'failed'].includes(job.state)
      ? [`the wish to cancel it was lost: it is ${job.state}`]
      : []),
    ...(!cancelled && job.state === 'cancelled' ? ['it is cancelled, and nobody wished it'] : []),
    ...answers
      .filter(one => one.answer === 'done' && !stands(one))
      .map(({ by, wish }) => `${by} was told that "${wish}" was done, and it was not`),
    ...answers
      .filter(one => one.answer === 'nothing recorded' && stands(one) && isAlone(one))
      .map(({ by, wish }) => `${by} was told that "${wish}" was not recorded, and it was`),
  ];
}

/** In so long a time every region is swept, whatever went before, in milliseconds. */
const longEnough = 50 * lookEvery;

/** One pipeline job at most, and none that nobody approved; the job ends as it ended. */
function ofPipelines(job: Job, decisions: Decisions, { outside, settings }: Played): string[] {
  const pipelines = outside.pipelines().filter(one => one.job.startsWith(job.id));
  const own = 'run' in job ? job.run?.name : undefined;
  const [state] = pipelines.filter(({ run }) => !own || run.name === own).map(({ run }) => run.state);
  // A tuning job has no id of ours: a second one may come of an answer that got lost, and is cancelled.
  const kept = isPipeline(job.spec) ? pipelines : pipelines.filter(({ run }) => run.state !== 'CANCELLED');
  const needsApproval = settings.approvalFor.includes(queueOf(job.spec));
  // Where attempts were given up, a pipeline job may come later: it is cancelled then, or ends first.
  const anyEnd = [undefined, 'SUCCEEDED', 'FAILED', 'CANCELLED'];
  const endings: Partial<Record<State, (string | undefined)[]>> = {
    succeeded: ['SUCCEEDED'],
    failed: 'run' in job ? ['FAILED'] : anyEnd,
    cancelled: 'run' in job ? ['CANCELLED'] : anyEnd,
  };
  const allowed = endings[job.state] ?? [undefined];
  const orphan = pipelines.some(
    ({ run: { startedAt = 0, endedAt = 0 } }) => startedAt > endOf(job) && endedAt - startedAt > longEnough,
  );
  return [
    ...(isFinal(job) && orphan ? ['a pipeline job came when it had ended, and went on'] : []),
    ...(kept.length > 1 ? [`it has ${kept.length} pipeline jobs`] : []),
    ...(pipelines.length && needsApproval && !decisions.some(({ action }) => action === 'approve')
      ? ['nobody approved its pipeline job']
      : []),
    ...(isFinal(job) && !allowed.includes(state)
      ? [`it is ${job.state}, and its pipeline job ${state ?? 'was never created'}`]
      : []),
  ];
}

/** One job for each form. */
function ofForms({ store, begun }: Played): string[] {
  const models = [...store.jobs.values()].map(({ job }) => job.spec.modelName);
  const views = [...new Set(begun.map(({ view }) => view))];
  return [
    ...views
      .filter(view => !models.includes(model(view)))
      .map(view => `${model(view)} was acknowledged and is not there.`),
    ...[...new Set(models)]
      .filter(name => models.indexOf(name) !== models.lastIndexOf(name))
      .map(name => `${name}: one form began several jobs.`),
  ];
}

function ofLedgers({ ledgers }: MemoryStore): string[] {
  return [...ledgers].flatMap(([accelerator, { held, waiting }]) =>
    Object.keys({ ...held, ...waiting }).map(() => `The quota of ${accelerator} was not given back.`),
  );
}

/** Whoever has to know of something was told, once. */
function ofNotices({ notices, outside }: Played): string[] {
  const told = outside.messages.filter(one => one.channel !== channel).map(({ job, key }) => `${job} ${key}`);
  return told.length === new Set(told).size && told.length === notices.size
    ? []
    : [`Notices owed: ${notices.size}; told: ${told.join()}.`];
}

/** Every file that is shown was owed. */
function ofFiles({ store, outside }: Played): string[] {
  const owed = new Set([...store.jobs.values()].flatMap(({ messages }) => messages.flatMap(({ file }) => file ?? [])));
  const shown = outside.messages.flatMap(({ file }) => file ?? []);
  return shown.filter(file => !owed.has(file)).map(file => `The file ${file} is shown, and nobody owed it.`);
}

/** Every picture that a message shows is there. */
function ofPictures({ outside: { messages, files } }: Played): string[] {
  const shown = messages.flatMap(({ message }) => JSON.stringify(message).match(/F0PICTURE\d+/g) ?? []);
  return [...new Set(shown)].filter(file => !files.get(file)).map(file => `The picture ${file} is shown and is gone.`);
}
