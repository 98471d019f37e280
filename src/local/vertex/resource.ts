import { randomInt } from 'node:crypto';

/** The project that the stand-in serves, known by its id and its number. */
export type Project = { id: string; number: string };

/** Makes a numeric id of the length that Vertex AI's own have, which 64 bits hold. */
export function numericId(): string {
  return `${randomInt(1e8, 922_337_203)}${String(randomInt(0, 1e10)).padStart(10, '0')}`;
}

/** The time as resources carry it. */
export function timestamp(): string {
  return new Date().toISOString();
}

/** The full name of a resource in the form Vertex AI answers with, by project number. */
export function fullName(project: Project, { region, path }: { region: string; path: string }): string {
  return `projects/${project.number}/locations/${region}/${path}`;
}
