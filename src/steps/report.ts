import { cardGone } from '../job/change.ts';
import type { Job } from '../job/job.ts';
import { endOf, isFinal } from '../job/job.ts';
import type { Tellable } from '../job/notice.ts';
import type { PostKind, Said, Standing } from '../job/post.ts';
import { shownInChannel, standing } from '../job/post.ts';
import { around } from '../views/around.ts';
import type { File } from '../views/attachment.ts';
import { attachment } from '../views/attachment.ts';
import { plainer } from '../views/plainer.ts';
import { post } from '../views/post.ts';
import type { Delivery, Held, Message, Owed, Sent, Settings, World } from '../world.ts';
import { SlackTrouble } from '../world.ts';
import { digest } from './digest.ts';
import { removeOldPicture } from './old-picture.ts';
import { owe, untilVisible } from './tell.ts';

type Touches = Pick<
  World,
  'jobs' | 'notices' | 'preferences' | 'slack' | 'canvas' | 'settings' | 'clock' | 'log' | 'leaving'
>;

/** After how long of trying the operator is told of a message that does not get through, in milliseconds. */
const toldAfter = 3_600_000;
/** How many looks after it was last drawn a card is sent once more at the end: longer than a call takes, and than clocks of two machines differ. */
const untilSettled = 8;
/** For how long after a job's end what Slack does not take is tried, in milliseconds. */
const longestTry = 7 * 86_400_000;
/** The messages that tell of an end, and of which. */
const toldEnds: Partial<Record<PostKind, Tellable>> = {
  refusal: 'refused',
  denial: 'denied',
  expiry: 'expired',
  result: 'succeeded',
  failure: 'failed',
  cancellation: 'cancelled',
};

/** Redraws what stands in the channel and its thread, and delivers what the job owes there, in order. The only step that speaks in channels. */
export async function report(held: Held, world: Touches): Promise<Held> {
  let newest = held;
  for (const which of standing) newest = await redraw(newest, which, world);
  if (!newest.owing) return newest;
  const posts = inTurn(await world.jobs.posts(newest));
  await tellDirectly(newest, posts, world);
  for (const owed of posts) {
    if (world.leaving.aborted) return newest;
    const { now, as } = await deliver(newest, owed, world);
    newest = now;
    if (as.is === 'sending')
      world.log.warn('It is not known whether a post was sent', { job: newest.job.id, name: owed.post.kind });
    if (as.is === 'put-off' || as.is === 'sending') return newest;
  }
  return newest;
}

/** Replies in their order, and before them a card, which is no reply: where the first was deleted, they go under the new one. */
function inTurn(owed: readonly Owed[]): readonly Owed[] {
  const isCard = ({ post }: Owed) => post.kind === 'card';
  return [...owed.filter(isCard), ...owed.filter(one => !isCard(one))];
}

interface Delivered {
  now: Held;
  as: Delivery;
}

/** Sends one message, marked beforehand and afterwards. One that was marked before is looked for first. */
async function deliver(held: Held, owed: Owed, world: Touches): Promise<Delivered> {
  const { jobs, clock } = world;
  const what = owed.post;
  if (owed.notBefore !== undefined && clock.now() < owed.notBefore)
    return { now: held, as: { is: 'put-off', notBefore: owed.notBefore } };
  let attempted = held;
  let looking = owed.state === 'sending';
  // Whoever began may still be at it: only when that is surely over is the message looked for.
  if (looking && owed.notBefore === undefined) {
    const as: Delivery = { is: 'sending', notBefore: clock.now() + world.settings.leaseTime };
    return { now: await jobs.mark(held, owed, as), as };
  }
  let as: Delivery;
  try {
    const ts = looking ? await find(held, owed, world) : undefined;
    looking = false;
    // What it shows is not known: it is redrawn.
    if (ts !== undefined) as = { is: 'sent', ts, drawn: '' };
    else if (what.kind === 'attachment') {
      const file = attachment(held.job, what.of, around(world.settings));
      // It is known by its id before anybody can see it.
      const id = await world.slack.handIn({ name: file.name, bytes: await bytesOf(file, world) });
      attempted = await jobs.mark(held, owed, { is: 'sending', thread: threadOf(held, owed), file: id });
      as = await share(attempted, { id, ...file }, world);
    } else {
      attempted = await jobs.mark(held, owed, { is: 'sending', thread: threadOf(held, owed) });
      as = await send(attempted, { ...owed, post: what }, world);
    }
  } catch (error) {
    if (!(error instanceof SlackTrouble)) throw error;
    world.log.warn('A post was not delivered', { job: held.job.id, name: owed.post.kind, code: error.code });
    as = await undelivered(held.job, { owed, error, looking }, world);
  }
  return { now: await jobs.mark(attempted, owed, as), as };
}

