import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import pino from 'pino';
import type { Log, LogFacts } from '../world.ts';

const severities: Record<string, string> = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
};

const allowed = ['job', 'door', 'name', 'code', 'count', 'milliseconds'] as const satisfies readonly (keyof LogFacts)[];

/** What no field may hold, whoever put it there: tokens, keys, e-mail addresses, and addresses that may carry secrets. */
const secret = /xox[a-z]-|xapp-|ya29\.|eyJ[\w-]{8}|Bearer |BEGIN [A-Z ]*KEY|[\w.+-]@[\w-]+\.\w|\bhttps?:/;
/** The most that is written of a text. */
const longest = 300;

/** A log whose entries know which request they belong to. */
export interface TracedLog extends Log {
  /** Does some work, whose entries belong to the request with these headers. */
  traced<T>(headers: IncomingHttpHeaders, work: () => T): T;
}

/** Structured logs, a line of JSON each as Cloud Logging and Error Reporting read them. Only texts and numbers in the allowed fields are written, and numbers among the measures, whatever is handed over; of an error, where it came from and not what it says. */
export function createLog(level: string, { project, service }: { project: string; service: string }): TracedLog {
  const requests = new AsyncLocalStorage<Record<string, string | boolean>>();
  const logger = pino({
    level,
    base: undefined,
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: label => ({ severity: severities[label] ?? 'DEFAULT' }) },
    // Of its own for each entry: pino writes the entry's fields into it.
    mixin: () => ({ ...requests.getStore() }),
  });
  return {
    info: (message, facts) => logger.info(picked(facts), message),
    warn: (message, facts) => logger.warn(picked(facts), message),
    error: (message, facts, cause) =>
      logger.error({ ...picked(facts), ...reported(message, { service, cause }) }, message),
    traced: (headers, work) => requests.run(traceOf(headers, project), work),
  };
}

function picked(facts: LogFacts = {}): LogFacts {
  const plain = allowed.flatMap((field): [string, string | number][] => {
    const value = facts[field];
    if (typeof value === 'number') return [[field, value]];
    if (typeof value !== 'string') return [];
    return [[field, secret.test(value) ? '…' : value.slice(0, longest)]];
  });
  const numbers = Object.entries(facts.measures ?? {}).filter(
    ([name, value]) => typeof value === 'number' && /^[a-zA-Z]{1,40}$/.test(name),
  );
  return { ...Object.fromEntries(plain), ...(numbers.length > 0 && { measures: Object.fromEntries(numbers) }) };
}

/** Error Reporting's shape of an entry (cloud.google.com/error-reporting/docs/formatting-error-messages). */
function reported(message: string, { service, cause }: { service: string; cause: unknown }): object {
  const frames = framesOf(cause) ?? framesOf(new Error(message))?.slice(2) ?? [];
  return {
    '@type': 'type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent',
    serviceContext: { service },
    stack_trace: [`Error: ${message}`, ...frames].join('\n'),
  };
}

const frame = /^ {4}at (?:[\w.<>$#[\] ]+ \()?(?:file:\/\/|node:)?[\w./@[\]-]+:\d+:\d+\)?$/;

/** The lines of a stack that name a place; those of the message, which may hold anything, are no part of it. */
function framesOf(error: unknown): string[] | undefined {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return undefined;
  const { stack, message } = error;
  const at = stack.indexOf(message);
  if (at < 0) return undefined;
  const frames = stack
    .slice(at + message.length)
    .split('\n')
    .filter(line => frame.test(line));
  return frames.length ? frames : undefined;
}

/** Where a request belongs, by the header of W3C's Trace Context or by Google's own. */
function traceOf(headers: IncomingHttpHeaders, project: string): Record<string, string | boolean> {
  const [, standard, parent, flags] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text(headers.traceparent)) ?? [];
  if (standard && parent)
    return fields(project, { trace: standard, span: parent, sampled: (Number.parseInt(flags ?? '', 16) & 1) === 1 });
  const [, own, span, sampled] =
    /^([0-9a-f]{32})(?:\/(\d{1,20}))?(?:;o=([01]))?$/.exec(text(headers['x-cloud-trace-context'])) ?? [];
  if (!own) return {};
  return fields(project, {
    trace: own,
    span: span === undefined ? undefined : BigInt.asUintN(64, BigInt(span)).toString(16).padStart(16, '0'),
    sampled: sampled === '1',
  });
}

function fields(
  project: string,
  { trace, span, sampled }: { trace: string; span: string | undefined; sampled: boolean },
) {
  return {
    'logging.googleapis.com/trace': `projects/${project}/traces/${trace}`,
    ...(span && { 'logging.googleapis.com/spanId': span }),
    'logging.googleapis.com/trace_sampled': sampled,
  };
}

function text(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}
