import type { PanelName } from './chart-layout.ts';

/** The words of a chart, in the language of whoever will see it. */
export interface ChartWords {
  loss: string;
  tokenAccuracy: string;
  train: string;
  eval: string;
  best: string;
  earlyStop: string;
  steps: string;
  startsAt: string;
  /** Why there is nothing but training to see. */
  unevaluated: string;
  /** The language tag that numbers are written in; English where it is missing. */
  locale?: string | undefined;
}

/** Writes a chart's numbers: steps, a value exactly or briefly, and a value on an axis of such intervals. */
export function numbersIn({ locale = 'en' }: Pick<ChartWords, 'locale'>) {
  function format(value: number, options: Intl.NumberFormatOptions) {
    return new Intl.NumberFormat(locale, options).format(value);
  }
  function significant(value: number): Intl.NumberFormatOptions {
    const size = Math.abs(value);
    const long = size >= 1e5 || (size > 0 && size < 1e-3);
    return long
      ? { notation: 'scientific', maximumSignificantDigits: 3 }
      : { minimumSignificantDigits: 3, maximumSignificantDigits: 3 };
  }
  return {
    steps: (value: number) => format(value, { maximumFractionDigits: 0 }),
    exact: (name: PanelName, value: number) =>
      name === 'loss'
        ? format(value, significant(value))
        : format(value, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    brief: (name: PanelName, value: number) =>
      name === 'loss' ? format(value, significant(value)) : format(value, { style: 'percent' }),
    tick: (name: PanelName, value: number, step: number) => {
      const style = name === 'loss' ? ('decimal' as const) : ('percent' as const);
      const scaled = name === 'loss' ? step : step * 100;
      if (name === 'loss' && (step < 1e-3 || step >= 1e4)) return format(value, significant(step));
      const places =
        [0, 1, 2, 3, 4, 5].find(n => Math.abs(scaled * 10 ** n - Math.round(scaled * 10 ** n)) < 1e-6) ?? 6;
      return format(value, { style, minimumFractionDigits: places, maximumFractionDigits: places });
    },
  };
}
