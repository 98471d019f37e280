import type { Cause } from './cause.ts';
import { hardware, otherThan, palm } from './recipe.ts';
import { same } from './same.ts';
import type { Spec } from './spec.ts';
import { isError, problems, tensorboardRegion } from './spec.ts';

/** What the operator has to offer in place of what did not work. */
export interface Offered {
  pipelineRoot: string;
  serviceAccount: string | undefined;
  tensorboards: Partial<Record<string, string>>;
}

/** The spec that a failed job is tried with a second time: mended where its failure lies in what was asked for and something else is at hand; the very same spec where not. */
export function secondTry(spec: Spec, cause: Cause | undefined, offered: Offered): Spec {
  const mended = withTensorboard(mendedFor(spec, cause, offered), offered);
  const { encryptionKey } = mended;
  const wrong = problems(mended).some(problem => isError(problem) && problem.field === 'encryptionKey');
  // A key that the person chose is given up only where the key itself is what failed.
  if (wrong && encryptionKey && cause !== 'encryption') return spec;
  const next = wrong ? { ...mended, encryptionKey: undefined } : mended;
  return same(next, spec) ? spec : next;
}

/** Which fields a second try changes. */
export function changedFields(before: Spec, after: Spec): (keyof Spec)[] {
  const fields = Object.keys({ ...before, ...after }) as (keyof Spec)[];
  return fields.filter(field => before[field] !== after[field]);
}

function mendedFor(spec: Spec, cause: Cause | undefined, offered: Offered): Spec {
  switch (cause) {
    case 'quota':
      return { ...spec, accelerator: otherThan(spec.accelerator) };
    case 'encryption':
      return { ...spec, accelerator: 'GPU', region: palm.keyRegion, uploadRegion: palm.keyRegion };
    case 'tensorboard':
      return { ...spec, tensorboard: near(spec, offered).find(name => name !== spec.tensorboard) };
    case 'actAs':
      return {
        ...spec,
        serviceAccount: offered.serviceAccount === spec.serviceAccount ? undefined : offered.serviceAccount,
      };
    case 'bucket':
      return { ...spec, pipelineRoot: offered.pipelineRoot };
    default:
      return spec;
  }
}

/** Where the tuning moved away from the TensorBoard, the operator's for the new place is taken. */
function withTensorboard(spec: Spec, offered: Offered): Spec {
  const region = spec.tensorboard && tensorboardRegion(spec.tensorboard);
  if (!region || regionsOf(spec).includes(region)) return spec;
  return { ...spec, tensorboard: near(spec, offered)[0] };
}

function near(spec: Spec, { tensorboards }: Offered): string[] {
  return regionsOf(spec).flatMap(region => tensorboards[region] ?? []);
}

/** The regions a TensorBoard may be in, the surest first. */
function regionsOf({ region, accelerator }: Spec): string[] {
  return [...new Set([region, hardware[accelerator].region])];
}
