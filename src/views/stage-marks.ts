import type { Mark } from '../job/run.ts';

/** How a stage stands, as a sign before its title. */
export const marks: Record<Mark, string> = {
  waiting: '○',
  running: '●',
  retrying: '↻',
  done: '✓',
  skipped: '↷',
  failed: '✗',
  cancelling: '◌',
  cancelled: '–',
  unknown: '?',
};
