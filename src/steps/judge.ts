import pLimit from 'p-limit';
import { judged } from '../job/change.ts';
import type { Job } from '../job/job.ts';
import { publisherModel } from '../job/request.ts';
import { answering, isPipeline, servingRegion } from '../job/spec.ts';
import type { Contestant, Judgeable, Sheet } from '../job/verdict.ts';
import { contestantsOf, continued, isToBeJudged, markOf, stillToAsk } from '../job/verdict.ts';
import type { Held, Prediction, World } from '../world.ts';
import { Unavailable } from '../world.ts';
import type { EvaluationRow } from './evaluation-rows.ts';
import { evaluationRows } from './evaluation-rows.ts';

type Touches = Pick<World, 'jobs' | 'storage' | 'vertex' | 'settings' | 'clock' | 'log' | 'leaving'>;

/** How many rows each contestant is asked about at a time. */
const abreast = 2;
/** How long one look may go on asking, in milliseconds, and in how many parts of a lease what was learnt is written down. */
const budget = 30_000;
const parts = 8;
/** For how many looks nobody has given an answer before the verdict is given without those that are missing. */
const patience = 60;

/** Asks the tuned model, the student as it was and the teacher about rows of the evaluation dataset, and compares their answers with what is expected there: as many as fit into one look. What was asked before a crash is not asked again. */
export async function judge(held: Held, job: Judgeable, world: Touches): Promise<Held> {
  const { jobs, settings, clock, log, leaving } = world;
  const around = () => ({ now: clock.now(), patience: patience * settings.lookEvery });
  let rows: EvaluationRow[] | undefined;
  try {
    rows = await evaluationRows(job, world);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    log.warn('The evaluation dataset could not be read', { job: job.id });
    return jobs.commit(held, now => judged(now, { is: 'put-off' }, around()));
  }
  if (!rows?.length) {
    const hindrance = rows ? 'unlabelled' : 'changed';
    return jobs.commit(held, now => judged(now, { is: 'hindered', hindrance }, around()));
  }
  const lines = rows.map(({ line }) => line);
  const began = clock.steady();
  const tired = new Set<Contestant>();
  let newest = held;
  for (;;) {
    const sheets = await askOn(newest.job, { rows, tired }, world);
    newest = await jobs.commit(newest, now => judged(now, { is: 'answers', lines, sheets }, around()));
    const { job: after, version } = newest;
    const isOver =
      !isToBeJudged(after) || contestantsOf(after.spec).every(who => !next(after, who, { rows, tired }).length);
    // A door's fact comes first.
    if (isOver || version !== held.version || leaving.aborted || clock.steady() - began >= budget) return newest;
  }
}

interface Round {
  rows: readonly EvaluationRow[];
  /** Who gave no answer during this look, and is asked again at the next. */
  tired: Set<Contestant>;
}

function next(job: Judgeable, who: Contestant, { rows, tired }: Round): number[] {
  return tired.has(who) ? [] : stillToAsk(job.verdict ?? { sheets: {} }, who, rows.length);
}

/** Asks about the next rows until it is time to write down what was learnt. */
async function askOn(job: Job, round: Round, world: Touches): Promise<Partial<Record<Contestant, Sheet>>> {
  const { clock, settings, leaving } = world;
  const sheets: Partial<Record<Contestant, Sheet>> = {};
  if (!isToBeJudged(job)) return sheets;
  const contestants = contestantsOf(job.spec);
  const limit = pLimit(abreast * contestants.length);
  const how = answering(job.spec);
  const began = clock.steady();
  const left = new Map(contestants.map(who => [who, next(job, who, round)]));
  for (;;) {
    await Promise.all(
      contestants.map(async who => {
        const turn = left.get(who)?.splice(0, abreast) ?? [];
        if (!turn.length) return;
        const name = whom(job, who, world);
        const answers = await Promise.all(turn.map(i => limit(() => askAbout(round.rows[i]!, { name, how }, world))));
        const sheet = sheetOf(answers);
        sheets[who] = continued(sheets[who], sheet);
        if (answers.some(({ prediction }) => prediction.is === 'put-off')) round.tired.add(who);
        if (sheet.out !== undefined || round.tired.has(who)) left.set(who, []);
      }),
    );
    const isOver = [...left.values()].every(some => !some.length);
    if (isOver || leaving.aborted || clock.steady() - began >= settings.leaseTime / parts) return sheets;
  }
}

interface Asked {
  prediction: Prediction;
  mark: string;
  ms: number;
}

async function askAbout(
  row: EvaluationRow,
  { name, how }: { name: string; how: ReturnType<typeof answering> },
  { vertex, clock }: Touches,
): Promise<Asked> {
  const began = clock.steady();
  const prediction = await vertex.predict(name, row.input, { how });
  const answer = prediction.is === 'answered' ? prediction.text : undefined;
  return { prediction, mark: markOf(answer, row.expected ?? ''), ms: Math.round(clock.steady() - began) };
}

/** What is kept of some answers in order: those before the first that is to be asked for again. */
function sheetOf(answers: readonly Asked[]): Sheet {
  const sheet: Sheet = { marks: '', ms: [] };
  for (const { prediction, mark, ms } of answers) {
    if (prediction.is === 'put-off') break;
    if (prediction.is === 'closed') return { ...sheet, out: prediction.trouble.said };
    sheet.marks += mark;
    if (prediction.is === 'answered') sheet.ms.push(ms);
  }
  return sheet;
}

/** The resource that is asked. A tuned model may be served elsewhere than its tuning job ran, and the student it was with it. */
function whom({ spec, endpoint }: Judgeable, who: Contestant, { settings }: Touches): string {
  if (who === 'tuned') return endpoint;
  const [, served] = /\/locations\/([^/]+)\//.exec(endpoint) ?? [];
  const region = (isPipeline(spec) ? undefined : served) ?? servingRegion(spec);
  return publisherModel(spec[who] ?? '', { project: settings.project, region });
}
