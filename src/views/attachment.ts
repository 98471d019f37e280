import type { ChartConfiguration } from 'chart.js';
import type { Curves } from '../job/curves.ts';
import type { Job } from '../job/job.ts';
import type { Attachment } from '../job/post.ts';
import type { Around } from './card.ts';
import { runOf } from './card.ts';
import { curvesCsv } from './curves-csv.ts';
import type { Found } from './dataset-report.ts';
import { datasetReport } from './dataset-report.ts';
import { chartOf } from './figure.ts';
import { fileName } from './file-name.ts';
import { passport } from './passport.ts';
import type { Mrkdwn } from './text.ts';

/** A file for a job's thread: its name, the sentence above it, and what it holds: a text, or a picture still to be drawn. */
export type File = { name: string; comment: Mrkdwn } & ({ text: string } | { chart: ChartConfiguration });

/** Draws a file owed to the thread, from the job as it is when it is sent. */
export function attachment(job: Job, of: Attachment, around: Around): File {
  const { words } = around;
  switch (of) {
    case 'dataset-report':
      return {
        name: `${fileName(job.spec.modelName)}-dataset.md`,
        comment: words.attachments.datasetReport,
        text: datasetReport(found(job), job.spec, words),
      };
    case 'curves-chart':
      return {
        name: `${fileName(job.spec.modelName)}-curves.png`,
        comment: words.attachments.curvesChart,
        chart: sharp(chartOf({ spec: job.spec, run: runOf(job) }, curvesOf(job), words).configuration),
      };
    case 'curves-csv':
      return {
        name: `${fileName(job.spec.modelName)}-curves.csv`,
        comment: words.attachments.curvesCsv,
        text: curvesCsv(curvesOf(job)),
      };
    case 'passport':
      return {
        name: `${fileName(job.spec.modelName)}-passport.json`,
        comment: words.attachments.passport,
        text: passport(job, around),
      };
    default:
      return of satisfies never;
  }
}

/** A picture with four pixels for each, to be opened on its own. */
function sharp(chart: ChartConfiguration): ChartConfiguration {
  return { ...chart, options: { ...chart.options, devicePixelRatio: 2 } };
}

function curvesOf(job: Job): Curves {
  return ('curves' in job && job.curves) || {};
}

function found(job: Job): Found {
  if (job.state === 'refused') {
    const [dataset, evaluationDataset] = job.readings.map(reading =>
      reading.is === 'read' ? reading.report : undefined,
    );
    return { dataset, evaluationDataset, findings: job.findings };
  }
  const checked = 'checked' in job ? job.checked : undefined;
  return {
    dataset: checked?.dataset.report,
    evaluationDataset: checked?.evaluationDataset?.report,
    findings: checked?.findings ?? [],
  };
}