/** The requester who wants that is told of an end directly, too, unless they made it: owed before the thread has it, so that it is forgotten by nobody, and whether or not Slack takes anything in the channel. */
async function tellDirectly({ job, sent }: Held, posts: readonly Owed[], world: Touches): Promise<void> {
  const { id, spec, requester, cancel, channel } = job;
  const [state] = posts.flatMap(({ post }) => toldEnds[post.kind] ?? []);
  if (!state || (state === 'cancelled' && cancel?.by.user === requester.user)) return;
  if (!(await world.preferences.direct(requester.user))) return;
  const link = sent.card && world.slack.link({ channel, ts: sent.card.ts });
  await owe({ kind: 'ended', job: id, model: spec.modelName, requester: requester.user, state, link }, world);
}

/** Looks for a message where it was to be posted. Where that thread is gone, so is the message. */
async function find({ job }: Held, owed: Owed, { slack }: Touches): Promise<string | undefined> {
  const { key, thread, file, at: since } = owed;
  if (owed.post.kind === 'attachment') return file && slack.shownAs(file, job);
  try {
    return await slack.find({ channel: job.channel, ...(thread && { thread }), job: job.id, key, since });
  } catch (error) {
    if (error instanceof SlackTrouble && error.about === 'gone') return undefined;
    throw error;
  }
}

/** The thread a message belongs into; none, where it is the card or there is no card. */
function threadOf({ sent }: Held, { post }: Owed): string | undefined {
  return post.kind === 'card' ? undefined : sent.card?.ts;
}

/** What a file holds. A picture that cannot be drawn will not be drawn later either. */
async function bytesOf(file: File, { canvas }: Touches): Promise<Uint8Array> {
  if ('text' in file) return Buffer.from(file.text);
  try {
    return await canvas.draw(file.chart);
  } catch (cause) {
    throw new SlackTrouble({ kind: 'refused', code: 'not_drawn', cause });
  }
}

/** Shows a file that was handed in: a reply, where there is a card; in the channel, where that is gone. */
async function share(
  { job, sent, ours }: Held,
  { id, name, comment }: { id: string } & File,
  { slack }: Touches,
): Promise<Delivery> {
  const file = { id, name, comment: String(comment) };
  const to = { channel: job.channel, ours };
  const thread = sent.card?.ts;
  try {
    return { is: 'sent', ts: await slack.share(file, { ...to, thread }) };
  } catch (error) {
    if (!(error instanceof SlackTrouble) || error.about !== 'gone' || !thread) throw error;
    return { is: 'sent', ts: await slack.share(file, to) };
  }
}

async function send(
  held: Held,
  owed: Owed & { post: Said },
  { slack, settings, clock, log }: Touches,
): Promise<Delivery> {
  const { job, ours } = held;
  const message = post(job, owed.post, around(settings));
  const drawn = digest(message);
  const to = { channel: job.channel, job: job.id, key: owed.key, ours };
  const thread = threadOf(held, owed);
  try {
    const inChannel = shownInChannel.has(owed.post.kind);
    return { is: 'sent', ts: await slack.send(message, { ...to, thread, inChannel }), drawn, at: clock.now() };
  } catch (error) {
    if (!(error instanceof SlackTrouble) || error.kind !== 'refused') throw error;
    const { about, code } = error;
    if (about !== 'content' && !(about === 'gone' && thread)) throw error;
    log.warn('A post is sent as far as Slack takes it', { job: job.id, name: owed.post.kind, code });
    const ts =
      about === 'content'
        ? await asFarAsTaken(plainer(message), one => slack.send(one, { ...to, thread }))
        : await slack.send(message, to);
    return { is: 'sent', ts, drawn, at: clock.now() };
  }
}

/** Says a message in the first of some ways that Slack takes. */
async function asFarAsTaken<T>(ways: readonly Message[], say: (message: Message) => Promise<T>): Promise<T> {
  const [way, ...others] = ways;
  if (!way) throw new Error('There is no way to say a message.');
  try {
    return await say(way);
  } catch (error) {
    if (!others.length || !(error instanceof SlackTrouble) || error.about !== 'content') throw error;
    return asFarAsTaken(others, say);
  }
}

