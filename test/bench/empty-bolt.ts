import { App, HTTPReceiver, LogLevel } from '@slack/bolt';

/** The floor: a Bolt app that acknowledges everything and does nothing else. */
const receiver = new HTTPReceiver({ signingSecret: process.env.SLACK_SIGNING_SECRET ?? '', logLevel: LogLevel.ERROR });
const app = new App({
  receiver,
  authorize: async () => ({ botToken: process.env.SLACK_BOT_TOKEN ?? '', botId: 'B', botUserId: 'U' }),
  convoStore: false,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL ?? '' },
  deferInitialization: true,
  logLevel: LogLevel.ERROR,
});
app.command(/.*/, async ({ command, ack, client }) => {
  await ack();
  // For the floor of a submission: a form to submit, opened after the acknowledgement.
  if (command.text === 'open')
    await client.views.open({ trigger_id: command.trigger_id, view: JSON.parse(process.env.VIEW ?? '') });
});
app.action(/.*/, async ({ ack }) => ack());
app.view(/.*/, async ({ ack }) => ack());
await app.init();
const server = await receiver.start(0);
const address = server.address();
process.stdout.write(
  `${JSON.stringify({ message: 'Listening', code: typeof address === 'object' && address?.port })}\n`,
);
