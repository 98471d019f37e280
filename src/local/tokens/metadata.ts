import type { IncomingHttpHeaders } from 'node:http';

/** What the metadata server knows of the machine it pretends to serve. */
export interface Machine {
  projectId: string;
  projectNumber: string;
  serviceAccount: string;
  accessToken(): { access_token: string; expires_in: number; token_type: string };
  idToken(claims: { audience: string; email: string }, format: 'full' | 'standard'): string;
}

interface Answer {
  status: number;
  type: string;
  body: string;
}

const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

/** Answers as the metadata server of a machine at Google does (https://cloud.google.com/compute/docs/metadata/querying-metadata). */
export function answerMetadata(
  { method, url, headers }: { method: string; url: URL; headers: IncomingHttpHeaders },
  machine: Machine,
): Answer {
  const path = url.pathname.replace(/\/$/, '');
  if (path === '') return text('computeMetadata/\n');
  if (!path.startsWith('/computeMetadata/v1')) return refuse(404, `There is no "${path}" here.`);
  if (headers['metadata-flavor'] !== 'Google') return refuse(403, 'Missing Metadata-Flavor:Google header.');
  if (headers['x-forwarded-for']) return refuse(403, 'Request has an X-Forwarded-For header.');
  if (method !== 'GET') return refuse(405, `Method "${method}" is not allowed.`);

  const key = path.slice('/computeMetadata/v1'.length);
  const [, account, property] = /^\/instance\/service-accounts\/([^/]+)(?:\/(\w+))?$/.exec(key) ?? [];
  if (account) {
    if (account !== 'default' && account !== machine.serviceAccount) return refuse(404, `No account "${account}".`);
    return answerAccount(property, { query: url.searchParams, machine });
  }
  switch (key) {
    case '/project/project-id':
      return text(machine.projectId);
    case '/project/numeric-project-id':
      return text(machine.projectNumber);
    case '/universe/universe-domain':
      return text('googleapis.com');
    case '':
      return text('instance/\nproject/\nuniverse/\n');
    case '/instance':
      return text('service-accounts/\n');
    case '/instance/service-accounts': {
      if (url.searchParams.get('recursive') !== 'true') return text(`default/\n${machine.serviceAccount}/\n`);
      const known = describeAccount(machine);
      return json({ default: known, [machine.serviceAccount]: known });
    }
    default:
      return refuse(404, `There is no "${key}" here.`);
  }
}

function answerAccount(
  property: string | undefined,
  { query, machine }: { query: URLSearchParams; machine: Machine },
): Answer {
  switch (property) {
    case 'token':
      return json(machine.accessToken());
    case 'email':
      return text(machine.serviceAccount);
    case 'scopes':
      return text(`${scopes.join('\n')}\n`);
    case 'identity': {
      const audience = query.get('audience');
      if (!audience) return refuse(400, 'non-empty audience parameter required');
      const format = query.get('format') === 'full' ? 'full' : 'standard';
      return text(machine.idToken({ audience, email: machine.serviceAccount }, format));
    }
    case undefined:
      return query.get('recursive') === 'true'
        ? json(describeAccount(machine))
        : text('aliases\nemail\nidentity\nscopes\ntoken\n');
    default:
      return refuse(404, `There is no "${property}" here.`);
  }
}

function describeAccount(machine: Machine) {
  return { aliases: ['default'], email: machine.serviceAccount, scopes };
}

function text(body: string): Answer {
  return { status: 200, type: 'application/text', body };
}

function json(body: object): Answer {
  return { status: 200, type: 'application/json', body: JSON.stringify(body) };
}

function refuse(status: number, body: string): Answer {
  return { status, type: 'text/plain', body };
}
