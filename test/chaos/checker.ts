import { setTimeout as wait } from 'node:timers/promises';
import type { DocumentReference } from '@google-cloud/firestore';
import type { PipelineJob, Played, Story } from './story.ts';
import { channel, has, isFarOff, messagesOf, ofJob, runsOf } from './story.ts';
import type { Theatre } from './theatre.ts';

/** How a job may have ended, by story: its state, and what Vertex AI says of its pipeline job. */
const endings: Record<Story, Record<string, string | undefined>> = {
  approved: { succeeded: 'SUCCEEDED' },
  free: { succeeded: 'SUCCEEDED' },
  tuned: { succeeded: 'SUCCEEDED' },
  stopped: { cancelled: 'CANCELLED', succeeded: 'SUCCEEDED' },
  // Who succeeds while being cancelled has succeeded.
  cancelled: { cancelled: 'CANCELLED', succeeded: 'SUCCEEDED' },
  denied: { denied: undefined },
  withdrawn: { cancelled: undefined },
};

/** What a card says of a job that has ended. */
const words: Record<string, string> = { succeeded: 'Done', cancelled: 'Cancelled', denied: 'Denied' };

const decisions: Record<Story, readonly string[]> = {
  approved: ['submit', 'ask', 'approve'],
  free: ['submit'],
  tuned: ['submit'],
  stopped: ['submit', 'cancel'],
  cancelled: ['submit', 'cancel'],
  denied: ['submit', 'ask', 'deny'],
  withdrawn: ['submit', 'ask', 'withdraw'],
};

/** How long a job may still be in somebody's hand, in milliseconds: less than a lease, so that one that is left is seen. */
const patience = 2000;

interface JobDocument {
  job: { state: string; chart?: { file: string } };
  lease: unknown;
  due: number | null;
  posts: number;
  delivered: number;
}

type Thread = (ReturnType<typeof messagesOf>[number] & { key: string })[];

/** Reads the world after stories were played, and says all that is wrong with it; nothing, where all is well. */
export async function wrongs(played: readonly Played[], theatre: Theatre): Promise<string[]> {
  const each = await Promise.all(played.map(async one => [...one.stuck, ...(await wrongOf(one, theatre))]));
  return [...each.flat(), ...(await strays(theatre)), ...theatre.fleet.crashes()];
}

async function wrongOf({ story, name }: Played, theatre: Theatre): Promise<string[]> {
  const found = await theatre.store.collection('jobs').where('job.spec.modelName', '==', name).get();
  if (found.size !== 1) return [`${name}: ${found.size} jobs were recorded for one form.`];
  const { id, ref } = found.docs[0]!;
  const document = await comeToRest(ref);
  const { state } = document.job;
  const audit = await theatre.store.collection('audit').where('job', '==', id).get();
  const posts = await ref.collection('posts').orderBy('sequence').get();
  const keyOfFile = (ts: string) => posts.docs.find(post => post.get('ts') === ts)?.id ?? 'of a file';
  const thread = messagesOf(id, theatre).map(one => ({ ...one, key: keyOf(one) || keyOfFile(one.ts) }));
  const inbox = await theatre.store.collection('inbox').where('job', '==', id).get();
  const ending = endings[story];
  const taken = audit.docs.map(record => String(record.get('action')));
  const sentences = [
    ...(state in ending ? [] : [`is ${state}`]),
    ...atRest(document),
    ...owed(
      posts.docs.map(post => ({ key: post.id, state: post.get('state'), ts: post.get('ts') })),
      thread,
    ),
    ...told(thread),
    ...drawn(document, thread),
    ...pipelines(runsOf(id, theatre), ending[state]),
    ...differences('decisions in the audit', taken, decisions[story]),
    ...(inbox.size === 1 ? [] : [`stands ${inbox.size} times in the inbox`]),
    ...(await seats(id, theatre)),
  ];
  return sentences.map(sentence => `${name} (${id}): ${sentence}.`);
}

/** The job once nobody has it in hand. Nobody knocks meanwhile: what a door still does after its answer ends by itself. */
async function comeToRest(ref: DocumentReference): Promise<JobDocument> {
  const deadline = performance.now() + patience;
  for (;;) {
    const document = (await ref.get()).data() as JobDocument;
    if (!atRest(document).length || performance.now() > deadline) return document;
    await wait(20);
  }
}

