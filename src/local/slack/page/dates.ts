import { me } from './scene.ts';

/** Fills in the date and time tokens of a `<!date^…>`, in the reader's own language and zone. */
export function dateText(seconds: number, format: string): string {
  const date = new Date(seconds * 1000);
  const as = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale(), options).format(date);
  const near = nearDay(date);
  const tokens: Record<string, () => string> = {
    date_num: () => date.toLocaleDateString('sv-SE'),
    date: () => as({ year: 'numeric', month: 'long', day: 'numeric' }),
    date_short: () => as({ year: 'numeric', month: 'short', day: 'numeric' }),
    date_long: () => as({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }),
    date_pretty: () => near ?? as({ year: 'numeric', month: 'long', day: 'numeric' }),
    date_short_pretty: () => near ?? as({ year: 'numeric', month: 'short', day: 'numeric' }),
    date_long_pretty: () => near ?? as({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }),
    time: () => as({ hour: 'numeric', minute: '2-digit' }),
    time_secs: () => as({ hour: 'numeric', minute: '2-digit', second: '2-digit' }),
    ago: () => ago(date),
  };
  return format.replaceAll(/\{(\w+)\}/g, (whole, token: string) => tokens[token]?.() ?? whole);
}

/** When a message was posted, by its timestamp. */
export function messageTime(ts: string): { time: string; day: string; full: string; iso: string } {
  const seconds = Number(ts);
  return {
    time: dateText(seconds, '{time}'),
    day: dateText(seconds, '{date_long_pretty}'),
    full: dateText(seconds, '{date_long}, {time_secs}'),
    iso: new Date(seconds * 1000).toISOString(),
  };
}

function locale(): string | undefined {
  return me().locale;
}

/** Today, yesterday or tomorrow, in the reader's language. */
function nearDay(date: Date): string | undefined {
  const midnight = (day: Date) => new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
  const days = Math.round((midnight(date) - midnight(new Date())) / 86_400_000);
  return Math.abs(days) <= 1
    ? new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }).format(days, 'day')
    : undefined;
}

function ago(date: Date): string {
  const seconds = Math.round((date.getTime() - Date.now()) / 1000);
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  const size = Math.abs(seconds);
  if (size < 60) return relative.format(seconds, 'second');
  if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  return size < 86_400
    ? relative.format(Math.round(seconds / 3600), 'hour')
    : relative.format(Math.round(seconds / 86_400), 'day');
}
