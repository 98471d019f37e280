import { setTimeout as sleep } from 'node:timers/promises';
import { contents, instruction, said, turns } from './conversation.ts';
import type { House } from './house.ts';
import { double, int32, int64, labelled, list, message, string } from './message.ts';
import { deployed, noModel } from './predictions.ts';
import { numericId, timestamp } from './resource.ts';
import { zeroShot } from './teacher.ts';
import { Trouble } from './trouble.ts';
import { familyOf, service } from './tuning-models.ts';
import { words } from './words.ts';

type Asked = { name: string; body: Record<string, unknown> };

/** The part of a request that texts need (google/cloud/aiplatform/v1/prediction_service.proto, GenerateContentRequest). */
const request = message({
  contents,
  systemInstruction: instruction,
  labels: labelled,
  generationConfig: message({
    temperature: double,
    topP: double,
    topK: double,
    candidateCount: int32,
    maxOutputTokens: int32,
    stopSequences: list(string),
    presencePenalty: double,
    frequencyPenalty: double,
    seed: int64,
    responseMimeType: string,
  }),
});

/** Asks the Gemini model at an endpoint, which answers with what it was tuned to say. */
export async function generate(house: House, { name, body }: Asked): Promise<object> {
  const { model, answer } = deployed(house, { name, asked: 'generateContent' });
  return answered(house, { body, version: model.base, answer });
}

/** Asks a publisher's Gemini model: the teacher answers as it labels, others as models that were taught nothing of this. */
export async function generateBase(house: House, { name, body }: Asked): Promise<object> {
  const version = name.split('/').at(-1) ?? '';
  if (familyOf(version) !== 'gemini') throw noModel(name);
  const teacher = version === service.teacher && (await house.teacher());
  const answer = teacher ? (prompt: string) => teacher.lecture(prompt).output_text : zeroShot;
  return answered(house, { body, version, answer });
}

async function answered(
  { answerTime, closing }: House,
  { body, version, answer }: { body: Record<string, unknown>; version: string; answer: (prompt: string) => string },
): Promise<object> {
  const { generationConfig = {}, ...asked } = request(body, 'generate_content_request');
  const conversation = turns(said(asked));
  if (!conversation || conversation.output !== undefined)
    throw new Trouble(
      'INVALID_ARGUMENT',
      'Please ensure that the contents are turns of user and model, with texts, that a user ends.',
    );
  const { maxOutputTokens = Number.POSITIVE_INFINITY, candidateCount = 1 } = generationConfig;
  if (maxOutputTokens < 1 || candidateCount !== 1)
    throw new Trouble(
      'INVALID_ARGUMENT',
      'Invalid generation_config: one candidate of at least one token can be asked for.',
    );
  if (answerTime) await sleep(answerTime, undefined, { signal: closing });
  const whole = answer(conversation.input);
  const spoken = words(whole, { limit: Number.POSITIVE_INFINITY });
  const cut = spoken.length > maxOutputTokens;
  const text = cut ? spoken.slice(0, maxOutputTokens).join(' ') : whole;
  const promptTokenCount = words(conversation.input, { limit: Number.POSITIVE_INFINITY }).length;
  const candidatesTokenCount = Math.min(spoken.length, maxOutputTokens);
  return {
    candidates: [{ content: { role: 'model', parts: [{ text }] }, finishReason: cut ? 'MAX_TOKENS' : 'STOP' }],
    usageMetadata: {
      ...(promptTokenCount && { promptTokenCount }),
      ...(candidatesTokenCount && { candidatesTokenCount }),
      ...(promptTokenCount + candidatesTokenCount && { totalTokenCount: promptTokenCount + candidatesTokenCount }),
      trafficType: 'ON_DEMAND',
    },
    modelVersion: version,
    createTime: timestamp(),
    responseId: numericId(),
  };
}
