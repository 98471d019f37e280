import { setTimeout as wait } from 'node:timers/promises';
import { Firestore } from '@google-cloud/firestore';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '../src/job/job.ts';
import { isFinal } from '../src/job/job.ts';
import type { Ledger } from '../src/job/quota.ts';
import { pipelineJobBody } from '../src/job/request.ts';
import type { Part } from '../src/local/play.ts';
import { ask, channel, fill, open, result } from '../src/local/play.ts';
import { tpuQuota } from '../src/local/quotas/quota.ts';
import type { Stack } from '../src/local/stack.ts';
import { startStack } from '../src/local/stack.ts';
import { digest } from '../src/steps/digest.ts';
import { approvalIds } from '../src/views/approval.ts';
import { cardIds } from '../src/views/card.ts';
import { followIds } from '../src/views/post.ts';
import { switchIds } from '../src/views/switch-ids.ts';
import { specWith } from './job/sample-jobs.ts';
import { signedTo } from './signed.ts';
import { watching } from './watching.ts';

const patience = { timeout: 20_000 };
const at = { locale: 'en-US', zone: 'Europe/Paris', zoneOffset: 7200 };
const member = (name: string) => ({
  id: `U${name.toUpperCase().padEnd(8, '0')}`,
  name,
  realName: name,
  role: 'member' as const,
  ...at,
});
/** Approvers besides Ben and Chi, for a crowd of twenty. */
const crowd = Array.from({ length: 18 }, (_, i) => member(`appr${String(i + 1).padStart(2, '0')}`));
const named = {
  ana: { ...member('ana'), id: 'UANA00001' },
  ben: { ...member('ben'), id: 'UBEN00001' },
  chi: member('chi'),
  /** No approver. */
  oz: member('oz'),
  guest: { ...member('guest'), role: 'guest' as const },
  /** An approver by name, who leaves the company. */
  eve: member('eve'),
  /** An approver by a group, which they leave. */
  lea: member('lea'),
  /** An approver by name whom Slack does not tell of. */
  sam: member('sam'),
};
const everybody = [...Object.values(named), ...crowd];
const ids = (people: readonly { id: string }[]) => people.map(({ id }) => id);
const bot = 'URETORT01';

const cast = {
  people: everybody,
  channels: [
    { id: 'CDISTILL1', name: channel, kind: 'public' as const, members: [...ids(everybody), bot] },
    { id: 'CPRIVATE1', name: 'ml-leads', kind: 'private' as const, members: [...ids(everybody), bot] },
  ],
  groups: [
    // Ana asks for the jobs, and may approve those of others.
    {
      id: 'SAPPROVE1',
      handle: 'ml-approvers',
      name: 'ML approvers',
      people: ids([named.ana, named.ben, named.chi, ...crowd.slice(2)]),
    },
    // Asked for last: who is in it is not known before somebody presses who is in no other.
    { id: 'SLEAVERS1', handle: 'ml-guests', name: 'ML guests', people: [named.lea.id] },
  ],
};
const approvers = [...ids(crowd.slice(0, 2)), named.eve.id, named.sam.id, ...ids(cast.groups)].join(',');

const stack = await startStack({
  speed: 6000,
  knockEvery: 200,
  slack: { rateLimits: false, fileDelayMs: 50, ...cast },
  vertex: { quota: { TPU: 128 } },
  // An hour of TPU at this price is a euro a second.
  environment: { APPROVERS: approvers, OPEN_JOBS_PER_PERSON: '100', HOURLY_PRICES: 'TPU=3600 EUR', GPU_COUNT: '8' },
});
const { slack, vertex } = stack;

/** What a stack shows and keeps, for tests to look at and to act upon. */
function within(stack: Stack) {
  const { slack } = stack;
  const seen = watching(stack);
  const db = new Firestore({ projectId: stack.project.id, host: stack.firestore.host, ssl: false });
  const asks = new RegExp(`"${approvalIds.approve}"`);

  /** The newest job of this name. */
  async function kept(name: string): Promise<Job> {
    const found = await db.collection('jobs').where('job.spec.modelName', '==', name).get();
    const jobs = found.docs.map(document => document.get('job') as Job);
    return jobs.sort((a, b) => b.createdAt - a.createdAt)[0]!;
  }

  const job = async (id: string) => (await db.collection('jobs').doc(id).get()).get('job') as Job;

  async function decisions(id: string) {
    const found = await db.collection('audit').where('job', '==', id).get();
    return found.docs
      .map(document => document.data() as { action: string; by?: { user: string }; at: number; digest: string })
      .sort((a, b) => a.at - b.at);
  }

  const ledger = async (of: 'TPU' | 'GPU') => (await db.collection('ledgers').doc(of).get()).data() as Ledger;

  /** Waits until a job stands so in Firestore. */
  const stands = (id: string, ...states: Job['state'][]) =>
    expect.poll(async () => (await job(id)).state, patience).toBeOneOf(states);

  /** Asks for a job on TPU, and waits for its request. */
  async function requested(name: string, rest: Partial<Part> = {}) {
    const card = await ask(stack, seen.part(name, { accelerator: 'TPU', ...rest }));
    const { ts } = await seen.inThread(card, asks);
    const { id } = await kept(name);
    return { card, request: ts, id };
  }

  /** Where every card stands in the channel. */
  const cards = () => slack.messages(channel).flatMap(({ ts, threadTs }) => (threadTs ? [] : [ts]));
  const redrawn = (ts: string) => seen.blocks(slack.message(channel, ts));
  const press = (person: string, ts: string, action: string) =>
    slack.as(person).press({ channel, ts }, action, { confirmed: true });

  /** What somebody alone reads once they have done something. */
  async function answer(person: string, act: () => Promise<unknown>): Promise<string> {
    const before = slack.as(person).ephemerals().length;
    await act();
    const told = await slack.until(() => slack.as(person).ephemerals()[before], { ms: patience.timeout });
    return `${told.text} ${seen.blocks(told)}`;
  }
  const command = (person: string, line: string) => answer(person, () => slack.as(person).command(channel, line));

  /** Everything that is decided, as it is in Firestore. */
  async function everything() {
    const [jobs, audit, ledgers] = await Promise.all(
      ['jobs', 'audit', 'ledgers'].map(async name => (await db.collection(name).get()).docs),
    );
    return {
      // When a job's turn is likely follows the clock, and what is learnt of a tuned model comes after its job, whatever people do.
      jobs: Object.fromEntries(
        jobs!.map(document => [
          document.id,
          { ...document.get('job'), likely: undefined, verdict: undefined, answeredAt: undefined },
        ]),
      ),
      audit: Object.fromEntries(audit!.map(document => [document.id, document.data()])),
      // What Cloud Quotas says is read now and then, whatever people do.
      ledgers: Object.fromEntries(
        ledgers!.map(document => [document.id, { ...document.data(), capacity: undefined, askedAt: undefined }]),
      ),
    };
  }

  const pipelines = (id: string) =>
    (stack.vertex.jobs() as { name: string; state: string }[]).filter(({ name }) => name.endsWith(`/retort-${id}`));

  /** Ends whatever goes on still, so that nobody after this has to do with it. */
  async function cleared() {
    stack.vertex.speed(6000);
    const left = async () =>
      (await db.collection('jobs').get()).docs.map(document => document.get('job') as Job).filter(one => !isFinal(one));
    for (const { id } of await left()) await slack.as('ana').command(channel, `/distill cancel ${id}`);
    await expect.poll(left, patience).toEqual([]);
  }

  return {
    ...seen,
    asks,
    ...{ kept, job, decisions, ledger, stands, requested, redrawn, press, answer, command, everything, pipelines },
    cards,
    cleared,
  };
}

