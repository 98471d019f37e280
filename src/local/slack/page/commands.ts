/** A command one can type, as a client offers it. */
export interface Hint {
  line: string;
  rest: string;
  says: string;
}

/** What can be typed after `/distill`. A real workspace shows one line of usage, from the app's manifest; this page offers each. */
const distill: Hint[] = [
  { line: '/distill', rest: '', says: 'Open the form for a new distillation job' },
  { line: '/distill list', rest: '', says: 'Jobs, the newest first' },
  { line: '/distill status', rest: '<job>', says: 'How far a job has got' },
  { line: '/distill cancel', rest: '<job>', says: 'Ask for a job to be cancelled' },
  { line: '/distill quota', rest: '', says: 'Who holds what, and who waits' },
  { line: '/distill audit', rest: '<job>', says: 'Who decided what, and when' },
  { line: '/distill move', rest: '<job>', says: 'From a retired recipe to one that runs today' },
  { line: '/distill switch', rest: '<job>', says: 'To the other accelerator, while it waits in line' },
  { line: '/distill pause', rest: '', says: 'No new launches, for approvers' },
  { line: '/distill resume', rest: '', says: 'Launch again, for approvers' },
  { line: '/distill help', rest: '', says: 'Each command with an example' },
];

/** The commands that begin with what has been typed. */
export function hintsFor(typed: string, commands: readonly string[]): Hint[] {
  if (!typed.startsWith('/') || typed.includes('\n')) return [];
  const known = commands.flatMap(line =>
    line === '/distill' ? distill : [{ line, rest: '', says: 'A command of this workspace' }],
  );
  const sofar = typed.replace(/\s+/g, ' ');
  const beginning = known.filter(
    ({ line }) => line.startsWith(sofar.trimEnd()) && (line !== sofar.trimEnd() || sofar === line),
  );
  if (beginning.length) return beginning;
  return known.filter(({ line, rest }) => rest !== '' && sofar.startsWith(`${line} `));
}

/** Whether Enter sends what has been typed, rather than completing it. */
export function isComplete(typed: string, commands: readonly string[]): boolean {
  const hints = hintsFor(typed, commands);
  return (
    !typed.startsWith('/') ||
    !hints.length ||
    hints.some(({ line }) => typed.trimEnd() === line || typed.startsWith(`${line} `))
  );
}
