import { expect, test } from 'vitest';
import { regions } from '../../src/job/recipe.ts';
import { registry } from '../../src/steps/registry.ts';
import { start } from '../views/jobs.ts';
import { steadyWorld } from './steady-world.ts';

test('models are looked for in every region that a pipeline uploads to or a tuning job runs in', async () => {
  const base = steadyWorld();
  const asked: string[] = [];
  const name = 'projects/1/locations/us-east5/models/2';
  const vertex = {
    ...base.vertex,
    async models(region: string) {
      asked.push(region);
      const model = { name, displayName: 'intents', createdAt: start, job: undefined, deployed: false };
      return region === 'us-east5' ? [model] : [];
    },
  };
  const found = await registry(10, { ...base, vertex });
  expect(found.made.map(({ model }) => model.name)).toEqual([name]);
  expect(found.silent).toEqual([]);
  expect(asked.sort()).toEqual([...new Set(asked)].sort());
  expect(asked).toEqual(expect.arrayContaining([...regions, 'us-east5', 'asia-southeast2']));
  // It is nobody's region: what was asked for there lies in one of the others.
  expect(asked).not.toContain('global');
});
