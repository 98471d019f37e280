import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChoiceRule, NumberRule } from '../../src/job/recipe.ts';
import { accelerators, pipelineRecipes, recipeOf, regions, tasks, tuningRecipes } from '../../src/job/recipe.ts';
import { contentBody, pipelineJobBody, predictionBody, tuningJobBody } from '../../src/job/request.ts';
import type { PipelineSpec, TuningSpec } from '../../src/job/spec.ts';
import { checkpoints, isError, problems } from '../../src/job/spec.ts';
import { v1, wrongsOfRequest } from '../clients/published.ts';

const sender = { project: 'retort-project', deployment: 'retort' };
const key = 'projects/p/locations/us-central1/keyRings/r/cryptoKeys/k';

const text = fc.string({ minLength: 1, maxLength: 128 });
const object = fc.constantFrom('gs://acme/train.jsonl', 'gs://acme/a b/é.jsonl');
const number = fc.double({ min: 0, minExcluded: true, noNaN: true, noDefaultInfinity: true });
const whole = fc.integer({ min: 1 });
const account = fc.option(fc.constant('tuner@retort.iam.gserviceaccount.com'), { nil: undefined });

describe('what is asked of Vertex AI is what Google publishes', () => {
  it.each(tuningRecipes)('for a tuning job of the recipe %s', recipe => {
    const message = `google.cloud.aiplatform.${recipeOf(recipe).version}.TuningJob`;
    let asked = 0;
    fc.assert(
      fc.property(tuningSpec(recipe), spec => {
        fc.pre(!problems(spec).some(isError));
        asked++;
        expect(wrongsOfRequest(message, tuningJobBody({ id: 'h7k2mq', spec }, sender))).toEqual([]);
      }),
    );
    expect(asked).toBeGreaterThan(50);
  });

  it.each(pipelineRecipes)('for a pipeline job of the recipe %s', recipe => {
    fc.assert(
      fc.property(pipelineSpec(recipe), spec => {
        expect(wrongsOfRequest(`${v1}.PipelineJob`, pipelineJobBody({ id: 'h7k2mq', spec }, sender))).toEqual([]);
      }),
    );
  });

  it('of a model: of both kinds the endpoint, or the model, is in the address', () => {
    const endpoint = 'projects/retort-project/locations/us-central1/endpoints/1';
    fc.assert(
      fc.property(text, prompt => {
        expect(wrongsOfRequest(`${v1}.PredictRequest`, { endpoint, ...predictionBody(prompt) })).toEqual([]);
        const body = { model: endpoint, ...contentBody(prompt) };
        expect(wrongsOfRequest(`${v1}.GenerateContentRequest`, body)).toEqual([]);
      }),
    );
  });
});

/** Any spec of a recipe, each parameter asked for or not, most without an error. */
function tuningSpec(recipe: TuningSpec['recipe']): fc.Arbitrary<TuningSpec> {
  const { teachers, students, regions, parameters, weights, encryption } = recipeOf(recipe);
  const asked = Object.entries(parameters as Record<string, NumberRule | ChoiceRule>).map(
    ([name, rule]) => [name, 'of' in rule ? fc.constantFrom(...rule.of) : rule.whole ? whole : number] as const,
  );
  return fc
    .record({
      modelName: text,
      dataset: object,
      ...(teachers && { teacher: fc.constantFrom(...teachers.known) }),
      student: fc.constantFrom(...students.known),
      region: fc.constantFrom(...regions),
      evaluationDataset: fc.option(object, { nil: undefined }),
      asked: fc.record(Object.fromEntries(asked), { requiredKeys: [] }),
      ...(weights !== undefined && { outputs: fc.constant('gs://acme/out') }),
      ...(encryption && { encryptionKey: fc.option(fc.constant(key), { nil: undefined }) }),
      serviceAccount: account,
    })
    .map(({ asked, ...spec }) => {
      const rates = 'learningRate' in asked && 'learningRateMultiplier' in asked;
      return {
        recipe,
        evaluate: !!spec.evaluationDataset,
        ...spec,
        ...asked,
        ...(rates && { learningRate: undefined }),
      };
    }) as fc.Arbitrary<TuningSpec>;
}

function pipelineSpec(recipe: PipelineSpec['recipe']): fc.Arbitrary<PipelineSpec> {
  const { teachers, students } = recipeOf(recipe);
  return fc
    .record({
      modelName: text,
      task: fc.constantFrom(...tasks),
      dataset: object,
      teacher: fc.constantFrom(...teachers!.known),
      student: fc.constantFrom(...students.known),
      region: fc.constantFrom(...regions),
      accelerator: fc.constantFrom(...accelerators),
      steps: whole,
      learningRateMultiplier: number,
      evaluationDataset: fc.option(object, { nil: undefined }),
      evaluationInterval: whole,
      earlyStopping: fc.boolean(),
      checkpoint: fc.constantFrom(...checkpoints),
      tensorboard: fc.option(fc.constant('projects/1/locations/us-central1/tensorboards/2'), { nil: undefined }),
      uploadRegion: fc.constantFrom(...regions),
      pipelineRoot: fc.constant('gs://acme/root'),
      displayName: text,
      encryptionKey: fc.option(fc.constant(key), { nil: undefined }),
      serviceAccount: account,
    })
    .map(spec => ({ recipe, evaluate: !!spec.evaluationDataset, ...spec }));
}
