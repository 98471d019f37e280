import type { Workspace } from './workspace.ts';

/** What goes wrong: `drop` cuts the connection, `apply` means the call took effect all the same, `error:x` answers x. */
export type FaultMode =
  | 'drop-before'
  | 'apply-drop'
  | 'apply-500'
  | 'apply-hang'
  | '429'
  | '500'
  | 'html200'
  | 'hang'
  | `error:${string}`;

/** One thing that will go wrong. */
export interface Fault {
  /** A Web API method, `*` for any, or `files.share`: an upload that is never shared. */
  method: string;
  mode: FaultMode;
  /** Which call from now on, the next being 1. */
  nth?: number;
  /** How many calls in a row; 1 unless given. */
  times?: number;
  /** The seconds a `429` asks for; a text is sent as it is, an empty one leaves the header out. */
  retryAfter?: number | string;
}

interface Planned extends Fault {
  seen: number;
}

const plans = new WeakMap<Workspace, Planned[]>();

/** Plans a fault. */
export function planFault(workspace: Workspace, fault: Fault): void {
  plans.set(workspace, [...(plans.get(workspace) ?? []), { ...fault, seen: 0 }]);
}

/** Forgets every fault that was planned. */
export function clearFaults(workspace: Workspace): void {
  plans.delete(workspace);
}

/** The faults that are still to come. */
export function plannedFaults(workspace: Workspace): Fault[] {
  return (plans.get(workspace) ?? []).map(({ seen: _, ...fault }) => fault);
}

/** The fault that strikes this call, if one does; it counts the call. */
export function takeFault(workspace: Workspace, method: string): Fault | undefined {
  let struck: Fault | undefined;
  const left = (plans.get(workspace) ?? []).filter(plan => {
    if (plan.method !== method && !(plan.method === '*' && method !== 'files.share')) return true;
    plan.seen += 1;
    const first = plan.nth ?? 1;
    if (plan.seen >= first) struck ??= plan;
    return plan.seen < first + (plan.times ?? 1) - 1;
  });
  plans.set(workspace, left);
  return struck;
}
