import { type Answer, sendEvent } from './dispatch.ts';
import { asText, type Json } from './json.ts';
import { later, newId, nextTs, type Workspace } from './workspace.ts';

/** Tells the app of an event, and again after each of the retry delays until it answers with success. */
export async function tell(workspace: Workspace, event: Json): Promise<Answer> {
  const envelope: Json = {
    token: 'verification-token',
    team_id: workspace.team.id,
    context_team_id: workspace.team.id,
    api_app_id: workspace.app.id,
    event: { event_ts: nextTs(workspace), ...event },
    type: 'event_callback',
    event_id: newId('Ev'),
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: workspace.team.id,
        user_id: workspace.app.botUser,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event_context: newId('4-'),
  };
  const answer = await sendEvent(workspace, { envelope });
  retry(workspace, { envelope, answer, attempt: 0 });
  return answer;
}

/** Sends the challenge Slack sends when a request URL is set; whether it came back. */
export async function challenge(workspace: Workspace): Promise<boolean> {
  const word = newId('');
  const answer = await sendEvent(workspace, {
    envelope: { token: 'verification-token', challenge: word, type: 'url_verification' },
  });
  if (!answer.ok) return false;
  const echoed = typeof answer.json === 'object' && answer.json !== null && 'challenge' in answer.json;
  return (echoed ? asText((answer.json as Json).challenge) : answer.text) === word;
}

function retry(
  workspace: Workspace,
  { envelope, answer, attempt }: { envelope: Json; answer: Answer; attempt: number },
): void {
  const delay = workspace.settings.eventRetryMs[attempt];
  if (answer.ok || delay === undefined || answer.headers['x-slack-no-retry'] === '1') return;
  const reason =
    answer.problem === 'operation_timeout' ? 'http_timeout' : answer.status ? 'http_error' : 'connection_failed';
  later(workspace, delay, () => {
    const headers = { 'x-slack-retry-num': String(attempt + 1), 'x-slack-retry-reason': reason };
    void sendEvent(workspace, { envelope, headers }).then(next =>
      retry(workspace, { envelope, answer: next, attempt: attempt + 1 }),
    );
  });
}
