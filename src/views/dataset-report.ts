import type { Report } from '../job/dataset.ts';
import type { Spread } from '../job/lengths.ts';
import type { Finding } from '../job/preflight.ts';
import { isBlocker } from '../job/preflight.ts';
import type { Addresses } from './exact-names.ts';
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
    ...(found.dataset ? numbers(say.dataset, found.dataset, words) : []),
    ...(found.evaluationDataset ? numbers(say.evaluationDataset, found.evaluationDataset, words) : []),
    ...sentences(say.blockers, found.findings.filter(isBlocker)),
    ...sentences(
      say.warnings,
      found.findings.filter(finding => !isBlocker(finding)),
    ),
    ...(found.findings.length ? [] : [say.nothing]),
    ...(read.length ? [say.method] : []),
  ].join('\n\n')}\n`;
}

function numbers(title: string, report: Report, { report: say }: Words): string[] {
  const { lengths, balance, shape } = report;
  return [
    `## ${title}`,
    [
      say.rows(report),
      ...(balance ? [say.balance(balance)] : []),
      ...(shape ? [say.shape(shape)] : []),
      ...(report.labelled || !report.rows ? [] : [say.unlabelled]),
    ]
      .map(line => `- ${line}`)
      .join('\n'),
    ...(lengths ? [table(lengths, say)] : []),
  ];
}

function table({ input, output }: NonNullable<Report['lengths']>, say: Words['report']): string {
  const line = (name: string, spread: Spread) => `| ${[name, ...say.spread(spread)].join(' | ')} |`;
  return [
    `| ${say.columns.join(' | ')} |`,
    `| ${say.columns.map((_, i) => (i ? '--:' : '---')).join(' | ')} |`,
    line('input_text', input),
    ...(output ? [line('output_text', output)] : []),
  ].join('\n');
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
