import { asText, type Json } from './json.ts';

/** Calls a minute by tier, as docs.slack.dev gives them; a whole minute's allowance may be spent at once. */
export const tiers = { 2: 20, 3: 50, 4: 100 } as const;

/** How many messages a channel takes at once before `chat.postMessage` is held to one a second. */
export const postBurst = 10;

const tierOf: Record<string, keyof typeof tiers> = {
  'chat.update': 3,
  'chat.delete': 3,
  'conversations.info': 3,
  'conversations.history': 3,
  'conversations.replies': 3,
  'conversations.open': 3,
  'conversations.list': 2,
  'files.delete': 3,
  'files.list': 3,
  'users.list': 2,
  'usergroups.list': 2,
  'usergroups.users.list': 2,
};

interface Bucket {
  tokens: number;
  at: number;
}

/** The rate limits of one workspace and app; answers the seconds to wait, or nothing when the call may go on. */
export interface Rates {
  on: boolean;
  wait: (method: string, args: Json) => number | undefined;
}

/** Fresh rate limits, nothing spent. */
export function startRates({ on }: { on: boolean }): Rates {
  const buckets = new Map<string, Bucket>();
  return {
    on,
    wait(method, args) {
      if (!this.on || method === 'api.test') return undefined;
      const posting = method === 'chat.postMessage';
      const capacity = posting ? postBurst : tiers[tierOf[method] ?? 4];
      const perSecond = posting ? 1 : capacity / 60;
      const key = posting ? `${method} ${asText(args.channel)}` : method;
      const now = performance.now();
      const bucket = buckets.get(key) ?? { tokens: capacity, at: now };
      bucket.tokens = Math.min(capacity, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
      bucket.at = now;
      buckets.set(key, bucket);
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
      bucket.tokens -= 1;
      return undefined;
    },
  };
}
