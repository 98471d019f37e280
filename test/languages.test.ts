import { afterAll, describe, expect, test } from 'vitest';
import { channel, open } from '../src/local/play.ts';
import type { Stack } from '../src/local/stack.ts';
import { startStack } from '../src/local/stack.ts';
import { watching } from './watching.ts';

const inEnglish = await startStack({ speed: 6000, knockEvery: 200, slack: { rateLimits: false, fileDelayMs: 50 } });
const inFrench = await startStack({
  speed: 6000,
  knockEvery: 200,
  slack: { rateLimits: false, fileDelayMs: 50 },
  environment: { LANGUAGE: 'fr' },
});

afterAll(async () => {
  await Promise.all([inEnglish.close(), inFrench.close()]);
});

/** What somebody in a stack sees, with plain spaces. Chi's Slack is set to French, Ana's to English. */
function seenBy(person: 'ana' | 'chi', stack: Stack) {
  const { slack } = stack;
  const { uri } = watching(stack);
  const who = slack.as(person);
  const plainly = (shown: unknown) => JSON.stringify(shown ?? null).replace(/[\u00a0\u202f]/g, ' ');
  return {
    /** Opens the form and fills it in, but for the dataset. */
    async form(modelName: string) {
      const id = await open(stack, person);
      await who.type(id, 'modelName', modelName);
      await who.choose(id, 'task', 'classification');
      await slack.until(() => Object.keys(who.views()[0]?.values ?? {}).includes('steps~1'));
      await who.type(id, 'steps', '60');
      await who.type(id, 'evaluationDataset', uri('eval'));
      return { id, shown: () => plainly(who.views()[0]) };
    },
    /** Submits the form with this dataset; returns what is then said beside the field. */
    async submit(form: string, dataset: string) {
      await who.type(form, 'dataset', dataset);
      return plainly((await who.submit(form)).errors);
    },
    async answer(line: string) {
      const before = who.ephemerals().length;
      await who.command(channel, line);
      return plainly(await slack.until(() => who.ephemerals()[before]));
    },
    async home(words: RegExp) {
      await who.openHome();
      return slack.until(() => {
        const shown = plainly(who.home());
        return words.test(shown) && shown;
      });
    },
    card: (name: string) =>
      slack.until(() => slack.messages(channel).find(one => !one.threadTs && plainly(one).includes(name))),
    uri,
  };
}

describe('in a deployment that speaks English, somebody whose Slack is French', () => {
  const chi = seenBy('chi', inEnglish);

  test('asks for a job in French, and is refused in French beside the field; the card and its thread are English', async () => {
    const { id, shown } = await chi.form('intents-fr');
    expect(shown()).toMatch(/"title":"Distiller un modèle".*Jeu de données.*Étapes/);
    expect(shown()).not.toMatch(/"text":"[^"]*(?:dataset|steps|upload|choose)/i);
    expect(await chi.submit(id, 'train.jsonl')).toContain(
      '« train.jsonl » n’est pas l’adresse d’un objet Cloud Storage.',
    );
    await chi.submit(id, chi.uri('train'));
    const card = await chi.card('intents-fr');
    const { inThread, cardShows } = watching(inEnglish);
    await inThread(card.ts, /Dataset checked/);
    await inThread(card.ts, /\*done\*/);
    await cardShows(card.ts, /Done/);
    expect(JSON.stringify(inEnglish.slack.thread(channel, card.ts))).not.toMatch(/jeu de données|étapes/);
  });

  test('is answered in French, and reads App Home in French', async () => {
    expect(await chi.answer('/distill status nothing')).toContain('Il n’y a pas de job « nothing ».');
    expect(await chi.answer('/distill help')).toContain('distille sur Vertex AI');
    expect(await chi.home(/intents-fr/)).toMatch(/Jobs de distillation.*Terminé/);
  });
});

test('in a deployment that speaks French, the card and its thread are French, and who reads English has forms and answers in it', async () => {
  const ana = seenBy('ana', inFrench);
  const { id, shown } = await ana.form('intents-en');
  expect(shown()).toMatch(/"title":"New distillation job"/);
  expect(await ana.submit(id, 'train.jsonl')).toContain('“train.jsonl” is not the address of an object');
  await ana.submit(id, ana.uri('train'));
  const card = await ana.card('intents-en');
  const { inThread, cardShows, thread } = watching(inFrench);
  await inThread(card.ts, /Jeu de données vérifié/);
  await inThread(card.ts, /c’est terminé/);
  await cardShows(card.ts, /Terminé/);
  expect(thread(card.ts).join('\n')).not.toMatch(/Dataset checked|\brows\b|tuned model|\bstep\b|is done/);
  expect(await ana.answer('/distill status nothing')).toContain('There is no job “nothing”');
  expect(await ana.home(/intents-en/)).toMatch(/Distillation jobs.*Done/);
});
