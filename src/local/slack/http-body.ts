import type { IncomingMessage } from 'node:http';
import { asJson, isJson, type Json, parseJson } from './json.ts';

const most = 64 * 1024 * 1024;

/** The bytes of a request, or an error once they are more than any honest request has. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += (part as Buffer).length;
    if (length > most) throw new Error(`A request of more than ${most} bytes came to "${request.url}".`);
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

/** The arguments of a Web API call, from its address and its body in any of the encodings Slack takes. */
export async function argumentsOf(request: IncomingMessage, url: URL): Promise<Json> {
  const query = Object.fromEntries(url.searchParams);
  const bytes = await bodyOf(request);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/json')) {
    const body = parseJson(bytes.toString());
    return { ...query, ...asJson(body) };
  }
  if (type.startsWith('multipart/form-data')) {
    const form = await formOf(bytes, type);
    return { ...query, ...Object.fromEntries([...form].filter(([, value]) => typeof value === 'string')) };
  }
  return { ...query, ...Object.fromEntries(new URLSearchParams(bytes.toString())) };
}

/** The bytes of an uploaded file, sent as they are or as the one file of a form. */
export async function uploadOf(request: IncomingMessage): Promise<Buffer> {
  const bytes = await bodyOf(request);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return bytes;
  for (const [, value] of await formOf(bytes, type))
    if (typeof value !== 'string') return Buffer.from(await value.arrayBuffer());
  return Buffer.alloc(0);
}

/** The JSON object a request carries, or an error. */
export async function jsonOf(request: IncomingMessage): Promise<Json> {
  const body = parseJson((await bodyOf(request)).toString());
  if (!isJson(body)) throw new Error(`The request to "${request.url}" does not carry a JSON object.`);
  return body;
}

function formOf(bytes: Buffer, type: string): Promise<FormData> {
  return new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
}
