/** The ground a chart is drawn on. */
export type Theme = 'light' | 'dark';

/** A chart's colours; train and eval stay apart for every common colour blindness, and best and early stop also differ by dash and word. */
export const palette = {
  light: {
    card: '#FFFFFF',
    border: '#D5D9E2',
    ahead: '#F3F5FA',
    grid: '#E3E6EC',
    base: '#B4BAC5',
    strong: '#1A1D29',
    soft: '#5A6272',
    train: '#D97706',
    trainText: '#B45309',
    eval: '#0072B2',
    evalText: '#005A8E',
    best: '#047857',
    earlyStop: '#B42318',
  },
  dark: {
    card: '#1A1D21',
    border: '#3B4048',
    ahead: '#23272D',
    grid: '#31363D',
    base: '#59606B',
    strong: '#F4F5F7',
    soft: '#A9B0BC',
    train: '#E8930C',
    trainText: '#F5B041',
    eval: '#56B4E9',
    evalText: '#7CC7F2',
    best: '#34D399',
    earlyStop: '#F98080',
  },
} as const satisfies Record<Theme, Record<string, string>>;

/** The colours of one theme. */
export type Colours = Record<keyof (typeof palette)['light'], string>;
