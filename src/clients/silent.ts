import type { Logger } from '@slack/web-api';
import { LogLevel } from '@slack/web-api';

/** A logger for Slack's libraries that drops their lines: these hold whole answers and envelopes, and what matters of them is in `SlackTrouble`. */
export const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};
