import { setTimeout as wait } from 'node:timers/promises';
import type { Job } from '../job/job.ts';
import { places, regions } from '../job/recipe.ts';
import { around } from '../views/around.ts';
import type { Registry } from '../views/models.ts';
import { models } from '../views/models.ts';
import type { Message, Registered, World } from '../world.ts';
import { links } from './browse.ts';

type Touches = Pick<World, 'jobs' | 'slack' | 'settings' | 'vertex'>;

/** How long the regions are waited for, as somebody waits for the answer, in milliseconds. */
const patience = 1200;
const shown = 10;
/** Where a tuned model can be: wherever a model is uploaded or a tuning job runs. What is asked for in `global` comes back in a region. */
const everywhere = [...new Set<string>([...regions, ...places.filter(place => place !== 'global')])];

/** The newest models of the Model Registry, with the jobs that made them. */
export async function listModels(world: Touches): Promise<Message> {
  return models(await registry(shown, world), around(world.settings));
}

/** As many of the newest models as are asked for, each with the job that made it, and the regions that gave no answer in time. */
export async function registry(limit: number, world: Touches): Promise<Registry> {
  const read = await Promise.all(everywhere.map(region => modelsOf(region, world)));
  const newest = read
    .flatMap(({ found = [] }) => found)
    .sort((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0))
    .slice(0, limit);
  const jobs = await makers(newest, world);
  const made = newest.map(model => ({ model, job: jobs.find(job => isMaker(job, model)) }));
  return {
    made,
    silent: read.flatMap(({ region, found }) => (found ? [] : [region])),
    links: await links(
      made.flatMap(({ job }) => job ?? []),
      world,
    ),
  };
}

async function modelsOf(region: string, { vertex }: Touches): Promise<{ region: string; found?: Registered[] }> {
  const late = wait(patience, undefined, { ref: false });
  const found = await Promise.race([vertex.models(region).catch(() => undefined), late]);
  return { region, ...(found && { found }) };
}

/** The jobs that may have made these models: those their labels name, and where one has none, the last that succeeded. */
async function makers(found: readonly Registered[], { jobs }: Touches): Promise<Job[]> {
  const ids = [...new Set(found.flatMap(({ job }) => job ?? []))];
  const named = await Promise.all(ids.map(id => jobs.get(id)));
  const unnamed = found.some(({ job }) => !job);
  const last = unnamed ? (await jobs.page({ states: ['succeeded'], limit: shown })).listed.map(({ job }) => job) : [];
  return [...named, ...last].filter(job => job !== undefined);
}

function isMaker(job: Job, { name, job: label }: Registered): boolean {
  if (label) return job.id === label;
  return job.state === 'succeeded' && job.model !== undefined && bare(job.model) === bare(name);
}

/** A model's name without its version, and without its project, which goes by its id or its number. */
function bare(model: string): string {
  return model.replace(/@[^/@]*$/, '').replace(/^projects\/[^/]+\//, '');
}
