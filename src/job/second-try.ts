import type { Cause } from './cause.ts';
import { hardware, otherThan, recipeOf } from './recipe.ts';
import { same } from './same.ts';
import type { PipelineSpec, Spec, SpecField, TuningSpec } from './spec.ts';
import { isError, isPipeline, problems, specFields, tensorboardRegion, valueIn } from './spec.ts';

/** What the operator has to offer in place of what did not work. */
export interface Offered {
  pipelineRoot: string;
  serviceAccount: string | undefined;
  tensorboards: Partial<Record<string, string>>;
}

/** The spec that a failed job is tried with a second time: mended where its failure lies in what was asked for and something else is at hand; the very same spec where not. */
export function secondTry(spec: Spec, cause: Cause | undefined, offered: Offered): Spec {
  if (!isPipeline(spec)) return ofTuning(spec, cause, offered);
  const mended = withTensorboard(mendedFor(spec, cause, offered), offered);
  const { encryptionKey } = mended;
  const wrong = problems(mended).some(problem => isError(problem) && problem.field === 'encryptionKey');
  // A key that the person chose is given up only where the key itself is what failed.
  if (wrong && encryptionKey && cause !== 'encryption') return spec;
  const next = wrong ? { ...mended, encryptionKey: undefined } : mended;
  return same(next, spec) ? spec : next;
}

/** Which fields a second try changes. */
export function changedFields(before: Spec, after: Spec): SpecField[] {
  return specFields.filter(field => valueIn(before, field) !== valueIn(after, field));
}

function ofTuning(spec: TuningSpec, cause: Cause | undefined, offered: Offered): TuningSpec {
  switch (cause) {
    case 'encryption':
      return { ...spec, encryptionKey: undefined };
    case 'actAs':
      return { ...spec, serviceAccount: undefined };
    case 'bucket':
      return spec.outputs === undefined ? spec : { ...spec, outputs: offered.pipelineRoot };
    case 'multiplier':
      return { ...spec, learningRateMultiplier: undefined };
    case 'adapter':
      return { ...spec, adapterSize: undefined };
    default:
      return spec;
  }
}

function otherAccount({ serviceAccount }: PipelineSpec, offered: Offered): string | undefined {
  return offered.serviceAccount === serviceAccount ? undefined : offered.serviceAccount;
}

function mendedFor(spec: PipelineSpec, cause: Cause | undefined, offered: Offered): PipelineSpec {
  switch (cause) {
    case 'quota':
      return { ...spec, accelerator: otherThan(spec.accelerator) };
    case 'encryption':
      return { ...spec, accelerator: 'GPU', ...whereKeysWork(spec) };
    case 'tensorboard':
      return { ...spec, tensorboard: near(spec, offered).find(name => name !== spec.tensorboard) };
    case 'actAs':
      return { ...spec, serviceAccount: otherAccount(spec, offered) };
    case 'bucket':
      return { ...spec, pipelineRoot: offered.pipelineRoot };
    default:
      return spec;
  }
}

function whereKeysWork({ recipe }: PipelineSpec): Pick<PipelineSpec, 'region' | 'uploadRegion'> {
  const { keyRegion } = recipeOf(recipe);
  return { region: keyRegion, uploadRegion: keyRegion };
}

/** Where the tuning moved away from the TensorBoard, the operator's for the new place is taken. */
function withTensorboard(spec: PipelineSpec, offered: Offered): PipelineSpec {
  const region = spec.tensorboard && tensorboardRegion(spec.tensorboard);
  if (!region || regionsOf(spec).includes(region)) return spec;
  return { ...spec, tensorboard: near(spec, offered)[0] };
}

function near(spec: PipelineSpec, { tensorboards }: Offered): string[] {
  return regionsOf(spec).flatMap(region => tensorboards[region] ?? []);
}

/** The regions a TensorBoard may be in, the surest first. */
function regionsOf({ region, accelerator }: PipelineSpec): string[] {
  return [...new Set([region, hardware[accelerator].region])];
}
