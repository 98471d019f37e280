import { asText, isJson, type Json, parseJson } from './json.ts';
import { Refusal } from './refusal.ts';
import type { Workspace } from './workspace.ts';

/** One call of a Web API method. */
export interface Call {
  workspace: Workspace;
  args: Json;
}

/** A Web API method: what it answers besides `ok: true`; it throws a Refusal otherwise. */
export type Method = (call: Call) => Json | Promise<Json>;

/** An argument that has to be there. */
export function needed(args: Json, name: string): string {
  const value = args[name];
  if (value === undefined || value === '')
    throw new Refusal('invalid_arguments', { messages: [`missing required field: ${name}`] });
  return String(value);
}

/** An argument that may be missing. */
export function optional(args: Json, name: string): string | undefined {
  const value = args[name];
  return value === undefined || value === '' ? undefined : String(value);
}

/** Whether a flag is set, in any of the spellings Slack takes. */
export function flag(args: Json, name: string): boolean {
  return args[name] === true || ['true', '1'].includes(asText(args[name]));
}

/** An argument that is JSON, written as text or, in a JSON body, as itself. */
export function structured(args: Json, name: string): unknown {
  const value = args[name];
  return typeof value === 'string' ? parseJson(value) : value;
}

/** An argument that is a JSON object, or nothing; the refusal is for the method to name. */
export function structuredObject(args: Json, name: string, refusal: string): Json | undefined {
  if (args[name] === undefined) return undefined;
  const value = structured(args, name);
  if (!isJson(value)) throw new Refusal(refusal);
  return value;
}

/** One page of a list, with the cursor of the next. */
export function page<Item>(
  items: readonly Item[],
  args: Json,
  { usual, most }: { usual: number; most: number },
): { items: Item[]; more: boolean; next: string } {
  const limit = Math.min(Math.max(Number(args.limit) || usual, 1), most);
  const cursor = optional(args, 'cursor');
  const from = cursor ? Number(/^from:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1] ?? Number.NaN) : 0;
  if (Number.isNaN(from)) throw new Refusal('invalid_cursor');
  const more = from + limit < items.length;
  return {
    items: items.slice(from, from + limit),
    more,
    next: more ? Buffer.from(`from:${from + limit}`).toString('base64') : '',
  };
}
