import { Trouble } from './trouble.ts';

/** Answers with the asked-for page of a list, under its name; a page token holds only for the same filter and order. */
export function page<T>(
  items: readonly T[],
  {
    name,
    view,
    query,
    most,
    usual = most,
  }: { name: string; view: (item: T) => object; query: URLSearchParams; most: number; usual?: number },
): object {
  const asked = query.get('pageSize') ?? query.get('page_size');
  const size = asked === null || asked === '0' ? usual : Number(asked);
  if (!Number.isInteger(size) || size < 0)
    throw new Trouble('INVALID_ARGUMENT', `Invalid page size "${asked}": it must be an integer that is not negative.`);
  const list = JSON.stringify([query.get('filter') ?? '', query.get('orderBy') ?? '']);
  const start = offset(query.get('pageToken') ?? query.get('page_token'), list);
  const end = start + Math.min(size, most);
  const shown = items.slice(start, end);
  return {
    ...(shown.length && { [name]: shown.map(view) }),
    ...(end < items.length && { nextPageToken: Buffer.from(JSON.stringify([end, list])).toString('base64url') }),
  };
}

function offset(token: string | null, list: string): number {
  if (!token) return 0;
  try {
    const [start, of] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [unknown, unknown];
    if (of === list && typeof start === 'number' && Number.isInteger(start) && start >= 0) return start;
  } catch {}
  throw new Trouble('INVALID_ARGUMENT', `Invalid page token "${token}": it does not belong to this list.`);
}
