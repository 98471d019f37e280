import { z } from 'zod';
import { vertexAddress } from '../clients/google.ts';
import type { Recipe, RecipeId, TuningRecipe } from '../job/recipe.ts';
import { recipeOf } from '../job/recipe.ts';
import type { Around } from './around.ts';
import { asRetort, bound, refused } from './around.ts';
import type { Check } from './verdict.ts';

/** The ways of carrying out a job that the recipes on offer take. */
export function backends({ config }: Around): ReadonlySet<Recipe['backend']> {
  return new Set(config.settings.recipes.map(id => recipeOf(id).backend));
}

/** The recipes on offer that tuning jobs carry out. */
export function tuningRecipesOf({ config }: Around): TuningRecipe[] {
  return config.settings.recipes.map((id): Recipe => recipeOf(id)).filter(recipe => recipe.backend === 'tuningJobs');
}

/** Looks at what the recipes on offer take besides rights: tuning jobs where they run, the experiments that have their curves, and what Google says of a recipe itself. */
export function recipeChecks(around: Around): Check[] {
  const places = [...new Set(tuningRecipesOf(around).flatMap(({ regions }) => regions))];
  // The right is the project's, so one region tells of all; `global` has no experiments.
  const [region] = places.filter(place => place !== 'global');
  return [
    ...places.map(place => placeCheck(place, around)),
    ...(region ? [experimentsCheck(region, around)] : []),
    ...around.config.settings.recipes.flatMap(id => standingChecks(id, around)),
  ];
}

/** In v1beta1, as Retort looks at every tuning job, whichever version created it. */
function placeCheck(place: string, around: Around): Check {
  const { google, settings } = around.config;
  const { project } = settings;
  return {
    about: `Vertex AI lists tuning jobs in ${place}`,
    look: () =>
      asRetort(around, async ({ request }) => {
        const url = vertexAddress(`projects/${project}/locations/${place}/tuningJobs`, {
          endpoint: google.vertexEndpoint,
          version: 'v1beta1',
        });
        const outcome = await request({ url, query: { pageSize: '1' }, answer: z.looseObject({}) });
        if (outcome.is === 'ok') return { is: 'fine' };
        const forbidden = { is: 'wrong', said: 'Retort may not list tuning jobs', run: bound(around) } as const;
        return refused(outcome, { service: 'aiplatform.googleapis.com', project, forbidden });
      }),
  };
}

/** Asks for an experiment that nobody has: whoever may look is told so, and whoever may not is not. */
function experimentsCheck(region: string, around: Around): Check {
  const { google, settings } = around.config;
  const { project } = settings;
  return {
    about: `the experiments of tuning jobs can be read in ${region}`,
    look: () =>
      asRetort(around, async ({ request }) => {
        const url = vertexAddress(
          `projects/${project}/locations/${region}/metadataStores/default/contexts/retort-doctor`,
          { endpoint: google.vertexEndpoint },
        );
        const outcome = await request({ url, answer: z.looseObject({}) });
        if (outcome.is === 'ok') return { is: 'fine' };
        const forbidden = { is: 'wrong', said: 'Retort may not, so they have no curves', run: bound(around) } as const;
        return refused(outcome, {
          service: 'aiplatform.googleapis.com',
          project,
          forbidden,
          missing: { is: 'fine' },
        });
      }),
  };
}

function standingChecks(id: RecipeId, { config }: Around): Check[] {
  const { retired, earlyAccess }: Recipe = recipeOf(id);
  return [
    ...(retired
      ? [
          {
            about: `${id} is offered as what it is`,
            look: async () =>
              ({
                is: 'fine',
                said: `retired, with new jobs refused since ${retired.newJobs} and its models gone since ${retired.models}`,
              }) as const,
          },
        ]
      : []),
    ...(earlyAccess
      ? [
          {
            about: `Google has let ${config.settings.project} in to ${id}`,
            look: async () =>
              ({ is: 'unknown', said: 'only a job tells; where it has not, leave it out of RECIPES' }) as const,
          },
        ]
      : []),
  ];
}
