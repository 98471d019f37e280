import { isJson, type Json } from './json.ts';
import { limits } from './limits.ts';

/** Collects what is wrong with a piece of JSON, each finding with its JSON pointer. */
export interface Report {
  found: string[];
  quote: (finding: string) => string;
  at: (path: string) => Report;
  say: (finding: string, path?: string) => void;
  keys: (holder: Json, allowed: string[]) => void;
  string: (holder: Json, name: string, rule?: { least?: number; most?: number; required?: boolean }) => void;
  boolean: (holder: Json, name: string) => void;
  oneOf: (holder: Json, name: string, allowed: string[], rule?: { required?: boolean }) => void;
  items: (holder: Json, name: string, rule: { least?: number; most?: number }) => void;
  textObject: (
    holder: Json,
    name: string,
    rule: { most: number; required?: boolean; mrkdwn?: boolean; pointer?: string },
  ) => void;
  image: (holder: Json, known: (file: Json) => boolean) => void;
}

/** A report whose findings point below the given pointer. */
export function reporter(pointer: string, found: string[] = []): Report {
  function under(path?: string): string {
    return path ? `${pointer}/${path}` : pointer;
  }
  function say(finding: string, path?: string): void {
    found.push(`${finding} [json-pointer:${under(path)}]`);
  }
  function length(
    value: string,
    { least = 0, most = Infinity }: { least?: number; most?: number },
    path: string,
  ): void {
    if (value.length < least) say(`must be more than ${least - 1} characters`, path);
    if (value.length > most) say(`must be less than ${most + 1} characters`, path);
  }
  return {
    found,
    quote: finding => `${finding} [json-pointer:${pointer}]`,
    at: path => reporter(under(path), found),
    say,
    keys(holder, allowed) {
      for (const name of Object.keys(holder)) if (!allowed.includes(name)) say(`invalid additional property: ${name}`);
    },
    string(holder, name, rule = {}) {
      const value = holder[name];
      if (value === undefined) {
        if (rule.required) say(`missing required field: ${name}`);
      } else if (typeof value !== 'string') say('must provide a string', name);
      else length(value, rule, name);
    },
    boolean(holder, name) {
      if (holder[name] !== undefined && typeof holder[name] !== 'boolean') say('must provide a boolean', name);
    },
    oneOf(holder, name, allowed, rule = {}) {
      const value = holder[name];
      if (value === undefined) {
        if (rule.required) say(`missing required field: ${name}`);
      } else if (typeof value !== 'string' || !allowed.includes(value)) say('must be a valid enum value', name);
    },
    items(holder, name, { least = 0, most = Infinity }) {
      const value = holder[name];
      if (value === undefined) say(`missing required field: ${name}`);
      else if (!Array.isArray(value)) say('must provide an array', name);
      else if (value.length < least) say(`must provide at least ${least} items`, name);
      else if (value.length > most) say(`no more than ${most} items allowed`, name);
    },
    textObject(holder, name, rule) {
      const value = holder[name];
      const path = rule.pointer ?? name;
      if (value === undefined) {
        if (rule.required) say(`missing required field: ${name}`);
        return;
      }
      if (!isJson(value)) return say('must provide an object', path);
      const allowed = rule.mrkdwn ? ['plain_text', 'mrkdwn'] : ['plain_text'];
      if (typeof value.type !== 'string' || !allowed.includes(value.type))
        return say(`unsupported type: ${String(value.type)}`, `${path}/type`);
      const at = reporter(under(path), found);
      at.keys(value, value.type === 'mrkdwn' ? ['type', 'text', 'verbatim'] : ['type', 'text', 'emoji']);
      at.string(value, 'text', { least: 1, most: rule.most, required: true });
    },
    image(holder, known) {
      this.string(holder, 'alt_text', { least: 1, most: limits.alternativeText, required: true });
      const { slack_file: file, image_url: url } = holder;
      if (file === undefined && url === undefined) say('missing required field: image_url');
      if (file !== undefined && url !== undefined) say('must define only one of `image_url` or `slack_file`');
      this.string(holder, 'image_url', { least: 1, most: limits.url });
      if (typeof url === 'string' && url && !/^https?:\/\//.test(url)) say('invalid_url', 'image_url');
      if (file !== undefined && (!isJson(file) || 'id' in file === 'url' in file || !known(file)))
        say('invalid slack file', 'slack_file');
    },
  };
}