const {
  part,
  blocks,
  inThread,
  cardShows,
  thread,
  kept,
  job,
  decisions,
  ledger,
  stands,
  requested,
  redrawn,
  press,
  answer,
  command,
  everything,
  pipelines,
  cards,
  cleared,
} = within(stack);
afterEach(async () => {
  slack.clearFaults();
  await cleared();
});
afterAll(() => stack.close());

const uri = watching(stack).uri;
const literally = (text: string) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
const acts = (all: readonly { action: string }[]) => all.map(({ action }) => action);

/** Who sends it, and from where. */
interface Sender {
  user: string;
  team?: string;
  channel?: string;
}

const from = ({ user, team = slack.team.id }: Sender) => ({ user: { id: user, team_id: team }, team: { id: team } });

/** Presses a button as Slack would say it, whoever can press it there; returns what the person is told, or the status where the door is shut. */
async function forged(sender: Sender, action: string, value: string): Promise<string> {
  const last = slack.traffic.at(-1)?.id ?? 0;
  const told = await signedTo(stack, {
    type: 'block_actions',
    ...from(sender),
    trigger_id: '1.2.3',
    channel: { id: sender.channel ?? 'CDISTILL1' },
    container: { type: 'message' },
    actions: [{ type: 'button', action_id: action, block_id: 'decision', value }],
  });
  if (told.status !== 200) return String(told.status);
  const whisper = await slack.until(
    () =>
      slack.traffic.find(
        ({ id, what, request }) =>
          id > last && what === 'chat.postEphemeral' && (request as { user?: string }).user === sender.user,
      ),
    { ms: 8000 },
  );
  return JSON.stringify(whisper.request);
}

/** Submits the form that asks for a reason, as Slack would say it; returns what stands beside its field, or the status where the door is shut. */
async function forgedDenial(sender: Sender, job: string): Promise<string> {
  const { body, status } = await signedTo(stack, {
    type: 'view_submission',
    ...from(sender),
    view: {
      id: 'V1',
      type: 'modal',
      callback_id: approvalIds.denial,
      private_metadata: job,
      state: { values: { reason: { reason: { type: 'plain_text_input', value: 'Because.' } } } },
    },
  });
  return status === 200 ? body : String(status);
}

/** Agrees to a switch, as Slack would say it; returns what is shown in the form's place. */
async function forgedSwitch(sender: Sender, job: string): Promise<string> {
  const { body } = await signedTo(stack, {
    type: 'view_submission',
    ...from(sender),
    view: { id: 'V1', type: 'modal', callback_id: switchIds.form, private_metadata: job, state: { values: {} } },
  });
  return body;
}

/** Asks what switching a job would change. */
async function planned(person: string, job: string) {
  await slack.as(person).command(channel, `/distill switch ${job}`);
  return slack.until(() => slack.as(person).views()[0], { ms: patience.timeout });
}

/** Opens the form filled in. */
async function filled(person: string, ts: string, action: string) {
  await press(person, ts, action);
  return slack.until(
    () =>
      slack
        .as(person)
        .views()
        .find(({ values }) => /gs:/.test(JSON.stringify(values))),
    {
      ms: patience.timeout,
    },
  );
}

/** Asks again for what a job that has ended asked for, as somebody else and under another name, and waits for its request. */
async function requestedBy(person: string, ended: string, name: string) {
  const view = await filled(person, ended, cardIds.again);
  await slack.as(person).type(view.id, 'modelName', name);
  const before = new Set(slack.messages(channel).map(({ ts }) => ts));
  expect((await slack.as(person).submit(view.id)).errors).toBeUndefined();
  const { ts } = await slack.until(() => slack.messages(channel).find(one => !one.threadTs && !before.has(one.ts)));
  const request = await slack.until(() => requestsIn(ts)[0], { ms: patience.timeout });
  return { card: ts, request: request.ts, id: (await kept(name)).id };
}

/** The requests in a thread that can still be decided. */
function requestsIn(card: string) {
  return slack.thread(channel, card).filter(message => blocks(message).includes(`"${approvalIds.approve}"`));
}

