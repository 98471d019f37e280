import { WebClient } from '@slack/web-api';
import { silent } from '../clients/silent.ts';
import { trouble } from '../clients/slack.ts';
import type { Around } from './around.ts';
import type { Check, Verdict } from './verdict.ts';

/** The scopes of the bot's token that Retort calls Slack with, or that let people call it. */
export const scopes = [
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:read',
  'files:write',
  'groups:history',
  'groups:read',
  'usergroups:read',
  'users:read',
] as const;

const reinstall =
  'npm run manifests, give out/manifests/slack-app.json to "App Manifest" at api.slack.com/apps, and reinstall the app';

/** Looks at Slack: the token, its scopes, the operator's channel, and those who may approve. */
export function slackChecks({ config }: Around): Check[] {
  const { slack, settings } = config;
  const client = new WebClient(slack.botToken, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: settings.callTime,
    logger: silent,
  });
  const tested = client.auth.test().catch((error: unknown) => trouble(error).code);
  const newToken = `reinstall the app at api.slack.com/apps, then: gcloud secrets versions add retort-slack-bot-token --data-file - --project ${settings.project}`;

  const token: Check = {
    about: 'Slack takes the bot’s token',
    async look() {
      const said = await tested;
      if (typeof said !== 'string') return { is: 'fine', said: `${said.user} in ${said.team}` };
      if (/^(not_reached|no_clear_answer|ratelimited)$/.test(said)) return { is: 'unknown', said: `Slack: ${said}` };
      return { is: 'wrong', said: `Slack says "${said}"`, run: newToken };
    },
  };
  const granted: Check = {
    about: 'the bot’s token has every scope',
    async look() {
      const said = await tested;
      const had = typeof said === 'string' ? undefined : said.response_metadata?.scopes;
      if (!had) return { is: 'unknown', said: 'Slack did not say which scopes the token has' };
      const missing = scopes.filter(scope => !had.includes(scope));
      if (!missing.length) return { is: 'fine', said: `${scopes.length} scopes` };
      return {
        is: 'wrong',
        said: `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing`,
        run: reinstall,
      };
    },
  };
  return [
    token,
    granted,
    ...(settings.alarmChannel ? [channelCheck(settings.alarmChannel, client)] : []),
    ...settings.approvers.map(id => approverCheck(id, client)),
  ];
}

function channelCheck(channel: string, client: WebClient): Check {
  return {
    about: `the operator’s channel ${channel} can be posted in`,
    look: () =>
      asked(
        async () => {
          const { channel: found } = await client.conversations.info({ channel });
          if (found?.is_member) return { is: 'fine', said: `#${found.name}` };
          return { is: 'wrong', said: 'Retort is not in it', run: '/invite @retort, there' };
        },
        { is: 'wrong', said: 'there is no such channel, or Retort is not in it', run: '/invite @retort, there' },
      ),
  };
}

function approverCheck(id: string, client: WebClient): Check {
  const elsewhere: Verdict = {
    is: 'wrong',
    said: 'there is no such person or user group',
    run: 'correct APPROVERS in manifests/service.yaml, and deploy',
  };
  return {
    about: `${id} may approve, and can`,
    look: () =>
      asked(async () => {
        if (id.startsWith('S')) {
          const { users = [] } = await client.usergroups.users.list({ usergroup: id });
          return users.length
            ? { is: 'fine', said: `${users.length} people` }
            : { ...elsewhere, said: 'nobody is in it' };
        }
        const { user } = await client.users.info({ user: id });
        const cannot = user?.deleted
          ? 'is deactivated'
          : user?.is_bot
            ? 'is a bot'
            : user?.is_restricted
              ? 'is a guest'
              : '';
        return cannot ? { ...elsewhere, said: cannot } : { is: 'fine' };
      }, elsewhere),
  };
}

/** What a call says; where Slack knows no such thing, what that means. */
async function asked(call: () => Promise<Verdict>, missing: Verdict): Promise<Verdict> {
  try {
    return await call();
  } catch (error) {
    const { code } = trouble(error);
    return /not_found|no_such|invalid_user/.test(code) ? missing : { is: 'unknown', said: `Slack: ${code}` };
  }
}
