import { createHash, generateKeyPairSync, sign } from 'node:crypto';

/** A key that signs identity tokens, and what the world sees of it. */
export interface SigningKey {
  id: string;
  publicPem: string;
  privatePem: string;
}

/** Makes a key; its id follows from its public half. */
export function createKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return {
    id: createHash('sha1').update(publicKey).digest('hex'),
    publicPem: publicKey,
    privatePem: privateKey,
  };
}

/** A token of these claims, signed RS256. */
export function signed(claims: Record<string, unknown>, key: SigningKey): string {
  const header = { alg: 'RS256', kid: key.id, typ: 'JWT' };
  const text = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('sha256', Buffer.from(text), key.privatePem).toString('base64url')}`;
}