/** Creates a pipeline job as somebody would who does not use Retort. Returns its display name. */
async function createPipeline(id: string, labels: Record<string, string>): Promise<string> {
  const token = await fetch(
    `http://${stack.environment.GCE_METADATA_HOST}/computeMetadata/v1/instance/service-accounts/default/token`,
    { headers: { 'Metadata-Flavor': 'Google' } },
  );
  const { access_token } = (await token.json()) as { access_token: string };
  const spec = specWith({
    accelerator: 'TPU',
    displayName: `by-hand-${id}`,
    dataset: uri('train'),
    evaluationDataset: uri('eval'),
    pipelineRoot: `gs://${stack.buckets.pipelines}/elsewhere`,
    tensorboard: undefined,
  });
  const body = pipelineJobBody({ id, spec }, { project: stack.project.id, deployment: 'retort' });
  const answer = await fetch(
    `${vertex.url}/v1/projects/${stack.project.id}/locations/us-central1/pipelineJobs?pipelineJobId=${id}`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, labels }),
    },
  );
  if (!answer.ok) throw new Error(`The pipeline job was not created: ${await answer.text()}`);
  return spec.displayName;
}

const onlyApprovers = /Only approvers can decide/;
const onlyMembers = /Only full, active members/;
const notKnown = /not known here|There is no job/;

describe('what is approved', () => {
  test('is the exact spec with the datasets as they were read: request, approval and audit carry its digest', async () => {
    const { card, request, id } = await requested('exact');
    // No such job has run here, so nothing is known of what it may cost.
    expect((await ledger('TPU'))?.took).toBeUndefined();
    expect(redrawn(request)).not.toMatch(/cost/i);
    const asked = await job(id);
    if (asked.state !== 'waiting') throw new Error(`The job is ${asked.state}.`);
    const { spec, checked } = asked;
    const generations = {
      dataset: checked.dataset.generation,
      evaluationDataset: checked.evaluationDataset?.generation,
    };
    const exact = digest({ spec, generations });
    expect(asked.request.digest).toBe(exact);
    expect(asked.digest).toBe(digest(spec));
    await press('ben', request, approvalIds.approve);
    await result(stack, card);
    expect(await job(id)).toMatchObject({ approval: { by: { user: 'UBEN00001' }, digest: exact } });
    expect(
      (await decisions(id)).filter(({ action }) => action !== 'submit').map(({ action, digest }) => [action, digest]),
    ).toEqual([
      ['ask', exact],
      ['approve', exact],
    ]);
  });

  test('is shown with its likely cost, where the operator set a price and such jobs have run', async () => {
    const took = (await ledger('TPU')).took ?? [];
    expect(took.length).toBeGreaterThan(0);
    const { request } = await requested('priced');
    const [, cost = '', jobs] =
      /Likely cost (.*), by the price the operator set and how long the last (\d+ jobs?) took/.exec(redrawn(request)) ??
      [];
    const amounts = [...cost.matchAll(/€([\d,.]+)/g)].map(([, amount = '']) => Number(amount.replaceAll(',', '')));
    expect(jobs).toBe(took.length === 1 ? '1 job' : `${took.length} jobs`);
    // A second is a euro, and three digits are shown.
    for (const [amount, ms] of [
      [amounts[0], Math.min(...took)],
      [amounts.at(-1), Math.max(...took)],
    ])
      expect(amount! / (ms! / 1000)).toBeCloseTo(1, 1);
  });
});

describe('who may not decide is told so, and nothing changes', () => {
  test('somebody who was taken out of the group of approvers after the request was drawn', async () => {
    const asked = await requested('left-group');
    expect(redrawn(asked.request)).toContain('<!subteam^SLEAVERS1>');
    slack.groups.find(({ id }) => id === 'SLEAVERS1')!.people = [];
    const before = await everything();
    expect(await answer('lea', () => press('lea', asked.request, approvalIds.approve))).toMatch(onlyApprovers);
    expect(await everything()).toEqual(before);
  });

  test('outsiders, guests, the requester, people who left, bots, strangers, and those of whom Slack does not tell', async () => {
    const asked = await requested('nobodies');
    slack.deactivate('eve');
    const before = await everything();
    const pressed = (person: string) => answer(person, () => press(person, asked.request, approvalIds.approve));
    expect(await pressed('oz')).toMatch(onlyApprovers);
    expect(await pressed('oz')).toContain('<!subteam^SAPPROVE1>');
    expect(await pressed('guest')).toMatch(onlyMembers);
    expect(await pressed('ana')).toMatch(/approved by somebody else than who asked/);
    expect(await forged({ user: named.eve.id }, approvalIds.approve, asked.id)).toMatch(onlyMembers);
    expect(await forged({ user: bot }, approvalIds.approve, asked.id)).toMatch(onlyMembers);
    expect(await forged({ user: named.ben.id, team: 'T0OTHER01' }, approvalIds.approve, asked.id)).toBe('403');
    expect(await forged({ user: 'UNOBODY01' }, approvalIds.approve, asked.id)).toMatch(/nothing was recorded/);
    slack.fault({ method: 'users.info', mode: 'error:internal_error', times: 10 });
    expect(await pressed('sam')).toMatch(/nothing was recorded/);
    expect(await everything()).toEqual(before);
    expect(redrawn(asked.request)).toContain(`"${approvalIds.approve}"`);
  });

  test('nor may they deny: they are told at once, and what they submit all the same counts for nothing', async () => {
    const asked = await requested('no-denial');
    const before = await everything();
    for (const [person, words] of [
      ['oz', onlyApprovers],
      ['guest', onlyMembers],
      ['ana', /by somebody else than who asked/],
    ] as const) {
      expect(await forgedDenial({ user: named[person].id }, asked.id)).toMatch(words);
      const seen = slack.as(person).ephemerals().length;
      const { opened } = await press(person, asked.request, approvalIds.deny);
      expect(opened).toEqual([]);
      const told = await slack.until(() => slack.as(person).ephemerals()[seen]);
      expect(told.text).toMatch(words);
    }
    expect(await forgedDenial({ user: named.ben.id, team: 'T0OTHER01' }, asked.id)).toBe('403');
    expect(await everything()).toEqual(before);
  });

  test('an approver who names a job that is none', async () => {
    const asked = await requested('no-such-job');
    const before = await everything();
    for (const id of ['nosuchjob000', '', `${asked.id}/posts/0000`, '..', 'constructor'])
      expect([id, await forged({ user: named.ben.id }, approvalIds.approve, id)]).toEqual([
        id,
        expect.stringMatching(notKnown),
      ]);
    expect(await forgedDenial({ user: named.ben.id }, 'nosuchjob000')).toMatch(notKnown);
    expect(await everything()).toEqual(before);
  });

  test('an approver who names, in one channel, a job of another', async () => {
    const asked = await requested('elsewhere');
    const before = await everything();
    const elsewhere = { user: named.ben.id, channel: 'CPRIVATE1' };
    expect.soft(await forged(elsewhere, approvalIds.approve, asked.id)).toMatch(notKnown);
    expect.soft(await everything()).toEqual(before);
  });
});

