/** Key pairs as cosign has them: an encrypted PEM for signing and a plain one for verifying. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { SealerError } from '../errors/sealer-error.js';
import type { Secret } from '../secrets/secret.js';
import { boxed, boxLabels, isEncrypted } from './encrypted-key.js';
import { openBox, sealBox } from './secret-box.js';
import { trustErrors } from './trust-errors.js';

export interface PublicKey {
  key: KeyObject;
  /** Hex sha256 of the key's DER form (SubjectPublicKeyInfo). */
  id: string;
  /** Where it came from, for messages: a path, or `a key in the Clusterfile`. */
  source: string;
}

export interface PrivateKey extends PublicKey {
  secret: KeyObject;
}

/** A new ECDSA key on P-256; the same two files that `cosign generate-key-pair` writes. */
export async function generateKeyPair(
  password: Secret,
): Promise<{ privatePem: string; publicPem: string; id: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const box = await sealBox(privateKey.export({ type: 'pkcs8', format: 'der' }), password.reveal());
  const lines =
    Buffer.from(box)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const [type] = boxLabels;
  return {
    privatePem: [`-----BEGIN ${type}-----`, ...lines, `-----END ${type}-----`, ''].join('\n'),
    publicPem: String(publicKey.export({ type: 'spki', format: 'pem' })),
    id: keyId(publicKey),
  };
}

/** Cosign's encrypted form, or any PEM that OpenSSL reads. @throws TRUST_KEY_INVALID, TRUST_PASSWORD_WRONG */
export async function readPrivateKey(pem: string, source: string, password?: Secret): Promise<PrivateKey> {
  const wrong = () => trustErrors.TRUST_PASSWORD_WRONG({ source, given: password !== undefined });
  const base64 = boxed.exec(pem)?.[2];
  if (isEncrypted(pem) && password === undefined) throw wrong();
  try {
    let secret: KeyObject;
    if (base64 === undefined) {
      const passphrase = isEncrypted(pem) && password ? { passphrase: password.reveal() } : {};
      secret = createPrivateKey({ key: pem, ...passphrase });
    } else {
      const der = await openBox(Buffer.from(base64, 'base64').toString('utf8'), password?.reveal() ?? '');
      if (!der) throw wrong();
      secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    }
    return { ...publicKeyOf(createPublicKey(secret), source), secret };
  } catch (cause) {
    if (SealerError.is(cause)) throw cause;
    if (isEncrypted(pem) && /bad decrypt|password/i.test((cause as Error).message)) throw wrong();
    throw trustErrors.TRUST_KEY_INVALID({ source, reason: (cause as Error).message }, { cause });
  }
}

/** @throws TRUST_KEY_INVALID */
export function readPublicKey(pem: string, source: string): PublicKey {
  // Node would take the public half of a private key: a secret that lies about is no trusted key.
  if (/PRIVATE KEY/.test(pem))
    throw trustErrors.TRUST_KEY_INVALID({ source, reason: 'it is a private key; give the .pub' });
  try {
    return publicKeyOf(createPublicKey(pem), source);
  } catch (cause) {
    if (SealerError.is(cause)) throw cause;
    throw trustErrors.TRUST_KEY_INVALID({ source, reason: (cause as Error).message }, { cause });
  }
}

function publicKeyOf(key: KeyObject, source: string): PublicKey {
  hashOf(key, source);
  return { key, id: keyId(key), source };
}

function keyId(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** The hash sigstore pairs with a key. */
function hashOf(key: KeyObject, source: string): string {
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  const curves: Record<string, string> = { prime256v1: 'sha256', secp384r1: 'sha384', secp521r1: 'sha512' };
  const hash = key.asymmetricKeyType === 'rsa' ? 'sha256' : curves[namedCurve ?? ''];
  if (hash) return hash;
  const reason = `it is of type ${[key.asymmetricKeyType, namedCurve].filter(Boolean).join(' ')}; ECDSA on P-256, P-384 or P-521 and RSA are known`;
  throw trustErrors.TRUST_KEY_INVALID({ source, reason });
}

/** ASN.1 form, as cosign has it. */
export function signBytes(content: Buffer, { secret, source }: PrivateKey): Buffer {
  return sign(hashOf(secret, source), content, secret);
}

export function verifyBytes(content: Buffer, signature: Buffer, { key, source }: PublicKey): boolean {
  return verify(hashOf(key, source), content, key, signature);
}
