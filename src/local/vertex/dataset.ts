import type { Storage } from '@google-cloud/storage';
import { Trouble } from './trouble.ts';

/** A row of a dataset; one without `output_text` is for the teacher to label. */
export type Row = { input_text: string; output_text?: string };

/** Where an object is, and which of its generations is meant. */
export type ObjectAddress = { bucket: string; name: string; generation?: string };

/** Takes a `gs://bucket/name` or `gs://bucket/name#generation` apart. */
export function address(uri: string): ObjectAddress {
  const [, bucket, name, generation] = /^gs:\/\/([^/]+)\/(.+?)(?:#(\d+))?$/.exec(uri) ?? [];
  if (!bucket || !name) throw new Trouble('INVALID_ARGUMENT', `"${uri}" is not a Cloud Storage URI.`);
  return { bucket, name, ...(generation && { generation }) };
}

/** A line of a dataset that is a JSON object, and how it is named where it is refused. */
export type Line = { object: Record<string, unknown>; where: string };

/** Reads a dataset from Cloud Storage, and refuses it whole at the first line that cannot be used. */
export async function readRows(storage: Storage, { uri }: { uri: string }): Promise<Row[]> {
  return readLines(storage, { uri, read: row });
}

/** Reads a dataset line by line, of which none may be refused. */
export async function readLines<T>(
  storage: Storage,
  { uri, read }: { uri: string; read: (line: Line) => T },
): Promise<T[]> {
  const { bucket, name, generation } = address(uri);
  let bytes: Buffer;
  try {
    [bytes] = await storage
      .bucket(bucket)
      .file(name, generation ? { generation } : {})
      .download();
  } catch (error) {
    throw unreadable(error, uri);
  }
  const rows: T[] = [];
  for (const [i, line] of bytes.toString().split(/\r?\n/).entries())
    if (line.trim()) rows.push(read(parsed(line, `Line ${i + 1} of "${uri}"`)));
  if (rows.length === 0) throw new Trouble('INVALID_ARGUMENT', `The dataset "${uri}" has no rows.`);
  return rows;
}

/** Says in Google's terms why Cloud Storage did not do what was asked. */
export function unreadable(error: unknown, uri: string): Trouble {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 404) return new Trouble('NOT_FOUND', `The object "${uri}" was not found.`);
  if (code === 403) return new Trouble('PERMISSION_DENIED', `Access to the object "${uri}" was denied.`);
  return new Trouble(
    'UNAVAILABLE',
    `Cannot reach the object "${uri}": ${error instanceof Error ? error.message : error}`,
  );
}

function parsed(line: string, where: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Trouble('INVALID_ARGUMENT', `${where} is not JSON.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Trouble('INVALID_ARGUMENT', `${where} is not a JSON object.`);
  return { object: value as Record<string, unknown>, where };
}

function row({ object, where }: Line): Row {
  const { input_text: input, output_text: output } = object;
  if (typeof input !== 'string' || !input.trim())
    throw new Trouble('INVALID_ARGUMENT', `${where} has no text in "input_text".`);
  if (output !== undefined && typeof output !== 'string')
    throw new Trouble('INVALID_ARGUMENT', `${where} has something other than a text in "output_text".`);
  return { input_text: input, ...(output?.trim() && { output_text: output }) };
}