function atRest({ lease, due, posts, delivered }: JobDocument): string[] {
  return [
    ...(lease === null ? [] : ['a lease is left']),
    ...(isFarOff(due) ? [] : ['is due for ever']),
    ...(posts === delivered ? [] : [`${posts} posts are owed and ${delivered} are done with`]),
  ];
}

/** Every post was sent, and what was sent stands in Slack. */
function owed(posts: readonly { key: string; state: string; ts?: string }[], thread: Thread): string[] {
  const keys = new Set(posts.map(({ key }) => key));
  return [
    ...posts.flatMap(({ key, state, ts }) => {
      if (state !== 'sent') return [`post ${key} is ${state}`];
      return thread.some(message => message.ts === ts && message.key === key)
        ? []
        : [`post ${key} was sent and is not there`];
    }),
    ...thread.filter(message => !keys.has(message.key)).map(message => `nobody owed the message ${message.key}`),
  ];
}

/** Each message once, in order. */
function told(thread: Thread): string[] {
  const keys = thread.map(({ key }) => key);
  const twice = [...new Set(keys.filter((key, i) => keys.indexOf(key) !== i))];
  const replies = thread.filter(message => message.threadTs).map(({ key }) => key);
  const ordered = replies.every((key, i) => i === 0 || key >= replies[i - 1]!);
  return [
    ...twice.map(key => `the message ${key} is there ${keys.filter(one => one === key).length} times`),
    ...(ordered ? [] : [`the thread is out of order: ${replies.join(', ')}`]),
  ];
}

/** The card and the request show the end. */
function drawn({ job }: JobDocument, thread: Thread): string[] {
  const card = thread.find(message => !message.threadTs);
  if (!card) return ['there is no card'];
  const request = thread.find(message => /"block_id":"request"/.test(JSON.stringify(message.blocks)));
  const word = words[job.state] ?? job.state;
  return [
    ...(card.text.includes(word) ? [] : [`the card does not say "${word}": "${card.text}"`]),
    ...(has(card, 'cancel') ? ['the card can still be cancelled'] : []),
    ...(job.chart && !JSON.stringify(card.blocks).includes(job.chart.file) ? ['the card shows another chart'] : []),
    ...(request && has(request, 'approve') ? ['the request can still be approved'] : []),
  ];
}

function pipelines(runs: readonly PipelineJob[], wanted: string | undefined): string[] {
  const states = runs.map(run => run.state.replace(/^(PIPELINE|JOB)_STATE_/, ''));
  return differences('pipeline jobs', states, wanted === undefined ? [] : [wanted]);
}

async function seats(id: string, { store }: Theatre): Promise<string[]> {
  const ledgers = await store.collection('ledgers').get();
  return ledgers.docs.flatMap(ledger =>
    ['held', 'waiting'].flatMap(list =>
      id in (ledger.get(list) ?? {}) ? [`is ${list} in the ledger ${ledger.id}`] : [],
    ),
  );
}

/** What belongs to no job that is known. */
async function strays(theatre: Theatre): Promise<string[]> {
  const jobs = new Set((await theatre.store.collection('jobs').select().get()).docs.map(document => document.id));
  const messages = theatre.slack.messages(channel).filter(message => message.metadata);
  const runs = theatre.vertex.jobs() as PipelineJob[];
  const notices = await theatre.store.collection('notices').get();
  return [
    ...notices.docs.map(
      notice => `Somebody is told of trouble that there was not: ${JSON.stringify(notice.get('notice'))}.`,
    ),
    ...messages.filter(one => !jobs.has(ofJob(one) ?? '')).map(one => `The message "${one.text}" is of no known job.`),
    ...runs.filter(run => !jobs.has(run.labels?.['retort-job'] ?? '')).map(run => `"${run.name}" is of no known job.`),
  ];
}

function differences(what: string, is: readonly string[], shall: readonly string[]): string[] {
  const said = (list: readonly string[]) => [...list].sort().join(', ') || 'none';
  return said(is) === said(shall) ? [] : [`${what}: ${said(is)}, where there should be ${said(shall)}`];
}

function keyOf({ metadata }: { metadata?: unknown }): string {
  return (metadata as { event_payload?: { key?: string } } | undefined)?.event_payload?.key ?? '';
}
