import { curvesOf } from '../job/comparison.ts';
import type { Job } from '../job/job.ts';
import { around } from '../views/around.ts';
import { comparedCurves, comparison, noChart } from '../views/compare.ts';
import { comparisonChart } from '../views/comparison-chart.ts';
import { fileName } from '../views/file-name.ts';
import type { Message, World } from '../world.ts';
import { findJob, links } from './browse.ts';

type Touches = Pick<World, 'jobs' | 'slack' | 'canvas' | 'settings'>;

/** What came of comparing two jobs: the comparison at once, and its chart once that is drawn; or which job there is none of. */
export type Compared =
  | { is: 'compared'; message: Message; chart: () => Promise<Message> }
  | { is: 'no-such-job'; asked: string };

/** Two jobs side by side, each by its id, or the newest of a model's name. */
export async function compareJobs(asked: readonly [string, string], world: Touches): Promise<Compared> {
  const [a, b] = await Promise.all(asked.map(idOrName => findJob(idOrName, world)));
  if (!a || !b) return { is: 'no-such-job', asked: asked[a ? 1 : 0] };
  const jobs = [a, b] as const;
  const known = around(world.settings);
  return {
    is: 'compared',
    message: comparison(jobs, known, { links: await links(jobs, world) }),
    chart: () => drawn(jobs, world),
  };
}

async function drawn(jobs: readonly [Job, Job], { canvas, slack, settings }: Touches): Promise<Message> {
  const known = around(settings);
  const [a, b] = jobs.map(job => ({ name: job.spec.modelName, curves: curvesOf(job) }));
  const chart = comparisonChart([a!, b!], known.words);
  if (!chart) return noChart(known.words);
  const bytes = await canvas.draw(chart.configuration);
  const file = await slack.upload({ name: `${fileName(a!.name)}-${fileName(b!.name)}-curves.png`, bytes });
  return comparedCurves(jobs, known, { file, basis: chart.basis });
}
