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

/** Structured logs, a line of JSON each as Cloud Logging reads them. Only texts and numbers in the allowed fields are written, whatever is handed over. */
export function createLog(level: string): Log {
  const logger = pino({
    level,
    base: undefined,
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: label => ({ severity: severities[label] ?? 'DEFAULT' }) },
  });
  return {
    info: (message, facts) => logger.info(picked(facts), message),
    warn: (message, facts) => logger.warn(picked(facts), message),
    error: (message, facts) => logger.error(picked(facts), message),
  };
}

function picked(facts: LogFacts = {}): LogFacts {
  const plain = (value: unknown) => typeof value === 'string' || typeof value === 'number';
  return Object.fromEntries(allowed.flatMap(field => (plain(facts[field]) ? [[field, facts[field]]] : [])));
}
