/** What was found of one right or resource: that it is fine, what is wrong and which command mends it, or why that could not be checked. */
export type Verdict =
  | { is: 'fine'; said?: string }
  | { is: 'wrong'; said: string; run: string }
  | { is: 'unknown'; said: string };

/** One thing that is looked at. */
export interface Check {
  about: string;
  look(): Promise<Verdict>;
}

/** Something that was looked at. */
export interface Finding {
  about: string;
  verdict: Verdict;
}

/** How long one look may take, in milliseconds. */
const longest = 30_000;

/** Looks at everything at once, and tells of it in order. A look that fails, or does not end, says that it could not be done: never a library's own words, which may hold tokens. */
export async function lookedAt(checks: readonly Check[]): Promise<Finding[]> {
  return Promise.all(checks.map(async ({ about, look }) => ({ about, verdict: await inTime(look) })));
}

async function inTime(look: Check['look']): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Verdict>(resolve => {
    timer = setTimeout(() => resolve({ is: 'unknown', said: 'no answer came in time' }), longest);
  });
  try {
    return await Promise.race([look(), late]);
  } catch (error) {
    return { is: 'unknown', said: `the look failed (${error instanceof Error ? error.name : 'unknown'})` };
  } finally {
    clearTimeout(timer);
  }
}

/** How it ends: 0 where all is fine, 1 where something is wrong, 2 where nothing is, but not everything could be checked. */
export function exitCode(findings: readonly Finding[]): number {
  if (findings.some(({ verdict }) => verdict.is === 'wrong')) return 1;
  return findings.some(({ verdict }) => verdict.is === 'unknown') ? 2 : 0;
}

const marks = { fine: 'fine', wrong: 'wrong', unknown: 'could not be checked' };

/** The findings as text: a line each, and below what is wrong the command that mends it. */
export function report(findings: readonly Finding[]): string {
  const lines = findings.map(({ about, verdict }) => {
    const said = verdict.said ? `: ${verdict.said}` : '';
    const run = verdict.is === 'wrong' ? `\n    run: ${verdict.run}` : '';
    return `${marks[verdict.is]}: ${about}${said}${run}`;
  });
  const count = (is: Verdict['is']) => findings.filter(({ verdict }) => verdict.is === is).length;
  return `${lines.join('\n')}\n\nFine: ${count('fine')}. Wrong: ${count('wrong')}. Could not be checked: ${count('unknown')}.\n`;
}
