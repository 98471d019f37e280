import { readdirSync, readFileSync } from 'node:fs';

/** What no log may hold: every secret of the stand-ins, and whatever looks like one. */
const secrets: Record<string, RegExp> = {
  'a token of Slack’s': /xox[a-z]-|xapp-|verification-token/,
  'a signing secret': /signing-secret/,
  'a token of Google’s': /ya29\.|Bearer |eyJ[\w-]{8}/,
  'an e-mail address': /[\w.+-]@[\w-]+\.\w/,
  'an address': /\w:\/\/(?!\/)/,
  'a row of a dataset': /input_text|output_text|Classify the following/,
  'a trigger': /trigger_id|response_url|upload_url/,
  'something planted': /planted/,
};

/** What a log holds and must not, in words, each line once. */
export function secretsIn(log: string): string[] {
  return log.split('\n').flatMap(line => {
    // What is no JSON is said at the start, to whoever set a variable wrong.
    if (!line.startsWith('{')) return [];
    const found = Object.entries(secrets).find(([, pattern]) => pattern.test(line));
    return found ? [`${found[0]}: ${line}`] : [];
  });
}

/** The same of every log that is kept in a folder. */
export function secretsInLogs(folder: string): { lines: number; found: string[] } {
  const logs = readdirSync(folder).map(file => readFileSync(`${folder}/${file}`, 'utf8'));
  return {
    lines: logs.reduce((sum, log) => sum + log.split('\n').length - 1, 0),
    found: logs.flatMap(secretsIn),
  };
}
