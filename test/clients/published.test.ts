import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from './published.ts';
import { known, published, v1, v1beta1, wrongsOfAnswer, wrongsOfRequest } from './published.ts';
import * as ahead from './published-ahead.ts';
import { fieldsOf, messages } from './published-messages.ts';

const pipelineJob = `${v1}.PipelineJob`;
const tuningJob = `${v1beta1}.TuningJob`;
const runtime = { runtimeConfig: { gcsOutputDirectory: 'gs://root' } };
const supervised = (spec: object) => ({ supervisedTuningSpec: { trainingDatasetUri: 'gs://train', ...spec } });
const hyper = (hyperParameters: object) => supervised({ hyperParameters });

describe('a request', () => {
  it.each<[string, string, object]>([
    ['nothing, where nothing is required', pipelineJob, {}],
    ['texts, maps and what is free', pipelineJob, { displayName: 'a', labels: { b: 'c' }, ...runtime }],
    [
      'values of every kind within',
      pipelineJob,
      {
        runtimeConfig: {
          gcsOutputDirectory: 'gs://root',
          parameterValues: { a: 1.5, b: 'c', d: [true, null, { e: 0 }] },
        },
      },
    ],
    ['a 64-bit integer as a text', tuningJob, hyper({ epochCount: '3' })],
    ['a 64-bit integer as a number', tuningJob, hyper({ epochCount: 3 })],
    ['a fraction, and a number that JSON lacks', tuningJob, hyper({ learningRateMultiplier: 0.5 })],
    ['a number that JSON lacks', tuningJob, hyper({ learningRate: 'Infinity' })],
    ['an enum by its name', tuningJob, hyper({ adapterSize: 'ADAPTER_SIZE_TWO' })],
    ['a false one', tuningJob, supervised({ exportLastCheckpointOnly: false })],
    ['one of a choice', tuningJob, { baseModel: 'a', ...supervised({}) }],
    [
      'what only other descriptions have',
      tuningJob,
      {
        baseModel: 'a',
        outputUri: 'gs://out',
        distillationSpec: {
          baseTeacherModel: 'b',
          promptDatasetUri: 'gs://prompts',
          tuningMode: 'TUNING_MODE_FULL',
          hyperParameters: { learningRate: 1e-4, batchSize: '8' },
        },
      },
    ],
  ])('may have %s', (_, message, body) => {
    expect(wrongsOfRequest(message, body)).toEqual([]);
  });

  it.each<[string, string, unknown, string]>([
    ['an unknown key', pipelineJob, { name_: 'a' }, `name_: unknown to ${pipelineJob}`],
    ['the key as the proto spells it', pipelineJob, { display_name: 'a' }, `display_name: unknown to ${pipelineJob}`],
    ['a key that every object has', pipelineJob, { constructor: 'a' }, `constructor: unknown to ${pipelineJob}`],
    [
      'an unknown key within',
      tuningJob,
      hyper({ epochs: '3' }),
      `supervisedTuningSpec.hyperParameters.epochs: unknown to ${v1beta1}.SupervisedHyperParameters`,
    ],
    ['a number for a text', pipelineJob, { displayName: 7 }, 'displayName: no string'],
    ['null', pipelineJob, { displayName: null }, 'displayName: no string'],
    ['what is not there', pipelineJob, { displayName: undefined }, 'displayName: no string'],
    ['a number in a map of texts', pipelineJob, { labels: { a: 1 } }, 'labels["a"]: no string'],
    ['a list for a map', pipelineJob, { labels: ['a'] }, 'labels: no map'],
    ['a list for a struct', `${v1}.PredictRequest`, { endpoint: 'a', instances: {} }, 'instances: no list'],
    ['a text for a message', pipelineJob, { encryptionSpec: 'key' }, `encryptionSpec: no ${v1}.EncryptionSpec`],
    ['a list for the whole', pipelineJob, [], `the whole: no ${pipelineJob}`],
    [
      'a text for a fraction',
      tuningJob,
      hyper({ learningRate: '0.5' }),
      'supervisedTuningSpec.hyperParameters.learningRate: no double',
    ],
    [
      'a fraction for an integer',
      tuningJob,
      hyper({ epochCount: 1.5 }),
      'supervisedTuningSpec.hyperParameters.epochCount: no int64',
    ],
    [
      'an integer of 65 bits',
      tuningJob,
      hyper({ epochCount: String(2n ** 63n) }),
      'supervisedTuningSpec.hyperParameters.epochCount: no int64',
    ],
    [
      'an integer that a number cannot hold',
      tuningJob,
      hyper({ epochCount: 2 ** 53 }),
      'supervisedTuningSpec.hyperParameters.epochCount: no int64',
    ],
    [
      'a text for a truth',
      tuningJob,
      supervised({ exportLastCheckpointOnly: 'true' }),
      'supervisedTuningSpec.exportLastCheckpointOnly: no bool',
    ],
    [
      'an enum by another name',
      tuningJob,
      hyper({ adapterSize: 'ADAPTER_SIZE_THREE' }),
      `supervisedTuningSpec.hyperParameters.adapterSize: no ${v1beta1}.SupervisedHyperParameters.AdapterSize`,
    ],
    [
      'an enum by its number',
      tuningJob,
      hyper({ adapterSize: 1 }),
      `supervisedTuningSpec.hyperParameters.adapterSize: no ${v1beta1}.SupervisedHyperParameters.AdapterSize`,
    ],
    [
      'two of a choice',
      tuningJob,
      { distillationSpec: {}, ...supervised({}) },
      'the whole: both supervisedTuningSpec and distillationSpec',
    ],
    [
      'two that exclude each other by a comment',
      tuningJob,
      hyper({ learningRate: 1, learningRateMultiplier: 1 }),
      'supervisedTuningSpec.hyperParameters: both learningRate and learningRateMultiplier',
    ],
    [
      'nothing where something is required',
      pipelineJob,
      { runtimeConfig: {} },
      'runtimeConfig.gcsOutputDirectory: required',
    ],
    [
      'an empty text where something is required',
      pipelineJob,
      { runtimeConfig: { gcsOutputDirectory: '' } },
      'runtimeConfig.gcsOutputDirectory: required',
    ],
    ['what the service writes', pipelineJob, { state: 'PIPELINE_STATE_RUNNING' }, 'state: output only'],
    [
      'what is deprecated',
      tuningJob,
      { distillationSpec: { studentModel: 'a' } },
      'distillationSpec.studentModel: deprecated',
    ],
  ])('may not have %s', (_, message, body, wrong) => {
    expect(wrongsOfRequest(message, body)).toEqual([wrong]);
  });
});

