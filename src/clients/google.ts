import { setTimeout as wait } from 'node:timers/promises';
import type { GoogleAuth, GoogleAuthOptions } from 'google-auth-library';
import { gaxios } from 'google-auth-library';
import { z } from 'zod';
import type { Trouble } from '../job/job.ts';
import type { Answer } from '../job/preflight.ts';
import { apiHost } from '../job/request.ts';
import type { Ours } from '../world.ts';
import { LeaseLost, Unavailable } from '../world.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { inTime } from './in-time.ts';

/** Settings of `GoogleAuth`: the one scope that all of Google's services take, and a fresh token where one is not accepted. */
export const googleSettings = {
  scopes: ['https://www.googleapis.com/auth/cloud-platform'],
  clientOptions: { forceRefreshOnFailure: true },
} satisfies GoogleAuthOptions;

/** What came of a request. A status is Google's own refusal; `no-answer` is everything else, and `unclear` where the request may have arrived. */
export type Outcome<Body> =
  | { is: 'ok'; body: Body }
  | { is: 'status'; status: number; message: string; reason: string }
  | { is: 'no-answer'; unclear: boolean };

/** A request to one of Google's services, and the schema of its answer. */
export interface Asked<Body> {
  url: string;
  method?: 'GET' | 'POST';
  query?: Record<string, string | readonly string[] | undefined>;
  body?: object;
  answer: z.ZodType<Body>;
  /** How long the answer may take, in milliseconds, where that is not what any call may. */
  patience?: number | undefined;
  /** Asked once more when the bytes are about to leave: where it says no, nothing is sent and `LeaseLost` is thrown. */
  ours?: Ours;
}

/** A moment as Google writes it, in milliseconds since 1970; undefined where it is missing or none. */
export const Time = z
  .string()
  .transform(Date.parse)
  .refine(at => !Number.isNaN(at))
  .optional()
  .catch(undefined);

/** Makes one authorised request, and throws nothing but `LeaseLost`: libraries' errors may hold tokens. */
export type GoogleRequest = <Body>(asked: Asked<Body>) => Promise<Outcome<Body>>;

const GoogleError = z.object({
  error: z.looseObject({
    message: z.string().default(''),
    status: z.string().default(''),
    details: z.array(z.looseObject({ reason: z.string().optional().catch(undefined) })).catch([]),
  }),
});

/** The most that is kept of what Google says, in characters. */
const longest = 2000;

