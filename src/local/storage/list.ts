import type { Bucket } from './bucket.ts';
import { objectResource } from './bucket.ts';
import { invalid, Refusal } from './refusal.ts';

const largestPage = 1000;
const unknown = ['matchGlob', 'filter', 'softDeleted'];

/** One page of a bucket's objects, by name, with the prefixes under which a delimiter gathers the rest. */
export function list(bucket: Bucket, query: URLSearchParams) {
  const asked = unknown.find(parameter => query.has(parameter));
  if (asked) throw new Refusal(501, 'notImplemented', `The local Cloud Storage does not do "${asked}".`);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const size = Math.min(Number(query.get('maxResults') || largestPage), largestPage);
  if (!Number.isInteger(size) || size < 1) throw invalid(`Page size "${query.get('maxResults')}" is not valid.`);
  const after = Buffer.from(query.get('pageToken') ?? '', 'base64').toString();

  const entries = new Map<string, 'item' | 'prefix'>();
  for (const name of [...bucket.objects.keys()].sort(byBytes)) {
    if (!name.startsWith(prefix) || !within(name, query)) continue;
    const end = delimiter ? name.indexOf(delimiter, prefix.length) : -1;
    if (end < 0) entries.set(name, 'item');
    else entries.set(name.slice(0, end + delimiter.length), 'prefix');
  }
  const rest = [...entries].filter(([name]) => byBytes(name, after) > 0);
  const page = rest.slice(0, size);
  const names = (kind: string) => page.filter(entry => entry[1] === kind).map(entry => entry[0]);
  const prefixes = names('prefix');
  const last = page.at(-1)?.[0] ?? '';
  return {
    kind: 'storage#objects',
    items: names('item').flatMap(name => {
      const object = bucket.objects.get(name);
      return object ? [objectResource(bucket, object)] : [];
    }),
    prefixes: prefixes.length > 0 ? prefixes : undefined,
    nextPageToken: page.length < rest.length ? Buffer.from(last).toString('base64') : undefined,
  };
}

function within(name: string, query: URLSearchParams): boolean {
  const [start, end] = [query.get('startOffset'), query.get('endOffset')];
  return (!start || byBytes(name, start) >= 0) && (!end || byBytes(name, end) < 0);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