describe('one decision counts', () => {
  test('of twenty approvers who press at the same instant one decides, and the others read who did', async () => {
    const { request, id } = await requested('crowded');
    const twenty = ['ben', 'chi', ...crowd.map(({ name }) => name)];
    const before = new Map(twenty.map(name => [name, slack.as(name).ephemerals().length]));
    await Promise.all(twenty.map(name => press(name, request, approvalIds.approve)));
    const decided = await decisions(id);
    expect(acts(decided)).toEqual(['submit', 'ask', 'approve']);
    const winner = decided[2]?.by?.user ?? '';
    const others = twenty.filter(name => slack.as(name).id !== winner);
    expect(others).toHaveLength(19);
    for (const name of others) {
      const told = await slack.until(() => slack.as(name).ephemerals()[before.get(name)!], { ms: patience.timeout });
      expect(blocks(told)).toMatch(new RegExp(`Approved\\* by <@${winner}>`));
    }
    const best = twenty.find(name => slack.as(name).id === winner)!;
    expect(slack.as(best).ephemerals()).toHaveLength(before.get(best)!);
    await stands(id, 'succeeded');
    expect(pipelines(id)).toHaveLength(1);
    expect(await job(id)).toMatchObject({ approval: { by: { user: winner } } });
    expect(redrawn(request)).toMatch(new RegExp(`Approved\\* by <@${winner}>`));
    expect(redrawn(request)).not.toContain(`"${approvalIds.approve}"`);
  });

  test('whoever denies too late reads who decided', async () => {
    const { request, id } = await requested('late-denial');
    await press('chi', request, approvalIds.deny);
    const view = await slack.until(() => slack.as('chi').views()[0]);
    await press('ben', request, approvalIds.approve);
    await slack.as('chi').type(view.id, 'reason', 'No.');
    const { errors } = await slack.as('chi').submit(view.id);
    const [shown] = slack.as('chi').views();
    if (shown) await slack.as('chi').close(shown.id);
    expect(acts(await decisions(id))).toEqual(['submit', 'ask', 'approve']);
    expect(JSON.stringify([errors, shown?.blocks])).toMatch(/Nothing changed.*Approved.*UBEN00001/);
  });

  test.each([1, 2, 3])(
    'approved and withdrawn at the same instant, it is one or the other everywhere (%i)',
    async n => {
      const { card, request, id } = await requested(`withdrawn-${n}`);
      const both = [() => press('ben', request, approvalIds.approve), () => press('ana', card, cardIds.cancel)];
      await Promise.all((n % 2 ? both : both.reverse()).map(press => press()));
      await stands(id, 'cancelled', 'succeeded');
      const [, , ...after] = acts(await decisions(id));
      const { state } = await job(id);
      expect(await ledger('TPU')).toMatchObject({ held: {}, waiting: {} });
      if (after[0] === 'withdraw') {
        expect([after, state, pipelines(id)]).toEqual([['withdraw'], 'cancelled', []]);
        await slack.until(() => /Withdrawn\* by <@UANA00001>/.test(redrawn(request)));
      } else {
        // Approved first, it is a job under way that is cancelled; where its pipeline job was quicker, it has ended well.
        expect(after).toEqual(['approve', 'cancel']);
        await slack.until(() => /Approved\* by <@UBEN00001>/.test(redrawn(request)));
        const ended = { cancelled: 'PIPELINE_STATE_CANCELLED', succeeded: 'PIPELINE_STATE_SUCCEEDED' };
        for (const pipeline of pipelines(id)) expect(pipeline.state).toBe(ended[state as keyof typeof ended]);
      }
      await cardShows(card, state === 'cancelled' ? /Cancelled/ : /Done/);
      expect(redrawn(request)).not.toContain(`"${approvalIds.approve}"`);
    },
  );
});

