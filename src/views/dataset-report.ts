import type { Report } from '../job/dataset.ts';
import type { Spread } from '../job/lengths.ts';
import type { Finding } from '../job/preflight.ts';
import { isBlocker } from '../job/preflight.ts';
import type { DatasetFormat } from '../job/recipe.ts';
import type { Addresses } from './exact-names.ts';
import { formatIn, rulesOf } from './exact-names.ts';
import type { Mrkdwn } from './text.ts';
import type { Words } from './words.ts';

/** What was read, and what was found in it. */
export interface Found {
  dataset?: Report | undefined;
  evaluationDataset?: Report | undefined;
  findings: readonly Finding[];
}

/** The whole report on the datasets as Markdown: for a file beside the thread's post, and for a terminal. */
export function datasetReport(found: Found, spec: Addresses, words: Words): string {
  const { report: say } = words;
  const sentences = (title: string, findings: readonly Finding[]) =>
    findings.length
      ? [`## ${title}`, findings.map(finding => `- ${markdown(words.finding(finding, spec))}`).join('\n')]
      : [];
  const read = [found.dataset, found.evaluationDataset].filter(report => report !== undefined);
  return `${[
    `# ${say.title}`,
    ...(found.dataset ? numbers(say.dataset, found.dataset, { spec, words }) : []),
    ...(found.evaluationDataset ? numbers(say.evaluationDataset, found.evaluationDataset, { spec, words }) : []),
    ...sentences(say.blockers, found.findings.filter(isBlocker)),
    ...sentences(
      say.warnings,
      found.findings.filter(finding => !isBlocker(finding)),
    ),
    ...(found.findings.length ? [] : [say.nothing]),
    ...(read.length ? [say.method] : []),
  ].join('\n\n')}\n`;
}

interface About {
  spec: Addresses;
  words: Words;
}

function numbers(title: string, report: Report, { spec, words }: About): string[] {
  const { balance, shape } = report;
  const { report: say } = words;
  return [
    `## ${title}`,
    [
      say.rows(report),
      ...(balance ? [say.balance(balance)] : []),
      ...(shape ? [say.shape(shape)] : []),
      ...(report.labelled || !report.rows ? [] : [say.unlabelled(spec)]),
    ]
      .map(line => `- ${line}`)
      .join('\n'),
    ...table(report, { spec, words }),
  ];
}

/** What a format calls what is asked and what is answered, where it has names for both. */
const fields: Partial<Record<DatasetFormat, { input: string; output: string }>> = {
  'input-output': { input: 'input_text', output: 'output_text' },
  'prompt-completion': { input: 'prompt', output: 'completion' },
};

/** How long texts are, and how many of them are longer than Vertex AI reads, or than is documented. */
function table({ lengths, format }: Report, { spec, words: { report: say } }: About): string[] {
  if (!lengths) return [];
  const { tokens } = rulesOf(spec);
  const isCut = tokens.example === undefined && tokens.input !== undefined;
  const columns = [...say.columns, ...(isCut ? say.cut : say.beyond)];
  const called = { ...say.texts, ...fields[formatIn({ format }, spec)] };
  const numbersOf = ({ half, most, nearlyAll, longest, over, cut }: Spread, limit: number | undefined) => [
    ...[half, most, nearlyAll, longest].map(say.count),
    ...(isCut ? [over, cut] : limit === undefined ? [] : [limit, over]).map(say.count),
  ];
  const rows = (['input', 'output', 'example'] as const).flatMap(of => {
    const spread = lengths[of];
    if (!spread) return [];
    const row = [called[of], ...numbersOf(spread, tokens[of])];
    return [[...row, ...Array(columns.length - row.length).fill('–')]];
  });
  return [
    [columns, columns.map((_, i) => (i ? '--:' : '---')), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n'),
  ];
}

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** Slack's markup of our sentences as Markdown: code stays code, where nothing is escaped; nothing else is formatted. */
function markdown(text: Mrkdwn): string {
  return String(text)
    .split('`')
    .map((part, i) => (i % 2 ? part.replace(/&(?:amp|lt|gt);/g, entity => entities[entity]!) : part))
    .join('`')
    .replaceAll('\n', ' ');
}
