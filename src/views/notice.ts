import type { Notice } from '../job/notice.ts';
import type { Message } from '../world.ts';
import type { Around } from './card.ts';
import type { Mrkdwn } from './text.ts';
import { clip, join, limits, section, unformatted } from './text.ts';
import type { Words } from './words.ts';

/** What somebody is told outside of any thread. */
export function notice(owed: Notice, { words }: Around): Message {
  const lines = said(owed, words);
  return { text: unformatted(clip(join(lines, ' '), limits.messageText)), blocks: [section('said', lines)] };
}

function said(owed: Notice, { notices: say }: Words): Mrkdwn[] {
  switch (owed.kind) {
    case 'channel':
      return [say.channel(owed.model, owed.channel, owed.code), say.meanwhile(owed.job)];
    case 'ended':
      return [say.ended(owed.model, owed.state, owed.link), say.elsewhere(owed.job)];
    case 'unclear':
      return [say.unclear(owed.job, owed.key)];
    case 'stuck':
      return [say.stuck(owed.job, owed.key, owed.code)];
    case 'given-up':
      return [say.givenUp(owed.job, owed.code)];
    case 'untold':
      return [say.untold(owed.job, owed.requester, owed.channel, owed.code)];
    case 'unsaid':
      return [say.unsaid(owed.job, owed.key, owed.code)];
    case 'credentials':
      return [say.credentials(owed.code)];
    case 'foreign':
      return [say.foreign(owed.job)];
    case 'orphan':
      return [say.orphan(owed.job, owed.run)];
    default:
      return owed satisfies never;
  }
}
