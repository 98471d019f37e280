import type { Part } from '../src/local/play.ts';
import { channel } from '../src/local/play.ts';
import type { StandIns } from '../src/local/stack.ts';

/** How long something is waited for, in milliseconds. */
const patience = 20_000;

/** What people can see of a stack's jobs, for tests to read and to wait for. */
export function watching({ slack, buckets }: Pick<StandIns, 'slack' | 'buckets'>) {
  const uri = (name: string) => `gs://${buckets.datasets}/support/${name}.jsonl`;
  const blocks = (message: { blocks: unknown } | undefined) => JSON.stringify(message?.blocks ?? []);
  const cardText = (card: string) => slack.message(channel, card)?.text ?? '';
  const says = (words: RegExp) => (message: { text: string; blocks: unknown }) =>
    words.test(message.text) || words.test(blocks(message));
  return {
    uri,
    blocks,
    cardText,
    /** A small job on GPUs, which needs no approval. */
    part: (modelName: string, rest: Partial<Part> = {}): Part => ({
      modelName,
      dataset: uri('train'),
      evaluationDataset: uri('eval'),
      accelerator: 'GPU',
      steps: 60,
      ...rest,
    }),
    thread: (card: string) => slack.thread(channel, card).map(message => message.text),
    /** Waits for a reply with these words in it. */
    inThread: (card: string, words: RegExp) =>
      slack.until(() => slack.thread(channel, card).find(says(words)), { ms: patience }),
    /** Waits until a card's text has these words in it. */
    cardShows: (card: string, words: RegExp) => slack.until(() => words.test(cardText(card)), { ms: patience }),
    /** Waits for a message in any conversation, with these words in it. */
    inChannel: (name: string, words: RegExp) =>
      slack.until(() => slack.messages(name).find(says(words)), { ms: patience }),
  };
}
