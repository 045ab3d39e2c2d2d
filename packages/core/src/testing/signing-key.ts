/** A key for tests of signatures, without a password: deriving a key from one takes its time. */
import { generateKeyPairSync } from 'node:crypto';
import { type PrivateKey, readPrivateKey } from '../trust/keys.js';

export async function newSigningKey(name: string): Promise<PrivateKey> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return await readPrivateKey(String(privateKey.export({ type: 'pkcs8', format: 'pem' })), name);
}
