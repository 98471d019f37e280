import type { Job } from '../job/job.ts';
import type { World } from '../world.ts';
import { SlackTrouble } from '../world.ts';

/** Removes a picture of a job's curves that its card does not show any more, unless the post of an alarm shows it: that stays as it was. */
export async function removeOldPicture(
  file: string | undefined,
  job: Job,
  { slack, log }: Pick<World, 'slack' | 'log'>,
): Promise<void> {
  const isShown = 'alarms' in job && job.alarms?.some(({ chart }) => chart?.file === file);
  if (!file || isShown) return;
  try {
    await slack.removeFile(file);
  } catch (error) {
    log.info('An old chart was not removed', { code: error instanceof SlackTrouble ? error.code : 'unknown' });
  }
}
