import type { Message } from '../world.ts';
import { context, esc } from './text.ts';

/** Ways to say what Slack does not take as it is, the fullest first: with what pictures show in words, as a file may not be ready or be gone; and without any blocks. */
export function plainer({ text, blocks }: Message): Message[] {
  const said = blocks.map(block =>
    block.type === 'image' ? context(block.block_id ?? 'picture', [esc(block.alt_text)]) : block,
  );
  const pictures = blocks.some(({ type }) => type === 'image');
  return [...(pictures ? [{ text, blocks: said }] : []), { text, blocks: [] }];
}
