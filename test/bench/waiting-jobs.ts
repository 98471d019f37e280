import { Firestore } from '@google-cloud/firestore';
import { WebClient } from '@slack/web-api';
import pLimit from 'p-limit';
import { firestoreJobs } from '../../src/clients/firestore.ts';
import type { Stack } from '../../src/local/stack.ts';
import type { Around } from '../../src/views/card.ts';
import { card, cardIds } from '../../src/views/card.ts';
import { wordsIn } from '../../src/views/words.ts';
import type { Jobs } from '../../src/world.ts';
import { jobIn } from '../job/sample-jobs.ts';

/** A job that waits for approval, and the payload Slack sends when its requester presses Cancel. */
export interface WaitingJob {
  id: string;
  /** Where its card stands. */
  ts: string;
  click: string;
}

/** Retort's own view of the Firestore it works on. */
export function jobsOf({ firestore, project }: Stack): Jobs {
  process.env.FIRESTORE_EMULATOR_HOST = firestore.host;
  process.env.METADATA_SERVER_DETECTION = 'none';
  const db = new Firestore({ projectId: project.id, ignoreUndefinedProperties: true });
  const clock = { now: () => Date.now(), steady: () => performance.now() };
  const times = { clock, leaseTime: 60_000, callTime: 8000 };
  return firestoreJobs(db, times);
}

/** Puts jobs that wait for approval into Firestore and their cards into Slack, as if Retort had. Nothing of them is due. */
export async function waitingJobs(
  count: number,
  { stack, jobs, channel }: { stack: Stack; jobs: Jobs; channel: string },
): Promise<WaitingJob[]> {
  const slack = new WebClient(stack.environment.SLACK_BOT_TOKEN, { slackApiUrl: stack.slack.apiUrl });
  const { id: channelId } = stack.slack.channel(channel);
  const ana = stack.slack.as('ana').id;
  const now = Date.now();
  const expiresAt = now + 8 * 3_600_000;
  const around: Around = {
    words: wordsIn('en'),
    project: stack.project.id,
    approvers: [],
    deployment: 'retort',
    version: '0.1.0',
    prices: {},
    proposed: { pipelineRoot: '', serviceAccount: undefined, tensorboards: {} },
    recipes: [],
  };

  return pLimit(32).map(Array.from({ length: count }), async (_, i) => {
    const id = `bench-${i}`;
    const job = jobIn('waiting', {
      id,
      channel: channelId,
      requester: { user: ana, team: stack.slack.team.id },
      createdAt: now,
      request: { at: now, expiresAt, quota: { capacity: 64, held: 0, waiting: 0 } },
    });
    const message = card(job, around);
    const [{ ts = '' }] = await Promise.all([
      slack.chat.postMessage({ channel: channelId, ...message }),
      jobs.create({ job }, id),
    ]);
    const held = await jobs.claim(id);
    if (!held) throw new Error(`Cannot claim job "${id}", which was just created.`);
    await jobs.release(await jobs.redrawn(held, 'card', { ts, drawn: '' }), () => expiresAt);
    return { id, ts, click: click({ id, ts, message, stack, channel }) };
  });
}

function click({
  id,
  ts,
  message,
  stack: { slack },
  channel,
}: Pick<WaitingJob, 'id' | 'ts'> & { message: object; stack: Stack; channel: string }): string {
  const team = { id: slack.team.id, domain: slack.team.domain };
  const place = { id: slack.channel(channel).id, name: channel };
  return JSON.stringify({
    type: 'block_actions',
    user: { id: slack.as('ana').id, username: 'ana', name: 'ana', team_id: team.id },
    api_app_id: slack.app.id,
    token: 'verification-token',
    container: { type: 'message', message_ts: ts, channel_id: place.id, is_ephemeral: false, thread_ts: ts },
    trigger_id: `${ts}.${id}`,
    team,
    enterprise: null,
    is_enterprise_install: false,
    channel: place,
    message: { type: 'message', user: slack.app.botUser, bot_id: slack.app.botId, team: team.id, ts, ...message },
    state: { values: {} },
    response_url: `${slack.url}/respond/${id}`,
    actions: [
      {
        type: 'button',
        action_id: cardIds.cancel,
        block_id: 'actions',
        text: { type: 'plain_text', text: 'Cancel', emoji: false },
        value: id,
        style: 'danger',
        action_ts: ts,
      },
    ],
  });
}
