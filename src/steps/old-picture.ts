import type { Job } from '../job/job.ts';
import type { World } from '../world.ts';
import { SlackTrouble } from '../world.ts';

/** Removes the picture of a job's curves that stood before the present one, unless the post of an alarm shows it: that stays as it was. */
export async function removeOldPicture(job: Job, { slack, log }: Pick<World, 'slack' | 'log'>): Promise<void> {
  const before = 'chart' in job ? job.chart?.before : undefined;
  const isShown = 'alarms' in job && job.alarms?.some(({ chart }) => chart?.file === before);
  if (!before || isShown) return;
  try {
    await slack.removeFile(before);
  } catch (error) {
    log.info('An old chart was not removed', { code: error instanceof SlackTrouble ? error.code : 'unknown' });
  }
}