describe('an answer', () => {
  it.each<[string, string, object]>([
    ['a time to the second', pipelineJob, { createTime: '2026-11-28T12:00:00Z' }],
    ['a time to the nanosecond', pipelineJob, { createTime: '2026-11-28T12:00:00.123456789Z' }],
    ['an error with details of any kind', pipelineJob, { error: { code: 9, details: [{ '@type': 'a.b/c.D', e: 1 }] } }],
    ['a message in which nothing is set', pipelineJob, { jobDetail: {} }],
    ['what is not required of a client', pipelineJob, { state: 'PIPELINE_STATE_RUNNING' }],
  ])('may have %s', (_, message, body) => {
    expect(wrongsOfAnswer(message, body)).toEqual([]);
  });

  it.each<[string, string, object, string]>([
    [
      'a time of another zone',
      pipelineJob,
      { createTime: '2026-11-28T12:00:00+01:00' },
      'createTime: no google.protobuf.Timestamp',
    ],
    [
      'a time with two digits of a second',
      pipelineJob,
      { createTime: '2026-11-28T12:00:00.12Z' },
      'createTime: no google.protobuf.Timestamp',
    ],
    ['a time in milliseconds', pipelineJob, { createTime: 1764331200000 }, 'createTime: no google.protobuf.Timestamp'],
    [
      'a day that there is not',
      pipelineJob,
      { createTime: '2026-13-28T12:00:00Z' },
      'createTime: no google.protobuf.Timestamp',
    ],
    [
      'a 64-bit integer as a number',
      pipelineJob,
      { jobDetail: { taskDetails: [{ taskId: 7 }] } },
      'jobDetail.taskDetails[0].taskId: no int64',
    ],
    ['a 32-bit integer as a text', pipelineJob, { error: { code: '9' } }, 'error.code: no int32'],
    ['a nought', pipelineJob, { error: { code: 0 } }, 'error.code: nought or empty, which is left out'],
    ['an empty text', pipelineJob, { displayName: '' }, 'displayName: nought or empty, which is left out'],
    [
      'an empty list',
      `${v1}.ListPipelineJobsResponse`,
      { pipelineJobs: [] },
      'pipelineJobs: nought or empty, which is left out',
    ],
    ['an empty map', pipelineJob, { labels: {} }, 'labels: nought or empty, which is left out'],
    [
      'an enum that says nothing',
      pipelineJob,
      { state: 'PIPELINE_STATE_UNSPECIFIED' },
      'state: nought or empty, which is left out',
    ],
    [
      'no type of an error’s detail',
      pipelineJob,
      { error: { code: 9, details: [{}] } },
      'error.details[0]: no google.protobuf.Any',
    ],
    ['no name where one is required', `${v1}.Endpoint`, { name: 'a' }, 'displayName: required'],
  ])('may not have %s', (_, message, body, wrong) => {
    expect(wrongsOfAnswer(message, body)).toEqual([wrong]);
  });

  it('may have whatever a message can hold', () => {
    fc.assert(
      fc.property(written, ({ message, value }) => {
        expect(wrongsOfAnswer(message, value)).toEqual([]);
      }),
    );
  });

  it('may not have an unknown key, however deep', () => {
    fc.assert(
      fc.property(written, fc.nat(), ({ message, value: right }, n) => {
        const value = structuredClone(right);
        const spots = spotsOf(value, message, '');
        const { object, name, path } = spots[n % spots.length]!;
        object.notThere = 1;
        expect(wrongsOfAnswer(message, value)).toEqual([`${path && `${path}.`}notThere: unknown to ${name}`]);
      }),
    );
  });

  it('may not have a value of another type, however deep', () => {
    fc.assert(
      fc.property(written, fc.nat(), fc.nat(), ({ message, value: right }, n, m) => {
        const value = structuredClone(right);
        const spots = spotsOf(value, message, '').filter(({ object }) => Object.keys(object).length);
        fc.pre(spots.length > 0);
        const { object, name, path } = spots[n % spots.length]!;
        const key = Object.keys(object)[m % Object.keys(object).length]!;
        const { type } = fieldsOf(name)[key]!;
        fc.pre(type !== 'google.protobuf.Value');
        object[key] = type === 'string' ? 7 : typeof object[key] === 'string' ? '?' : 'another';
        const at = path ? `${path}.${key}` : key;
        const wrongs = wrongsOfAnswer(message, value);
        expect(wrongs).toHaveLength(1);
        expect(wrongs[0]).toMatch(new RegExp(`^${at.replaceAll(/[[\]]/g, '\\$&')}: no `));
      }),
    );
  });
});

