/** Open models, whose weights are handed out, and Gemini models, which are served. */
export type Family = 'open' | 'gemini';

/**
 * Where each can be tuned: docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/open-model-tuning and
 * …/models/gemini-supervised-tuning.
 */
export const places: Readonly<Record<Family, readonly string[]>> = {
  open: ['global', 'us-central1', 'europe-west4', 'us-west1', 'us-east5', 'asia-southeast1', 'asia-southeast2'],
  gemini: ['us-central1', 'europe-west4'],
};

/** The Gemini distillation service: docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/distillation. */
export const service = { teacher: 'gemini-3.1-pro', student: 'gemini-2.5-flash', place: 'us-central1' } as const;

/** The region that resources of a place are in: those of `global` come back in a real one. */
export function regionOf(place: string): string {
  return place === 'global' ? 'us-central1' : place;
}

/** What a base model is, by the form of its name; undefined, where no model is named so. */
export function familyOf(model: string): Family | undefined {
  if (/^gemini-[a-z0-9.-]+$/.test(model)) return 'gemini';
  return /^[a-z0-9-]+\/[a-z0-9_.-]+@[a-z0-9_.-]+$/.test(model) ? 'open' : undefined;
}

/** Whether a model teaches: of open models, every one that is served as a service does, as which ones do is not documented. */
export function isTeacher(model: string, of: Family): boolean {
  return of === 'gemini' ? model === service.teacher : /^[a-z0-9-]+\/[a-z0-9_.-]+-maas$/.test(model);
}
