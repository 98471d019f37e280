import { App, HTTPReceiver, LogLevel } from '@slack/bolt';

/** The floor: a Bolt app that acknowledges everything and does nothing. */
const receiver = new HTTPReceiver({ signingSecret: process.env.SLACK_SIGNING_SECRET ?? '', logLevel: LogLevel.ERROR });
const app = new App({
  receiver,
  authorize: async () => ({ botToken: process.env.SLACK_BOT_TOKEN ?? '', botId: 'B', botUserId: 'U' }),
  convoStore: false,
  deferInitialization: true,
  logLevel: LogLevel.ERROR,
});
app.command(/.*/, async ({ ack }) => ack());
app.action(/.*/, async ({ ack }) => ack());
app.view(/.*/, async ({ ack }) => ack());
await app.init();
const server = await receiver.start(0);
const address = server.address();
process.stdout.write(
  `${JSON.stringify({ message: 'Listening', code: typeof address === 'object' && address?.port })}\n`,
);
