import { execFile } from 'node:child_process';

/*
 * Asks the registry's advisory service about every package of the lockfile, by `npm audit`. Ends with 1 where one is
 * known to be at high risk or worse, and with 0 where none is; or where the service cannot be reached or does not answer
 * as one, which is no reason to hold up anybody's work.
 */

const grave = ['high', 'critical'];

interface Audit {
  vulnerabilities?: Record<
    string,
    { severity: string; isDirect: boolean; via: (string | { title: string; url: string })[] }
  >;
}

const answer = await new Promise<string>(resolve =>
  execFile('npm', ['audit', '--json', '--package-lock-only'], { maxBuffer: 1 << 26 }, (_, stdout) => resolve(stdout)),
);
const { vulnerabilities } = parsed(answer);
if (!vulnerabilities) {
  console.log('The advisory service could not be asked: nothing is known of the packages today.');
} else {
  const all = Object.entries(vulnerabilities);
  const high = all.filter(([, { severity }]) => grave.includes(severity));
  for (const [name, { severity, via }] of high) {
    const known = via.map(one => (typeof one === 'string' ? `by way of ${one}` : `${one.title} (${one.url})`));
    console.log(`${name}: ${severity}: ${known.join('; ')}`);
  }
  console.log(`Packages at high risk or worse: ${high.length}; at less: ${all.length - high.length}.`);
  process.exitCode = high.length ? 1 : 0;
}

function parsed(text: string): Audit {
  try {
    return JSON.parse(text) as Audit;
  } catch {
    return {};
  }
}
