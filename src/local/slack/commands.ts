import { sendCommand } from './dispatch.ts';
import { type Hand, present, type Told, told, trigger, watch } from './hand.ts';
import { isJson } from './json.ts';
import { whisper } from './posting.ts';
import { Refusal } from './refusal.ts';
import { reply } from './response-urls.ts';
import { type Channel, issueResponseUrl, type Workspace } from './workspace.ts';

/** Sends a slash command from a channel and shows what it is answered with. */
export async function command(hand: Hand, { channel, line }: { channel: Channel; line: string }): Promise<Told> {
  const { workspace, person } = hand;
  present(hand, channel);
  const [word = '', ...rest] = line.trim().split(/\s+/);
  const slackbot = { channel: channel.id, person: person.id, from: 'USLACKBOT' };
  if (!workspace.settings.commands.includes(word)) {
    whisper(workspace, { ...slackbot, text: `${word} is not a valid command.` });
    return { sent: false, problem: 'not a valid command', opened: [] };
  }
  const to = { person: person.id, channel: channel.id };
  const responseUrl = issueResponseUrl(workspace, to);
  const answer = await watch(hand, () =>
    sendCommand(workspace, {
      token: 'verification-token',
      team_id: workspace.team.id,
      team_domain: workspace.team.domain,
      channel_id: channel.id,
      channel_name: { public: channel.name, private: 'privategroup', im: 'directmessage' }[channel.kind],
      user_id: person.id,
      user_name: person.name,
      command: word,
      text: escaped(workspace, rest.join(' ')),
      api_app_id: workspace.app.id,
      is_enterprise_install: 'false',
      response_url: responseUrl,
      trigger_id: trigger(hand, { channel: channel.id }),
    }),
  );
  if (answer.problem) whisper(workspace, { ...slackbot, text: `${word} failed with the error "${answer.problem}"` });
  else if (answer.text.trim()) {
    try {
      reply(workspace, {
        to: { ...to, issued: Date.now(), uses: 0 },
        body: isJson(answer.json) ? answer.json : { text: answer.text },
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      whisper(workspace, { ...slackbot, text: `${word} failed with the error "${error.code}"` });
    }
  }
  return told(answer);
}

/** Names become ids, as they do for a command that is declared with `should_escape`. */
function escaped(workspace: Workspace, text: string): string {
  return text.replaceAll(/(^|\s)([@#])([\w.-]+)/g, (whole, space: string, sign: string, name: string) => {
    const channel = [...workspace.channels.values()].find(one => one.kind !== 'im' && one.name === name);
    if (sign === '#') return channel ? `${space}<#${channel.id}|${name}>` : whole;
    const person = [...workspace.people.values()].find(one => one.name === name);
    if (person) return `${space}<@${person.id}|${name}>`;
    const group = [...workspace.groups.values()].find(one => one.handle === name);
    return group ? `${space}<!subteam^${group.id}|@${name}>` : whole;
  });
}
