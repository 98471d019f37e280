import { z } from 'zod';
import type { Rights } from '../world.ts';
import type { GoogleRequest } from './google.ts';
import { escaped, existence, isName } from './google.ts';

const Key = z.looseObject({ name: z.string() });

/** Asks Cloud KMS, at Google's own address or at `endpoint`, whether an encryption key is there. */
export function kmsClient({
  request,
  endpoint = 'https://cloudkms.googleapis.com',
}: {
  request: GoogleRequest;
  endpoint?: string;
}): Pick<Rights, 'key'> {
  return {
    async key(name) {
      if (!isName(name)) return { is: 'wrong', why: 'not-there', about: name };
      const url = `${endpoint.replace(/\/+$/, '')}/v1/${escaped(name)}`;
      return existence(await request({ url, answer: Key }), { about: name });
    },
  };
}
