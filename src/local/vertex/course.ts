import { timestamp } from './resource.ts';
import type { Run, RunState, Shown } from './run.ts';
import { terminal } from './run.ts';
import { Trouble } from './trouble.ts';

/** What a pipeline job and a tuning job have in common: a state, a clock, and an end that can be asked for. */
export type Course = Pick<
  Run,
  'id' | 'state' | 'updateTime' | 'startTime' | 'endTime' | 'error' | 'clock' | 'cancelling' | 'shown'
>;

/** Puts a job into a state, unless it has ended, or is being cancelled and the state is no end. */
export function move(course: Course, state: RunState): void {
  if (terminal.includes(course.state) || (course.state === 'CANCELLING' && !terminal.includes(state))) return;
  course.state = state;
  course.updateTime = timestamp();
}

/** Asks a job to end, as far as it has not. */
export function cancel(
  course: Course,
  { name, kind, state, speed }: { name: string; kind: string; state: string; speed: number },
): void {
  if (terminal.includes(course.state))
    throw new Trouble(
      'FAILED_PRECONDITION',
      `The ${kind} "${name}" cannot be cancelled: its state is ${state}_${course.state}.`,
    );
  if (course.state === 'PAUSED') course.clock.rate(speed);
  move(course, 'CANCELLING');
  course.cancelling.abort(new Error(`The ${kind} "${course.id}" is being cancelled.`));
}

/** Holds a job where it is, as PAUSED. */
export function hold(course: Course): void {
  if (course.state !== 'PENDING' && course.state !== 'RUNNING') return;
  course.clock.rate(0);
  move(course, 'PAUSED');
}

/** Lets a held job go on. */
export function release(course: Course, { speed }: { speed: number }): void {
  if (course.state !== 'PAUSED') return;
  move(course, course.startTime ? 'RUNNING' : 'PENDING');
  course.clock.rate(speed);
}

/** Has a job shown in other states than those it is in, or as it is again. */
export function show(course: Course, shown: Shown | undefined): void {
  if (shown) course.shown = shown;
  else delete course.shown;
  course.updateTime = timestamp();
}
