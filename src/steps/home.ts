import type { HomeView } from '@slack/types';
import { isFinal, states } from '../job/job.ts';
import { around } from '../views/around.ts';
import { home } from '../views/home.ts';
import type { Page, World } from '../world.ts';
import { linksIn } from './browse.ts';
import { isAmong } from './may.ts';
import { registry } from './registry.ts';

type Touches = Pick<World, 'jobs' | 'preferences' | 'slack' | 'settings' | 'vertex'>;

/** How many of each are shown: as many reads, and one more. */
const shown = { waiting: 10, running: 10, ended: 5, models: 3 };
const isOver = (over: boolean) => states.filter(state => isFinal({ state }) === over);

/** App Home of one person: their jobs, where they may approve what waits for them, the quotas, and the newest models. What is shown is read, and nothing of the past besides. */
export async function homeOf(user: string, world: Touches): Promise<HomeView> {
  const { jobs, settings, preferences } = world;
  const mine = (over: boolean, limit: number) => jobs.page({ requester: user, states: isOver(over), limit });
  const [running, ended, asked, GPU, TPU, models, direct] = await Promise.all([
    mine(false, shown.running),
    mine(true, shown.ended),
    waitingFor(user, world),
    jobs.ledger('GPU'),
    jobs.ledger('TPU'),
    registry(shown.models, world),
    preferences.direct(user),
  ]);
  const links = [running, ended, asked].map(page => linksIn(page, world));
  return home(
    {
      running: jobsIn(running),
      ended: jobsIn(ended),
      waiting: jobsIn(asked),
      ledgers: { GPU, TPU },
      registry: models,
      direct,
      links: Object.assign({}, ...links),
    },
    around(settings),
    settings,
  );
}

/** What waits for this person's decision: of approvers alone something does. */
async function waitingFor(user: string, world: Touches): Promise<Page> {
  const { jobs, settings } = world;
  if (!(await isAmong(user, settings.approvers, world))) return { listed: [], more: false };
  const { listed, more } = await jobs.page({ states: ['waiting'], limit: shown.waiting });
  const theirs = ({ requester, cancel }: Page['listed'][number]['job']) =>
    !cancel && (settings.selfApproval || requester.user !== user);
  return { listed: listed.filter(({ job }) => theirs(job)), more };
}

function jobsIn({ listed, more }: Page) {
  return { jobs: listed.map(({ job }) => job), more };
}
