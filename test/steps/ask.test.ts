import type { ModalView } from '@slack/types';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../../src/local/slack/elements.ts';
import type { Json } from '../../src/local/slack/json.ts';
import type { OpenForm } from '../../src/steps/ask.ts';
import { openForm, recompute } from '../../src/steps/ask.ts';
import { emptyDraft } from '../../src/views/draft.ts';
import type { ViewValues } from '../../src/views/form.ts';
import { drawForm } from '../../src/views/form.ts';
import { wordsIn } from '../../src/views/words.ts';
import { jobIn } from '../views/jobs.ts';
import { steadyWorld } from './steady-world.ts';

/** A world whose datasets are not read before `read` is called, and the forms drawn in it. */
function slowWorld() {
  const world = steadyWorld({ settings: { recipes: ['open-model', 'gemini-tuning', 'palm'] } });
  const drawn: ModalView[] = [];
  const gate = Promise.withResolvers<void>();
  const { open } = world.storage;
  world.storage.open = async (...asked) => {
    await gate.promise;
    return open(...asked);
  };
  let hash = 0;
  world.slack.updateView = async view => {
    drawn.push(view);
    return `h${++hash}`;
  };
  return { world, drawn, read: gate.resolve };
}

/** A form in which a recipe and a dataset were chosen, as Slack has it. */
function formOf(id: string, recipe: string, { settings }: ReturnType<typeof steadyWorld>): OpenForm {
  const draft = emptyDraft('C1', settings);
  const typed = { ...draft.typed, dataset: 'gs://acme-ml/train.jsonl' };
  const view = drawForm({ ...draft, typed, live: {}, settings, words: wordsIn('en') });
  const values = valuesOf(view.blocks as unknown as Json[]) as unknown as ViewValues;
  const chosen = { ...values, recipe: { recipe: { selected_option: { value: recipe } } } };
  return { id, hash: 'h', private_metadata: view.private_metadata ?? '', state: { values: chosen } };
}

const titles = (drawn: readonly ModalView[]) => drawn.map(({ title }) => title.text);
const saying = (drawn: readonly ModalView[], words: string) => drawn.map(view => JSON.stringify(view).includes(words));

describe('recompute()', () => {
  it('draws another recipe before anything is looked up, and again with what was learnt', async () => {
    const { world, drawn, read } = slowWorld();
    const done = recompute(formOf('V-once', 'gemini-tuning', world), 'chose', world);
    await new Promise(setImmediate);
    expect(titles(drawn)).toEqual(['New tuning job']);
    read();
    await done;
    expect(titles(drawn)).toEqual(['New tuning job', 'New tuning job']);
    expect(saying(drawn, '120 rows')).toEqual([false, true]);
  });

  it('draws the same recipe once', async () => {
    const { world, drawn, read } = slowWorld();
    read();
    await recompute(formOf('V-same', 'open-model', world), 'chose', world);
    expect(saying(drawn, '120 rows')).toEqual([true]);
  });

  it('draws the recipe that was chosen last, however long the one before took', async () => {
    const { world, drawn, read } = slowWorld();
    const first = recompute(formOf('V-last', 'gemini-tuning', world), 'chose', world);
    const second = recompute(formOf('V-last', 'palm', world), 'chose', world);
    read();
    await Promise.all([first, second]);
    expect(titles(drawn)).toEqual(['New tuning job', 'New distillation job', 'New distillation job']);
    expect(saying(drawn, 'Retired')).toEqual([false, true, true]);
  });
});

describe('openForm() of a job that is moved', () => {
  async function moved() {
    const { world, drawn, read } = slowWorld();
    const job = jobIn('succeeded', { spec: { steps: 300, accelerator: 'TPU' } });
    await world.jobs.create({ job }, 'view:1');
    const asked = { trigger: 't', channel: 'C1', again: job, to: 'open-model' } as const;
    world.slack.openView = async view => {
      drawn.push(view);
      return { id: 'V-moved', hash: 'h' };
    };
    return { world, drawn, read, job, opened: await openForm(asked, world) };
  }

  it('shows what could not be carried over from the first, and goes on showing it', async () => {
    const { drawn, read, opened } = await moved();
    expect(saying(drawn, 'Steps: no equivalent. 300 steps of 24 over 480 rows come to 15 epochs')).toEqual([true]);
    read();
    if (opened !== 'expired') await opened.complete();
    expect(saying(drawn, '15 epochs: 15 stand there')).toEqual([true, true]);
    expect(saying(drawn, '120 rows')).toEqual([false, true]);
  });

  it('carries over anew where another recipe is chosen, and nothing where its own is', async () => {
    const { world, drawn, read } = await moved();
    read();
    for (const recipe of ['gemini-tuning', 'palm']) {
      const [last] = drawn.slice(-1);
      const values = valuesOf(last!.blocks as unknown as Json[]) as unknown as ViewValues;
      const chosen = { ...values, recipe: { recipe: { selected_option: { value: recipe } } } };
      const form = { id: 'V-moved', hash: 'h', private_metadata: last!.private_metadata!, state: { values: chosen } };
      await recompute(form, 'chose', world);
    }
    expect(saying(drawn, 'the labels at hand are learnt')).toEqual([false, true, true, false, false]);
    expect(saying(drawn, 'What could not be carried over')).toEqual([true, true, true, false, false]);
  });
});