describe('the line', () => {
  test('for the last seat: who is approved second is queued, with the place and the holder on the card, and starts by itself', async () => {
    vertex.speed(0);
    const first = await requested('line-1');
    await press('ben', first.request, approvalIds.approve);
    await stands(first.id, 'running');
    const second = await requested('line-2');
    const third = await requested('line-3');
    expect(redrawn(second.request)).toMatch(new RegExp(`0 of 64 cores free.*held by \`${first.id}\``));
    await press('ben', second.request, approvalIds.approve);
    await press('chi', third.request, approvalIds.approve);
    await cardShows(second.card, new RegExp(`Queued.*next in line.*the cores are held by job ${first.id}`));
    await cardShows(third.card, new RegExp(`Queued.*2nd in line.*the cores are held by job ${first.id}`));
    expect([pipelines(second.id), pipelines(third.id)]).toEqual([[], []]);
    expect(await ledger('TPU')).toMatchObject({
      held: { [first.id]: { units: 64, by: 'UANA00001' } },
      waiting: { [second.id]: { units: 64 }, [third.id]: { units: 64 } },
    });
    // The one before is withdrawn: the place is kept true.
    await press('ana', second.card, cardIds.cancel);
    await cardShows(third.card, /next in line/);
    vertex.speed(6000);
    await stands(third.id, 'succeeded');
    await cardShows(third.card, /Done/);
    expect(await ledger('TPU')).toMatchObject({ held: {}, waiting: {} });
  });

  test('an approval holds for what was checked: a dataset that was overwritten meanwhile is checked, and asked for, anew', async () => {
    const path = 'support/train-overwritten.jsonl';
    const rows = (count: number) =>
      Array.from(
        { length: count },
        (_, i) => `${JSON.stringify({ input_text: `in ${i}`, output_text: `out ${i}` })}\n`,
      );
    stack.storage.put(stack.buckets.datasets, path, rows(300).join(''));
    vertex.speed(0);
    const first = await requested('overwritten-1');
    await press('ben', first.request, approvalIds.approve);
    await stands(first.id, 'running');
    const second = await requested('overwritten-2', { dataset: `gs://${stack.buckets.datasets}/${path}` });
    await press('ben', second.request, approvalIds.approve);
    await stands(second.id, 'queued');
    stack.storage.put(stack.buckets.datasets, path, rows(400).join(''));
    vertex.speed(6000);
    await stands(second.id, 'replaced');
    const { id: heir } = await kept('overwritten-2');
    expect(heir).not.toBe(second.id);
    await stands(heir, 'waiting');
    await inThread(second.card, /train-overwritten\.jsonl` has changed since the check/);
    await inThread(second.card, /400 rows/);
    await cardShows(second.card, /Waiting/);
    expect([pipelines(second.id), pipelines(heir)]).toEqual([[], []]);
    expect(acts(await decisions(second.id))).toEqual(['submit', 'ask', 'approve', 'recheck']);
    expect(acts(await decisions(heir))).toEqual(['recheck', 'ask']);
    const asked = (await decisions(heir)).at(-1)?.digest;
    expect(asked).not.toBe((await decisions(second.id))[1]?.digest);
    expect((await ledger('TPU')).held).not.toHaveProperty(second.id);
    const [request, ...others] = await slack.until(
      () => requestsIn(second.card).length > 0 && requestsIn(second.card),
      { ms: patience.timeout },
    );
    expect(others).toEqual([]);
    await press('ben', request!.ts, approvalIds.approve);
    await stands(heir, 'succeeded');
  });

  test('takes turns between people, however much one has asked for', async () => {
    const template = await requested('turn-0');
    await press('ana', template.card, cardIds.cancel);
    await stands(template.id, 'cancelled');
    vertex.speed(0);
    const names = ['turn-1', 'turn-2', 'turn-3'];
    const asked = [];
    for (const name of names) asked.push(await requested(name));
    asked.push(await requestedBy('oz', template.card, 'turn-4'));
    const [first, second, third, other] = asked.map(({ id }) => id) as [string, string, string, string];
    for (const { request, id } of asked) {
      await press('ben', request, approvalIds.approve);
      if (id === first) await stands(id, 'running');
    }
    const places = async () =>
      Promise.all([other, second, third].map(async id => ((await job(id)) as { ahead?: number }).ahead));
    await expect.poll(places, patience).toEqual([0, 1, 2]);
    vertex.speed(6000);
    for (const { id } of asked) await stands(id, 'succeeded');
    const seats = await Promise.all([other, second, third].map(async id => (await job(id)) as { seatedAt?: number }));
    const times = seats.map(({ seatedAt = 0 }) => seatedAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

describe('a request that is denied', () => {
  test('tells its requester why, and goes on changed: the form opens filled in, and a successor has its card and thread', async () => {
    const { card, request, id } = await requested('denied');
    await press('ben', request, approvalIds.deny);
    const form = await slack.until(() => slack.as('ben').views()[0]);
    await slack.as('ben').type(form.id, 'reason', 'Fewer steps, please');
    expect((await slack.as('ben').submit(form.id)).errors).toBeUndefined();
    await cardShows(card, /Denied by <@UBEN00001>/);
    const told = await inThread(card, /this job/);
    expect(blocks(told)).toContain('Fewer steps, please');
    expect(blocks(told)).toMatch(/<@UANA00001>, <@UBEN00001> \*denied\*/);
    await slack.until(() => /Denied\* by <@UBEN00001>.*Fewer steps/.test(redrawn(request)));
    expect(redrawn(request)).not.toMatch(/"approve"|"deny"/);

    const button = await inThread(card, new RegExp(`"${followIds.changed}"`));
    // Somebody else who changes it begins a job of their own.
    const own = await filled('oz', button.ts, followIds.changed);
    await slack.as('oz').type(own.id, 'modelName', 'denied-of-oz');
    expect((await slack.as('oz').submit(own.id)).errors).toBeUndefined();
    await expect.poll(async () => (await kept('denied-of-oz'))?.state, patience).toBe('waiting');
    expect(await kept('denied-of-oz')).not.toHaveProperty('from');
    expect(await job(id)).not.toHaveProperty('heir');

    const before = cards();
    const view = await filled('ana', button.ts, followIds.changed);
    const values = JSON.stringify(view.values);
    for (const value of ['denied', uri('train'), uri('eval'), '60', 'TPU']) expect(values).toContain(`"${value}"`);
    await slack.as('ana').type(view.id, 'steps', '40');
    expect((await slack.as('ana').submit(view.id)).errors).toBeUndefined();
    await expect.poll(async () => (await job(id)).heir, patience).toBeDefined();
    const heir = (await job(id)).heir!;
    expect(await job(heir)).toMatchObject({ from: id, spec: { steps: 40 }, requester: { user: 'UANA00001' } });
    await cardShows(card, /Waiting for approval/);
    const next = await slack.until(() => requestsIn(card)[0], { ms: patience.timeout });
    expect(next.ts).not.toBe(request);
    expect(await job(heir)).not.toHaveProperty('approval');
    expect(acts(await decisions(id))).toEqual(['submit', 'ask', 'deny', 'succeed']);
    await press('ben', next.ts, approvalIds.approve);
    expect(await result(stack, card)).toMatch(/\/models\//);
    await cardShows(card, /Done/);
    expect(cards()).toEqual(before);
    // The button that led here is gone.
    expect(redrawn(button.ts)).toContain(heir);
    expect(redrawn(button.ts)).not.toContain(`"${followIds.changed}"`);
  });
});

describe('a queued job', () => {
  test('is switched to the other accelerator by its requester alone, who sees first what changes', async () => {
    vertex.speed(0);
    const holder = await requested('holder');
    await press('ben', holder.request, approvalIds.approve);
    await stands(holder.id, 'running');
    expect(await command('ana', `/distill switch ${holder.id}`)).toMatch(/Only a job that waits in line/);
    const { card, request, id } = await requested('switched');
    await press('ben', request, approvalIds.approve);
    await cardShows(card, /Queued/);
    expect(redrawn(card)).toContain('Switch to GPU');
    const before = await everything();
    expect(await command('oz', `/distill switch ${id}`)).toMatch(/Only who asked for this job/);
    expect(await forgedSwitch({ user: named.oz.id }, id)).toMatch(/Only who asked for this job/);
    expect(await everything()).toEqual(before);

    const view = await planned('ana', id);
    const shown = JSON.stringify(view.blocks);
    for (const change of [
      'Accelerator: TPU, 64 v3 cores → *GPU, 8 × A100 80 GB*',
      'Tuning region: europe-west4 → *us-central1*',
      'Batch size: 24 → *8*',
      /Epochs: [\d.]+ epochs → \*[\d.]+ epochs\*/,
      'Approval: needed → *not needed*',
    ])
      expect(shown).toMatch(change instanceof RegExp ? change : literally(change));
    expect(await everything()).toEqual(before);
    await slack.as('ana').submit(view.id);
    await stands(id, 'replaced');
    const { heir = '' } = await job(id);
    await stands(heir, 'running');
    expect(await job(heir)).toMatchObject({ from: id, spec: { accelerator: 'GPU', modelName: 'switched' } });
    expect(await job(heir)).not.toHaveProperty('approval');
    expect(await ledger('TPU')).toMatchObject({ waiting: {} });
    expect(await ledger('GPU')).toMatchObject({ held: { [heir]: { units: 8 } } });
    expect(acts(await decisions(id))).toEqual(['submit', 'ask', 'approve', 'move']);
    expect(pipelines(id)).toEqual([]);
    expect(await forgedSwitch({ user: named.ana.id }, id)).toMatch(
      literally(`Job ${heir} has taken its place already`),
    );
    vertex.speed(6000);
    await stands(heir, 'succeeded');
    await cardShows(card, /Done/);
    expect(thread(card).join('\n')).toContain(`retort-${heir}`);
  });

  test('that is encrypted with a key of its own cannot be switched to TPU, and its requester reads why', async () => {
    const key = 'projects/acme-ml/locations/us-central1/keyRings/ring/cryptoKeys/key';
    stack.permissions.cryptoKey(key);
    vertex.speed(0);
    const first = await ask(stack, part('gpu-holder'));
    await inThread(first, /Launched/);
    const form = await open(stack, 'ana');
    await fill(stack, form, part('encrypted'));
    await slack.as('ana').type(form, 'encryptionKey', key);
    expect((await slack.as('ana').submit(form)).errors).toBeUndefined();
    await expect.poll(async () => (await kept('encrypted'))?.state, patience).toBe('queued');
    const { id } = await kept('encrypted');
    const before = await everything();
    const view = await planned('ana', id);
    expect(view).not.toHaveProperty('submit');
    expect(JSON.stringify(view.blocks)).toMatch(/cannot run there.*CMEK works only where.*TPU tunes in europe-west4/);
    await slack.as('ana').close(view.id);
    expect(await forgedSwitch({ user: named.ana.id }, id)).toMatch(/CMEK works only where/);
    expect(await everything()).toEqual(before);
  });
});

describe('launches', () => {
  test('are paused by approvers alone: nothing is launched, whoever approves is told, and all goes on by itself once they are resumed', async () => {
    const before = await everything();
    for (const wish of ['pause', 'resume'])
      for (const [person, words] of [
        ['oz', /Only approvers can pause/],
        ['guest', onlyMembers],
      ] as const)
        expect(await command(person, `/distill ${wish}`)).toMatch(words);
    expect(await everything()).toEqual(before);

    expect(await command('ben', '/distill pause')).toMatch(/Launches are paused/);
    expect(await command('chi', '/distill pause')).toMatch(/Launches are paused/);
    expect(await ledger('TPU')).toMatchObject({ paused: { by: { user: 'UBEN00001' } } });
    expect(await ledger('GPU')).toMatchObject({ paused: { by: { user: 'UBEN00001' } } });
    const { card, request, id } = await requested('paused');
    const told = await answer('chi', () => press('chi', request, approvalIds.approve));
    expect(told).toMatch(/Approved.*paused/);
    await cardShows(card, /Queued.*launches are paused by @?<?@?UBEN00001/);
    const free = await ask(stack, part('paused-gpu'));
    await cardShows(free, /Queued.*launches are paused by/);
    expect(await command('ana', '/distill quota')).toMatch(/Launches are \*paused\* by <@UBEN00001>/);
    await stack.scheduler.knock();
    const other = (await kept('paused-gpu')).id;
    expect([pipelines(id), pipelines(other)]).toEqual([[], []]);
    expect([await ledger('TPU'), await ledger('GPU')]).toMatchObject([{ held: {} }, { held: {} }]);

    expect(await command('chi', '/distill resume')).toMatch(/go on/);
    for (const job of [id, other]) await stands(job, 'succeeded');
    expect(await ledger('TPU')).not.toHaveProperty('paused');
    const all = Object.values((await everything()).audit) as { job: string; action: string; by: { user: string } }[];
    expect(
      all
        .filter(({ action }) => action === 'pause' || action === 'resume')
        .map(({ action, by }) => [action, by.user])
        .sort(),
    ).toEqual([
      ['pause', 'UBEN00001'],
      ['resume', named.chi.id],
    ]);
  });
});

describe('App Home', () => {
  /** Opens App Home, and waits until it shows this. */
  async function home(person: string, words: RegExp) {
    await slack.as(person).openHome();
    return slack.until(
      () => {
        const shown = JSON.stringify(slack.as(person).home()?.blocks);
        return words.test(shown) && shown;
      },
      { ms: patience.timeout },
    );
  }

  test('of an approver lists what waits, with buttons that decide; of everybody else it does not', async () => {
    const first = await requested('home-1');
    const second = await requested('home-2');
    const shown = await home('ben', /home-1.*home-2|home-2.*home-1/);
    expect(shown).toContain(`"value":"${first.id}"`);
    expect(shown).toContain(`"value":"${second.id}"`);
    expect(await home('oz', /not distilled a model yet|Your last jobs/)).not.toContain('home-1');
    // Nobody decides about their own.
    expect(await home('ana', /home-1/)).not.toMatch(/"approve"|"deny"/);
    await home('chi', /home-1/);

    await slack.as('ben').press('home', approvalIds.approve, { confirmed: true, value: first.id });
    await stands(first.id, 'succeeded');
    expect(await job(first.id)).toMatchObject({ approval: { by: { user: 'UBEN00001' } } });
    await slack.until(() => !JSON.stringify(slack.as('ben').home()?.blocks).includes(first.id));

    // Chi's was drawn before: what it answers opens on top, as there is no channel to say it in.
    await slack.as('chi').press('home', approvalIds.approve, { confirmed: true, value: first.id });
    const late = await slack.until(() => slack.as('chi').views()[0], { ms: patience.timeout });
    expect(JSON.stringify(late.blocks)).toMatch(/Nothing changed.*Approved\* by <@UBEN00001>/);
    await slack.as('chi').close(late.id);

    await slack.as('chi').press('home', approvalIds.deny, { value: second.id });
    const form = await slack.until(() => slack.as('chi').views()[0]);
    await slack.as('chi').type(form.id, 'reason', 'Not from home');
    await slack.as('chi').submit(form.id);
    await stands(second.id, 'denied');
    await inThread(second.card, /Not from home/);
  });
});

describe('the commands', () => {
  test('/distill quota shows who holds, who waits, how much there is and who said so, and what runs outside Retort', async () => {
    vertex.speed(0);
    const holder = await requested('quota-holder');
    await press('ben', holder.request, approvalIds.approve);
    await stands(holder.id, 'running');
    const waiting = await requested('quota-waiting');
    await press('ben', waiting.request, approvalIds.approve);
    await cardShows(waiting.card, /Queued/);
    const outside = await createPipeline('outside1', {});
    const shown = await command('chi', '/distill quota');
    expect(shown).toMatch(/\*TPU\* in europe-west4: 64 of 64 cores held/);
    expect(shown).toMatch(/\*GPU\* in us-central1: 0 of 8 GPUs held/);
    expect(shown).toMatch(/● <[^>|]*\|quota-holder> holds 64 since .*, for <@UANA00001> · likely done/);
    expect(shown).toMatch(/1\. <[^>|]*\|quota-waiting>, for <@UANA00001> · likely/);
    expect(shown).toMatch(/As Cloud Quotas said/);
    expect(shown).toMatch(/As the operator set it/);
    expect(shown).toMatch(literally(`Started outside Retort, and in need of the same quota: \`${outside}\``));
    expect(shown).toMatch(/console\.cloud\.google\.com\/iam-admin\/quotas/);
    expect(await command('guest', '/distill quota')).toMatch(onlyMembers);
  });

  test('/distill audit shows every decision, by whom, when and for which digest', async () => {
    const { request, id, card } = await requested('audited');
    await press('ben', request, approvalIds.approve);
    await result(stack, card);
    const all = await decisions(id);
    const shown = await command('chi', `/distill audit ${id}`);
    for (const [i, words] of ['Submitted', 'Approval asked for', 'Approved'].entries()) {
      const { at, by, digest } = all[i]!;
      const when = `<!date\\^${Math.floor(at / 1000)}\\^`;
      expect(shown).toMatch(new RegExp(`${when}[^\\n]*\\*${words}\\* by <@${by?.user}> · \`${digest.slice(0, 12)}\``));
    }
    expect(await command('chi', '/distill audit audited')).toBe(shown);
    expect(await command('chi', '/distill audit nothing')).toMatch(/There is no job/);
    expect(await command('guest', `/distill audit ${id}`)).toMatch(onlyMembers);
  });
});