describe('what is published', () => {
  it('has all that it refers to', () => {
    const types = [...known.values()].flatMap(type => ('fields' in type ? Object.values(type.fields) : []));
    const named = types.map(({ type }) => type).filter(type => type.startsWith('google.cloud.'));
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter(type => !known.has(type))).toEqual([]);
  });

  it('does not yet have what the table adds', () => {
    for (const { message, field, but } of ahead.fields) {
      const found = (published.get(`${v1beta1}.${message}`) as Message | undefined)?.fields[field];
      if (but === 'deprecated')
        expect.soft([message, field, found?.options?.deprecated]).toEqual([message, field, undefined]);
      else expect.soft([message, field, found]).toEqual([message, field, undefined]);
    }
    for (const { name } of ahead.enums) expect(published.has(`${v1beta1}.${name}`)).toBe(false);
  });
});

/** Some message and a value that it can hold, as the server writes it. */
const written = fc
  .constantFrom(...[...known].flatMap(([name, type]) => ('fields' in type ? [name] : [])))
  .chain(message => messages(message).map(value => ({ message, value })));

/** Every place of a value where a message stands. */
function spotsOf(
  value: unknown,
  name: string,
  path: string,
): { object: Record<string, unknown>; name: string; path: string }[] {
  const object = value as Record<string, unknown>;
  const within = Object.entries(object).flatMap(([key, content]) => {
    const { type, rule, keyType } = fieldsOf(name)[key]!;
    if (!known.has(type) || !('fields' in known.get(type)!) || keyType) return [];
    const at = path ? `${path}.${key}` : key;
    if (!rule) return spotsOf(content, type, at);
    return (content as unknown[]).flatMap((item, i) => spotsOf(item, type, `${at}[${i}]`));
  });
  return [{ object, name, path }, ...within];
}
