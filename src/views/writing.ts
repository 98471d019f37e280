import type { Language } from '../world.ts';

const minute = 60_000;

/** How a language writes numbers, plurals, lists and lengths of time. */
export function writingIn(language: Language) {
  const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options);
  const whole = number({ maximumFractionDigits: 0 });
  const unit = (name: string) => number({ style: 'unit', unit: name, unitDisplay: 'short' });
  const units = { day: unit('day'), hour: unit('hour'), minute: unit('minute') };
  const milliseconds = unit('millisecond');
  const rough = number({ maximumFractionDigits: 1 });
  const seconds = number({ style: 'unit', unit: 'second', unitDisplay: 'short', maximumFractionDigits: 1 });
  const plurals = new Intl.PluralRules(language);
  const n = (value: number) => whole.format(value);

  return {
    n,
    rough,
    fine: number({ maximumSignificantDigits: 4 }),
    three: number({ minimumSignificantDigits: 3, maximumSignificantDigits: 3 }),
    share: number({ style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    roundShare: number({ style: 'percent', maximumFractionDigits: 0 }),
    list: new Intl.ListFormat(language),
    either: new Intl.ListFormat(language, { type: 'disjunction' }),
    ordinals: new Intl.PluralRules(language, { type: 'ordinal' }),
    money: (amount: number, currency: string) =>
      number({ style: 'currency', currency, maximumSignificantDigits: 3 }).format(amount),

    /** The word that goes with a number of things. */
    plural: (count: number, one: string, others: string) => (plurals.select(count) === 'one' ? one : others),

    /** A length of time in its two largest units, to the minute; `least` is said of what is shorter. */
    duration(ms: number, least: string): string {
      const minutes = Math.round(ms / minute);
      if (minutes < 1) return least;
      const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
      const parts = [
        days ? units.day.format(days) : '',
        hours ? units.hour.format(hours) : '',
        rest && !days ? units.minute.format(rest) : '',
      ];
      return parts.filter(Boolean).join(' ');
    },

    /** A short length of time, as an answer takes. */
    brief: (ms: number) => (ms < 1000 ? milliseconds.format(Math.round(ms)) : seconds.format(ms / 1000)),
  };
}

/** A range of time rounded as coarsely as it is known, in milliseconds. */
export function rounded(from: number, to: number): { least: number; most: number } {
  const unit = [1, 5, 15, 60].find(minutes => to < 12 * minutes * minute) ?? 240;
  const round = (ms: number) => Math.max(0, Math.round(ms / minute / unit)) * unit * minute;
  return { least: round(from), most: round(to) };
}
