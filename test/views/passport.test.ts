import { describe, expect, it } from 'vitest';
import { states } from '../../src/job/job.ts';
import { attachment } from '../../src/views/attachment.ts';
import { passport } from '../../src/views/passport.ts';
import { around, curves, endpoint, jobIn, model, special, start, verdict } from './jobs.ts';
import { tuningJobs } from './tuning-jobs.ts';

const read = (job: Parameters<typeof passport>[0]) => JSON.parse(passport(job, around));

describe('a passport', () => {
  it('says of a finished model all that is needed to know where it came from', () => {
    const job = { ...jobIn('succeeded'), model: `${model}@1`, verdict };
    job.checked.dataset = { ...job.checked.dataset, sha256: 'a'.repeat(64) };
    job.run = { ...job.run, template: 'sha256:0123' };
    expect(read(job)).toMatchObject({
      passport: 1,
      job: { id: 'k3v9x1m4q7tz', state: 'succeeded', project: 'acme', createdAt: new Date(start).toISOString() },
      requestedBy: { user: 'U0ANA' },
      approval: { digest: 'sha256:d', approvedBy: { user: 'U0BEN' }, approvedAt: '2026-11-24T14:02:00.000Z' },
      spec: { teacher: 'text-unicorn@001', student: 'text-bison@002', checkpoint: 'default' },
      specDigest: `sha256:${'d'.repeat(64)}`,
      planned: { steps: 300 },
      datasets: {
        dataset: {
          uri: 'gs://acme-ml/support/train.jsonl',
          generation: '1764000000000000',
          sha256: 'a'.repeat(64),
          rows: 480,
        },
        evaluationDataset: { uri: 'gs://acme-ml/support/eval.jsonl', rows: 60 },
      },
      pipelineJob: {
        name: 'projects/acme/locations/us-central1/pipelineJobs/retort-k3v9x1m4q7tz',
        state: 'SUCCEEDED',
        template: { uri: expect.stringContaining('distillation'), version: 'sha256:0123' },
      },
      training: {
        measuredOn: 'evaluation dataset',
        tokenAccuracy: { last: { step: 300 }, highest: { step: 240, value: 0.916 } },
        loss: { lowest: { step: 240 } },
        curves: curves(300),
      },
      model: { name: `${model}@1`, version: '1', displayName: 'support-intents-v3', endpoint },
      verdict: {
        rows: 60,
        exactMatch: { tuned: { asked: 60, same: 55 }, teacher: { unanswered: expect.stringContaining('not found') } },
        missedByTunedModel: [56, 57, 58, 59, 60],
      },
      versions: { retort: '0.1.0' },
    });
  });

  it.each([...states.map(state => [state, jobIn(state)] as const), ...Object.entries({ ...special, ...tuningJobs })])(
    'can be had of a job that is %s',
    (_, job) => {
      const one = read(job);
      expect(one.job).toMatchObject({ id: job.id, state: job.state });
      expect(one.spec).toEqual(JSON.parse(JSON.stringify(job.spec)));
      expect(one.model !== undefined).toBe(job.state === 'succeeded');
    },
  );

  it('claims nothing of which checkpoint was chosen, and calls token accuracy by its full name', () => {
    expect(passport(jobIn('succeeded'), around)).not.toMatch(/"accuracy"|chosen/i);
  });

  it('is a file of the model’s name', () => {
    const file = attachment(jobIn('succeeded'), 'passport', around);
    expect(file.name).toBe('support-intents-v3-passport.json');
    expect('text' in file && JSON.parse(file.text)).toEqual(read(jobIn('succeeded')));
  });
});