describe('the capacity', () => {
  test('is what Cloud Quotas says: with room for two, two run at once; and what it said stands where it says nothing any more', async () => {
    const capacity = async () => (await ledger('TPU')).capacity;
    expect(await capacity()).toMatchObject({ units: 64 });
    stack.quotas.set(tpuQuota, { limits: { 'europe-west4': 128 } });
    await expect.poll(capacity, patience).toMatchObject({ units: 128 });
    vertex.speed(0);
    const [one, two] = [await requested('wide-1'), await requested('wide-2')];
    for (const { request } of [one, two]) await press('ben', request, approvalIds.approve);
    for (const { id } of [one, two]) await stands(id, 'running');
    expect(await command('ana', '/distill quota')).toMatch(/128 of 128 cores held/);
    vertex.speed(6000);
    stack.quotas.remove(tpuQuota);
    const third = await requested('wide-3');
    await press('ben', third.request, approvalIds.approve);
    await stands(third.id, 'succeeded');
    expect(await capacity()).toMatchObject({ units: 128 });
    stack.quotas.set(tpuQuota, { limits: { 'europe-west4': 64 } });
  });
});

describe('a request that nobody answers', () => {
  /** A deployment in which requests expire after some seconds, jobs have no price, and Cloud Quotas does not answer. */
  let soon: Stack;
  let there: ReturnType<typeof within>;

  beforeAll(async () => {
    soon = await startStack({
      project: 'acme-soon',
      firestore: stack.firestore,
      speed: 6000,
      knockEvery: 200,
      slack: { rateLimits: false, fileDelayMs: 50 },
      environment: { OPEN_JOBS_PER_PERSON: '100', APPROVAL_HOURS: '0.002', QUOTAS_ENDPOINT: 'http://127.0.0.1:9' },
    });
    there = within(soon);
  });
  afterAll(() => soon.close());

  const buttons = /"approve"|"deny"/;
  const pending = (card: string) =>
    soon.slack.thread(channel, card).filter(message => buttons.test(JSON.stringify(message.blocks)));

  test('is reminded of once, expires, and is asked again at a press: a successor has the same card and thread', async () => {
    const { card, request, id } = await there.requested('expiring');
    const { slack } = soon;
    await there.inThread(card, /half the time is over, and <@UANA00001> still waits/);
    await there.stands(id, 'expired');
    await there.cardShows(card, /Expired.*nobody decided/);
    await slack.until(() => /Expired\*.*nobody decided/.test(there.redrawn(request)), { ms: patience.timeout });
    expect(there.redrawn(request)).not.toMatch(buttons);
    const told = await there.inThread(card, /<@UANA00001>, this request \*expired\*/);
    expect(there.thread(card).filter(text => /half the time is over/.test(text))).toHaveLength(1);
    expect(there.pipelines(id)).toEqual([]);
    expect(acts(await there.decisions(id))).toEqual(['submit', 'ask', 'expire']);
    expect((await there.ledger('TPU')) ?? { held: {}, waiting: {} }).toMatchObject({ held: {}, waiting: {} });

    const before = await there.everything();
    expect(await there.answer('oz', () => there.press('oz', told.ts, followIds.again))).toMatch(
      /Only who asked for this job/,
    );
    expect(await there.everything()).toEqual(before);

    const only = there.cards();
    await Promise.all([there.press('ana', told.ts, followIds.again), there.press('ana', told.ts, followIds.again)]);
    const { heir = '' } = await there.job(id);
    const successors = Object.values((await there.everything()).jobs as Record<string, Job>).filter(
      ({ from }) => from === id,
    );
    expect(successors.map(job => job.id)).toEqual([heir]);
    const [next] = await slack.until(() => pending(card).length > 0 && pending(card), { ms: patience.timeout });
    expect(await there.job(heir)).toMatchObject({ from: id, state: 'waiting', spec: (await there.job(id)).spec });
    expect(await there.job(heir)).not.toHaveProperty('approval');
    await there.press('ben', next!.ts, approvalIds.approve);
    await there.stands(heir, 'succeeded');
    await there.cardShows(card, /Done/);
    expect(there.cards()).toEqual(only);
    expect(there.redrawn(told.ts)).toContain(heir);
    expect(there.redrawn(told.ts)).not.toContain(`"${followIds.again}"`);
    expect(acts(await there.decisions(id))).toEqual(['submit', 'ask', 'expire', 'succeed']);
  });

  test('and is approved at the very instant of its expiry, is the one or the other everywhere', async () => {
    const { slack } = soon;
    /** Presses so many milliseconds before the request expires. */
    async function race({ id, request }: { id: string; request: string }, early: number) {
      const job = await there.job(id);
      if (job.state !== 'waiting') throw new Error(`The job is ${job.state}.`);
      await wait(Math.max(0, job.request.expiresAt - Date.now() - early));
      await Promise.all(['ben', 'chi'].map(person => there.press(person, request, approvalIds.approve)));
    }
    // Each is pressed a little earlier or later, so that the two meet.
    const asked: Awaited<ReturnType<typeof there.requested>>[] = [];
    const races: Promise<void>[] = [];
    for (const early of [60, 20, 0]) {
      const one = await there.requested(`instant-${early}`);
      asked.push(one);
      races.push(race(one, early));
    }
    await Promise.all(races);
    for (const { card, request, id } of asked) {
      await there.stands(id, 'expired', 'succeeded');
      const job = await there.job(id);
      const came = acts(await there.decisions(id)).slice(2);
      if (job.state === 'expired') {
        expect([came, there.pipelines(id)]).toEqual([['expire'], []]);
        expect(job).not.toHaveProperty('approval');
        await slack.until(() => /Expired\*/.test(there.redrawn(request)), { ms: patience.timeout });
        await there.cardShows(card, /Expired/);
      } else {
        expect([came, there.pipelines(id).length]).toEqual([['approve'], 1]);
        await slack.until(() => /Approved\*/.test(there.redrawn(request)), { ms: patience.timeout });
        await there.cardShows(card, /Done/);
      }
      expect(there.redrawn(request)).not.toMatch(buttons);
    }
    expect((await there.ledger('TPU')) ?? { held: {}, waiting: {} }).toMatchObject({ held: {}, waiting: {} });
  });

  test('shows no price where the operator set none, and the quota that is not known is taken for what one job needs', async () => {
    const { card, request, id } = await there.requested('unpriced');
    await there.press('ben', request, approvalIds.approve);
    await there.stands(id, 'succeeded');
    const { request: another, id: other } = await there.requested('unpriced-too');
    expect(await there.job(other)).toMatchObject({ request: { took: { jobs: expect.any(Number) } } });
    expect(there.redrawn(another)).not.toMatch(/cost/i);
    await there.cardShows(card, /Done/);
    const shown = await there.command('ana', '/distill quota');
    expect(shown).toMatch(/\*TPU\* in europe-west4: 0 of 64 cores held/);
    expect(shown).toMatch(/Cloud Quotas has not said how much there is/);
    expect(await there.ledger('TPU')).not.toHaveProperty('capacity');
  });
});
