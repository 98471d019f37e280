import type { KnownBlock } from '@slack/types';
import type { Spec } from '../job/spec.ts';
import type { Contestant, Verdict } from '../job/verdict.ts';
import { aheadAt, contestantsOf, missedAt, scoreOf } from '../job/verdict.ts';
import type { Mrkdwn } from './text.ts';
import { context, section } from './text.ts';
import type { Words } from './words.ts';

/** A verdict in words: its first line, and what stands below it. */
export function verdictWords(verdict: Verdict, spec: Spec, { posts }: Words): { title: Mrkdwn; blocks: KnownBlock[] } {
  const { verdict: say } = posts;
  if (verdict.hindrance) return { title: say.hindered[verdict.hindrance], blocks: [] };
  const name = (who: Contestant) => say.names[who](spec);
  const score = (who: Contestant) => scoreOf(verdict.sheets[who]);
  const scores = contestantsOf(spec).map(who => {
    const found = score(who);
    return found ? say.score(name(who), found) : say.silent(name(who), verdict.sheets[who]?.out);
  });
  const pairs = [
    ['tuned', 'student'],
    ['student', 'tuned'],
    ['teacher', 'tuned'],
  ] as const;
  const missed = missedAt(verdict, 'tuned');
  const rows = [
    ...pairs.flatMap(([one, other]) => {
      const lines = score(one) && score(other) ? aheadAt(verdict, one, other) : [];
      return lines.length ? [say.ahead(name(one), name(other), lines)] : [];
    }),
    ...(score('tuned') ? [missed.length ? say.missed(missed) : say.allMatched] : []),
  ];
  return {
    title: say.title(verdict.lines.length),
    blocks: [
      section('scores', scores),
      ...(rows.length ? [section('rows', rows)] : []),
      context('method', [say.method]),
    ],
  };
}