// Nothing was sent where the address was not found or nobody listened there.
const unsent = new Set<unknown>(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** Opens the way to Google's services. `timeout` is that of one attempt, in milliseconds; only reads are tried again. */
export function googleRequests({ auth, timeout }: { auth: GoogleAuth; timeout: number }): GoogleRequest {
  return async function request<Body>({
    url,
    method = 'GET',
    query,
    body,
    answer,
    patience = timeout,
    ours,
  }: Asked<Body>) {
    let client: Awaited<ReturnType<GoogleAuth['getClient']>>;
    try {
      client = await inTime(auth.getClient(), timeout);
      await inTime(client.getRequestHeaders(), timeout);
    } catch {
      return { is: 'no-answer', unclear: false };
    }
    try {
      const { data } = await client.request<string>({
        url: withQuery(url, query),
        method,
        ...(body && { data: body }),
        timeout: patience,
        responseType: 'text',
        redirect: 'error',
        // The library would blot out every answer that has the word "secret" in it. Its errors end here.
        errorRedactor: false,
        ...(method === 'GET' && { retryConfig: retries() }),
        // Its types are those of another version of `fetch`.
        ...(ours && { fetchImplementation: guardedFetch(ours) as typeof fetch }),
      });
      const parsed = answer.safeParse(json(data));
      return parsed.success ? { is: 'ok', body: parsed.data } : { is: 'no-answer', unclear: true };
    } catch (error) {
      if (error instanceof gaxios.GaxiosError && error.cause instanceof LeaseLost) throw error.cause;
      return refusal(error);
    }
  };
}

function retries(): gaxios.RetryConfig {
  return {
    retry: 2,
    noResponseRetries: 1,
    retryDelay: 200,
    statusCodesToRetry: [
      [429, 429],
      [500, 599],
    ],
    retryBackoff: (_, pause) => wait(pause * (0.5 + Math.random())),
  };
}

/** Reads what Google says of a request it refuses; a status without Google's own error comes from something in between. */
function refusal(error: unknown): Exclude<Outcome<never>, { is: 'ok' }> {
  if (!(error instanceof gaxios.GaxiosError)) return { is: 'no-answer', unclear: true };
  const { status, data } = error.response ?? {};
  const said = GoogleError.safeParse(json(data));
  if (status === undefined || !said.success) return { is: 'no-answer', unclear: !unsent.has(codeOf(error)) };
  const { message, status: name, details } = said.data.error;
  return {
    is: 'status',
    status,
    message: message.slice(0, longest) || `Google answered with status ${status}.`,
    reason: details.find(({ reason }) => reason)?.reason ?? name,
  };
}

/** The code of an error, or of what is behind it: the guarded `fetch` has it there. */
function codeOf(error: Error): unknown {
  for (let one: unknown = error; one instanceof Error; one = one.cause)
    if ('code' in one && one.code !== undefined) return one.code;
  return undefined;
}

function json(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

function withQuery(url: string, query: Asked<unknown>['query'] = {}): string {
  const whole = new URL(url);
  for (const [name, value] of Object.entries(query))
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) whole.searchParams.append(name, one);
  return whole.href;
}

/** Why a request was not granted, in Google's own words where it had any. */
export function troubleOf(outcome: Exclude<Outcome<unknown>, { is: 'ok' }>): Trouble {
  if (outcome.is === 'no-answer') return { why: 'no-answer', said: '' };
  return { why: reasons[outcome.status] ?? 'said', said: outcome.message };
}

const reasons: Partial<Record<number, Trouble['why']>> = {
  401: 'credentials',
  403: 'forbidden',
  429: 'busy',
  503: 'busy',
};

/** The error to throw where a request was not granted and there is no other way to say so. */
export function unavailable(what: string, outcome: Exclude<Outcome<unknown>, { is: 'ok' }>): Unavailable {
  return new Unavailable(`${what}: Google did not grant it.`, { trouble: troubleOf(outcome) });
}

/** What an attempt to read something tells of it: whether it is there, or why that is not known. */
export function existence(outcome: Outcome<unknown>, { about }: { about: string }): Answer {
  if (outcome.is === 'ok') return { is: 'fine' };
  if (outcome.is === 'status' && outcome.status === 404) return { is: 'wrong', why: 'not-there', about };
  if (outcome.is === 'status' && outcome.status === 403) return { is: 'unknown', why: 'no-right', about };
  return { is: 'unknown', why: 'no-answer', about };
}

/** How many pages of a list are read before it is taken to be without end. */
const mostPages = 50;

/** Reads a list page by page to its end, or until there are `most` items. Throws where a page cannot be read. */
export async function listed<Item>(
  request: GoogleRequest,
  { url, query, name, item, most = Number.POSITIVE_INFINITY }: Listing<Item>,
): Promise<Item[]> {
  const answer = z.looseObject({ [name]: z.array(item).default([]), nextPageToken: z.string().optional() });
  const items: Item[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const outcome = await request({ url, query: { ...query, pageToken }, answer });
    if (outcome.is !== 'ok') throw unavailable(`Cannot list "${url}"`, outcome);
    items.push(...(outcome.body[name] as Item[]));
    pageToken = outcome.body.nextPageToken as string | undefined;
    if (!pageToken || items.length >= most) break;
  }
  return items.slice(0, most);
}

/** A list to be read: where, under which name its items come, and what they look like. */
export interface Listing<Item> {
  url: string;
  query?: Asked<unknown>['query'];
  name: string;
  item: z.ZodType<Item>;
  most?: number;
}

/** The region in a resource's name. */
export function regionOf(name: string): string {
  const region = /^projects\/[^/]+\/locations\/([a-z0-9-]+)\//.exec(name)?.[1];
  if (!region) throw new Error(`"${name}" does not name a resource in a region.`);
  return region;
}

/** The address of a resource of Vertex AI, or of a collection. `endpoint` replaces Google's own host; `{region}` in it is filled in. */
export function vertexAddress(
  name: string,
  { endpoint, version = 'v1' }: { endpoint?: string | undefined; version?: 'v1' | 'v1beta1' } = {},
): string {
  const region = regionOf(name);
  const host = endpoint?.replaceAll('{region}', region) ?? `https://${apiHost(region)}`;
  return `${host.replace(/\/+$/, '')}/${version}/${escaped(name)}`;
}

/** Whether no part of a resource's name is empty or steps out of its place. */
export function isName(name: string): boolean {
  return !name.split('/').some(part => /^\.{0,2}$/.test(part));
}

/** A resource's name as a path. */
export function escaped(name: string): string {
  if (!isName(name)) throw new Error(`"${name}" is not the name of a resource.`);
  return name.split('/').map(encodeURIComponent).join('/');
}
