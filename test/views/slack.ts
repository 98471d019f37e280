import type { HomeView, KnownBlock, ModalView } from '@slack/types';
import { expect } from 'vitest';
import type { Message } from '../../src/world.ts';

type Json = Record<string, unknown>;

/** Whether something is what Slack takes, in Slack's own numbers: what is wrong with it, if anything. */
export function wrongWith(shown: Message | ModalView | HomeView): string[] {
  const wrong: string[] = [];
  const say = (fault: string | false) => fault && wrong.push(fault);
  const isMessage = 'text' in shown;
  const blocks = shown.blocks as KnownBlock[];
  const most = isMessage ? 50 : 100;
  say((blocks.length < 1 || blocks.length > most) && `${blocks.length} blocks`);
  const ids = blocks.map(block => block.block_id);
  say(ids.some(id => !id) && 'a block without an id');
  say(new Set(ids).size !== ids.length && 'two blocks of one id');
  if (isMessage) {
    within('text', shown.text, 4000);
    say(total(blocks) > 9000 && `${total(blocks)} characters in all`);
  }
  if ('title' in shown) within('title', shown.title.text, 24);
  if ('private_metadata' in shown) say((shown.private_metadata?.length ?? 0) > 3000 && 'private_metadata');
  say(JSON.stringify(shown).length > 250_000 && 'a view above 250 KB');
  for (const block of blocks) check(block);
  for (const part of strings(shown)) say(hidden.test(part) && `a character that cannot be seen in ${part}`);
  for (const part of isMessage ? [shown.text, ...marked(blocks)] : marked(blocks))
    say(foreign(part) && `markup that is not ours in ${part}`);
  return wrong;

  function within(name: string, text: string, limit: number) {
    say((text.length < 1 || text.length > limit) && `${name} has ${text.length} characters`);
  }

  function check(block: KnownBlock) {
    switch (block.type) {
      case 'section':
        within('section', block.text?.text ?? '', 3000);
        break;
      case 'context':
        say((block.elements.length < 1 || block.elements.length > 10) && `${block.elements.length} context elements`);
        for (const element of block.elements) if ('text' in element) within('context', element.text, 2000);
        break;
      case 'header':
        within('header', block.text.text, 150);
        break;
      case 'image':
        within('alt_text', block.alt_text, 2000);
        break;
      case 'rich_text':
        for (const text of texts(block)) within('rich text', text, 10_000);
        break;
      case 'input':
        within('label', block.label.text, 2000);
        within('hint', block.hint?.text ?? '–', 2000);
        break;
      case 'actions': {
        const { elements } = block;
        say((elements.length < 1 || elements.length > 25) && `${elements.length} elements`);
        say(new Set(elements.map(it => it.action_id)).size !== elements.length && 'two elements of one id');
        for (const element of elements) {
          if (element.type === 'button') {
            within('button', element.text.text, 75);
            within('value', element.value ?? 'none', 2000);
            say((element.url?.length ?? 0) > 3000 && 'a long url');
            if (element.confirm) {
              within('confirm title', element.confirm.title?.text ?? '', 100);
              within('confirm text', element.confirm.text.text, 300);
              within('confirm', element.confirm.confirm?.text ?? '', 30);
              within('deny', element.confirm.deny?.text ?? '', 30);
            }
          }
          if (element.type === 'overflow')
            for (const option of element.options) {
              within('option', option.text.text, 75);
              within('option value', option.value ?? '', 75);
            }
        }
        break;
      }
      case 'divider':
        break;
      default:
        say(`a block of type ${block.type}`);
    }
  }
}

/** Expects something to be what Slack takes. */
export function expectFit(shown: Message | ModalView | HomeView): void {
  expect(wrongWith(shown)).toEqual([]);
}

/** All that a message or view says, in the order in which it is read. */
export function said(shown: { text?: string; blocks: readonly unknown[] }): string {
  return texts(shown.blocks).join('\n');
}

/** The ids of what can be pressed. */
export function pressable(shown: { blocks: readonly unknown[] }): unknown[] {
  return all(shown.blocks).flatMap(it => ('action_id' in it ? [it.action_id] : []));
}

const hidden = /[^\P{Cc}\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]|\p{Cs}/u;

// Everything in angle brackets that the product makes: users, groups, channels, dates, links to Google's console and to Slack.
const ours =
  /<(?:@[A-Z0-9]+|!subteam\^[A-Z0-9]+|#[A-Z0-9]+|!date\^\d+\^[^<>|^]*\|[\d: -]+UTC|https:\/\/(?:(?:console\.|docs\.)?cloud\.google\.com|acme\.slack\.com)\/[^<>|]*\|[^<>|]*)>/g;

function foreign(markup: string): boolean {
  return /[<>]|&(?!amp;|lt;|gt;)/.test(markup.replace(ours, ''));
}

function total(blocks: readonly KnownBlock[]): number {
  return texts(blocks).reduce((sum, text) => sum + text.length, 0);
}

function all(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(all);
  if (typeof value !== 'object' || value === null) return [];
  return [value as Json, ...Object.values(value).flatMap(all)];
}

function texts(value: unknown): string[] {
  return all(value).flatMap(it =>
    ['text', 'alt_text'].flatMap(name => (typeof it[name] === 'string' ? [it[name] as string] : [])),
  );
}

/** What Slack reads as markup; in rich text it reads none. */
function marked(blocks: readonly unknown[]): string[] {
  return all(blocks).flatMap(it => (it.type === 'mrkdwn' ? [it.text as string] : []));
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}
