import type { Storage } from '@google-cloud/storage';
import type { Turns } from './conversation.ts';
import { contents, instruction, said, turns } from './conversation.ts';
import type { Line } from './dataset.ts';
import { readLines } from './dataset.ts';
import type { Parts } from './label.ts';
import { list, message, oneOf, string } from './message.ts';
import { Trouble } from './trouble.ts';
import type { Family } from './tuning-models.ts';
import type { TuningOrder } from './tuning-request.ts';

const chat = message({
  messages: list(message({ role: oneOf('Role', ['system', 'user', 'assistant']), content: string })),
});
const pair = message({ prompt: string, completion: string });
const gemini = message({ systemInstruction: instruction, contents });

/** The most validation rows that go with so many training rows: docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/open-model-tuning and …/models/gemini-supervised-tuning. */
const mostValidation: Record<Family, (train: number) => number> = {
  open: train => Math.min(4999, Math.floor(train * 0.25)),
  gemini: train => Math.min(5000, Math.max(1000, Math.floor(train * 0.3))),
};

/** Reads the datasets of a tuning job, in the formats of its model, and refuses them whole at the first line that cannot be used. */
export async function readExamples(
  storage: Storage,
  { family, teacher, dataset, validation }: TuningOrder,
): Promise<Parts<Turns>> {
  const read = (line: Line) => {
    const example = exampleOf(line, family);
    if (teacher === undefined && example.output === undefined) throw unusable(line, 'there is no answer to learn');
    return example;
  };
  const train = await readLines(storage, { uri: dataset, read });
  const evaluation = validation === undefined ? [] : await readLines(storage, { uri: validation, read });
  const most = mostValidation[family](train.length);
  if (evaluation.length > most && !(family === 'gemini' && teacher !== undefined))
    throw new Trouble(
      'INVALID_ARGUMENT',
      `The validation dataset "${validation}" may have at most ${most} rows beside ${train.length}, but has ${evaluation.length}.`,
    );
  return { train, evaluation };
}

function exampleOf(line: Line, family: Family): Turns {
  let found: Turns | undefined;
  try {
    found = turns(saidIn(line.object, family));
  } catch (error) {
    throw error instanceof Trouble ? unusable(line, error.message) : error;
  }
  if (!found) throw unusable(line, 'user and model must take turns, the user first, and each say something');
  return found;
}

function saidIn(object: Line['object'], family: Family): Parameters<typeof turns>[0] {
  if (family === 'gemini') return said(gemini(object, 'example'));
  if ('messages' in object)
    return (chat(object, 'example').messages ?? []).map(({ role = 'user', content = '' }) => ({
      who: role === 'assistant' ? 'model' : role,
      text: content,
    }));
  const { prompt = '', completion } = pair(object, 'example');
  return [
    { who: 'user', text: prompt },
    ...(completion === undefined ? [] : [{ who: 'model' as const, text: completion }]),
  ];
}

function unusable({ where }: Line, why: string): Trouble {
  return new Trouble('INVALID_ARGUMENT', `${where} is an invalid dataset example: ${why}`);
}
