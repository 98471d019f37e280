import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from './house.ts';
import type { Model } from './models.ts';
import { endpoint } from './models.ts';
import { zeroShot } from './teacher.ts';
import { Trouble } from './trouble.ts';

type Asked = { name: string; body: Record<string, unknown> };

/** Asks the model at an endpoint, which answers with what it was trained to say. */
export async function predict(house: House, { name, body }: Asked): Promise<object> {
  const { id, model, answer } = deployed(house, { name, asked: 'predict' });
  return {
    predictions: await answers(house, body, answer),
    deployedModelId: id,
    model: model.name,
    modelDisplayName: model.displayName,
    modelVersionId: '1',
  };
}

/** What is deployed to an endpoint and answers there, if it is asked in its own way. */
export function deployed({ models }: House, { name, asked }: { name: string; asked: Model['asked'] }) {
  const [serving] = endpoint(models, name).deployed;
  if (!serving)
    throw new Trouble('FAILED_PRECONDITION', `The Endpoint "${name}" has no deployed model that could answer.`);
  const { id, model, tuned } = serving;
  if (model.asked !== asked)
    throw new Trouble('FAILED_PRECONDITION', `The model at the Endpoint "${name}" does not answer to "${asked}".`);
  return { id, model, answer: (prompt: string) => tuned.lesson.answer(tuned.model, prompt) };
}

/** A model that no publisher has. */
export function noModel(name: string): Trouble {
  return new Trouble(
    'NOT_FOUND',
    `Publisher Model \`${name}\` was not found or your project does not have access to it.`,
  );
}

/** Asks a publisher's model: the teacher answers as it labels, the student as one that was taught nothing of this. */
export async function predictBase(house: House, { name, body }: Asked): Promise<object> {
  const model = name.split('/').at(-1) ?? '';
  if (model.startsWith('text-unicorn@')) {
    const teacher = await house.teacher();
    return { predictions: await answers(house, body, prompt => teacher.lecture(prompt).output_text) };
  }
  if (model.startsWith('text-bison@')) return { predictions: await answers(house, body, zeroShot) };
  throw noModel(name);
}

async function answers(
  { answerTime, closing }: House,
  { instances, parameters = {} }: Record<string, unknown>,
  answer: (prompt: string) => string,
): Promise<object[]> {
  if (!Array.isArray(instances) || instances.length === 0)
    throw new Trouble('INVALID_ARGUMENT', 'Invalid request: "instances" must be a list with at least one instance.');
  inRange(parameters);
  const prompts = instances.map((instance: unknown, i) => {
    const content = instance && typeof instance === 'object' && 'content' in instance ? instance.content : undefined;
    if (typeof content !== 'string' || !content)
      throw new Trouble('INVALID_ARGUMENT', `Invalid request: instance ${i} has no text in "content".`);
    return content;
  });
  if (answerTime) await sleep(answerTime, undefined, { signal: closing });
  return prompts.map(prompt => ({
    content: answer(prompt),
    safetyAttributes: { blocked: false, categories: [], scores: [] },
    citationMetadata: { citations: [] },
  }));
}

const ranges: Record<string, [number, number]> = {
  temperature: [0, 1],
  maxDecodeSteps: [1, 1024],
  topK: [1, 40],
  topP: [0, 1],
};

function inRange(parameters: unknown): void {
  if (typeof parameters !== 'object' || parameters === null)
    throw new Trouble('INVALID_ARGUMENT', 'Invalid request: "parameters" must be an object.');
  for (const [name, value] of Object.entries(parameters)) {
    const range = ranges[name];
    if (range && !(typeof value === 'number' && value >= range[0] && value <= range[1]))
      throw new Trouble(
        'INVALID_ARGUMENT',
        `Invalid request: parameter "${name}" must be between ${range[0]} and ${range[1]}, but its value is ${JSON.stringify(value)}.`,
      );
  }
}
