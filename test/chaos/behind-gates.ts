import type { StandIns } from '../../src/local/stack.ts';
import { route } from '../../src/local/vertex/routes.ts';
import type { Behind } from './gate.ts';

const json = { 'content-type': 'application/json; charset=UTF-8' };
const again = { 'retry-after': '1' };

/** What stands behind each gate that speaks HTTP, how its calls are named, and how it refuses. */
export function behindGates({ slack, vertex, storage }: StandIns): Record<'slack' | 'vertex' | 'storage', Behind> {
  return {
    slack: {
      service: 'Slack',
      target: slack.url,
      opOf: ({ url }) => {
        const [, first = '', second = ''] = url.pathname.split('/');
        return first === 'api' ? second : first;
      },
      refusal: status =>
        status === 429
          ? { headers: { ...json, ...again }, body: Buffer.from('{"ok":false,"error":"ratelimited"}') }
          : { headers: { 'content-type': 'text/html' }, body: Buffer.from('<html><body>Server Error</body></html>') },
    },
    vertex: {
      service: 'Vertex',
      target: vertex.url,
      opOf: ({ method, url }) => route({ method, path: decodeURIComponent(url.pathname) })?.op ?? url.pathname,
      refusal: status => {
        const [name, message] = errors[status];
        return { headers: json, body: Buffer.from(JSON.stringify({ error: { code: status, message, status: name } })) };
      },
    },
    storage: {
      service: 'Storage',
      target: storage.url,
      opOf: ({ method, url }) => {
        if (url.pathname.includes('/upload/')) return 'upload';
        if (url.pathname.includes('/iam/')) return 'testPermissions';
        if (!url.pathname.includes('/o/')) return `${method} bucket`;
        return url.searchParams.get('alt') === 'media' ? 'read' : `${method} object`;
      },
      refusal: status => {
        const [reason, message] = errors[status];
        const error = { code: status, message, errors: [{ message, domain: 'global', reason }] };
        return { headers: { ...json, ...(status === 429 && again) }, body: Buffer.from(JSON.stringify({ error })) };
      },
    },
  };
}

const errors = {
  429: ['RESOURCE_EXHAUSTED', 'Quota exceeded for requests per minute.'],
  500: ['INTERNAL', 'Internal error encountered.'],
  503: ['UNAVAILABLE', 'The service is currently unavailable.'],
} as const;