/** What becomes of a message that was not delivered, and who has to know. `looking`: it was sent before without a known outcome, and could not be looked for. */
async function undelivered(
  job: Job,
  { owed, error, looking }: { owed: Owed; error: SlackTrouble; looking: boolean },
  world: Touches,
): Promise<Delivery> {
  const { clock, settings } = world;
  const now = clock.now();
  const { about, code } = error;
  const putOff = (pause: number): Delivery => ({ is: looking ? 'sending' : 'put-off', notBefore: now + pause });
  // Ever more rarely, the longer it lasts.
  const patiently = () => putOff(Math.max(settings.lookEvery, (now - owed.at) / 8));
  const name = { job: job.id, key: owed.key, code };
  if (isFinal(job) && now - Math.max(endOf(job), owed.at) > longestTry) {
    await owe({ kind: 'given-up', job: job.id, code }, world);
    return { is: 'dead', code };
  }
  // Without the scope for files, what else is owed is told all the same.
  const waits = !looking && owed.post.kind !== 'attachment';
  if (about === 'credentials' || (about === 'scope' && waits)) {
    await owe({ kind: 'credentials', code }, world);
    return patiently();
  }
  if (about === 'channel') {
    await oweChannel(job, code, world);
    return patiently();
  }
  if (error.kind === 'refused') {
    await owe({ kind: looking ? 'unclear' : 'unsaid', ...name }, world);
    return { is: 'dead', code };
  }
  if (now - owed.at > toldAfter) await owe({ kind: 'stuck', ...name }, world);
  if (error.kind === 'later') return putOff(error.retryAfter);
  const pause = Math.max(untilVisible(settings), (now - owed.at) / 8);
  return { is: 'sending', notBefore: now + pause };
}

/** The requester is told that their job cannot be told of in its channel. */
function oweChannel({ id, spec, requester, channel }: Job, code: string, world: Touches): Promise<void> {
  return owe({ kind: 'channel', job: id, model: spec.modelName, requester: requester.user, channel, code }, world);
}

async function redraw(held: Held, which: Standing, world: Touches): Promise<Held> {
  const { jobs, slack, settings, clock, log } = world;
  const { job } = held;
  const stood = held.sent[which];
  if (!stood || stood.passedOn) return held;
  const message = post(job, { kind: which }, around(settings));
  const drawn = digest(message);
  const settles = isFinal(job) && !stood.settled && clock.now() >= settledAt(stood, job, settings);
  if (drawn === stood.drawn && !settles) return held;
  const settled = settles && drawn === stood.drawn;
  const { ts, picture } = stood;
  const now = { ts, drawn, at: clock.now(), ...(picture && { picture }), ...(settled && { settled }) };
  const at = { channel: job.channel, ts, ours: held.ours };
  const chart = which === 'card' && 'chart' in job ? job.chart : undefined;
  try {
    await asFarAsTaken([message, ...plainer(message)], one => slack.redraw(one, at));
    // Nothing shows the last picture but one any more, and no later look will take it away.
    if (settled) await removeOldPicture(chart?.before, job, world);
  } catch (error) {
    if (!(error instanceof SlackTrouble)) throw error;
    log.warn('A message was not redrawn', { job: job.id, name: which, code: error.code });
    const { kind, about, code } = error;
    if (about === 'credentials' || about === 'scope') await owe({ kind: 'credentials', code }, world);
    if (about === 'channel') await oweChannel(job, code, world);
    // It may be redrawn as soon as the channel is open again, or the scope is there.
    if (kind !== 'refused' || about === 'channel' || about === 'scope') return held;
    const after = error.about === 'gone' && which === 'card' ? await jobs.commit(held, cardGone) : held;
    return jobs.redrawn(after, which, now);
  }
  return jobs.redrawn(held, which, { ...now, ...(chart && { picture: chart.file }) });
}

/** When what stands for a job that has ended is to be sent once more, in milliseconds since 1970: an earlier redrawing whose answer was lost may have come late. Undefined where that is done, or nothing stands. */
export function settlesAt({ job, sent }: Held, settings: Settings): number | undefined {
  const open = standing.flatMap(which => {
    const stood = sent[which];
    return stood && !stood.settled && !stood.passedOn ? settledAt(stood, job, settings) : [];
  });
  return open.length ? Math.min(...open) : undefined;
}

function settledAt({ at }: Sent, job: Job, { lookEvery }: Pick<Settings, 'lookEvery'>): number {
  return Math.max(at ?? 0, endOf(job)) + untilSettled * lookEvery;
}

/** Whether every message that stands for the job shows it as it is. */
export function showsIt({ job, sent }: Held, settings: Settings): boolean {
  return standing.every(which => {
    const stood = sent[which];
    return !stood || stood.passedOn || stood.drawn === digest(post(job, { kind: which }, around(settings)));
  });
}
