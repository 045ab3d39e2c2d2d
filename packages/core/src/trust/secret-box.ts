/**
 * The encryption of cosign's private keys: a JSON object with scrypt's parameters and a NaCl secretbox
 * (go-securesystemslib, package encrypted). Read and written so that both programs use the same files.
 */
import { randomBytes, scrypt } from 'node:crypto';

interface Box {
  kdf: { name: string; params: { N: number; r: number; p: number }; salt: string };
  cipher: { name: string; nonce: string };
  ciphertext: string;
}

/** What cosign writes: about a tenth of a second and 64 MiB for a guess. */
const written = { N: 65_536, r: 8, p: 1 };
/** Others are refused: a file must not choose how much memory and time reading it takes. */
const accepted: readonly number[] = [32_768, 65_536, 131_072];

export async function sealBox(content: Buffer, password: string): Promise<string> {
  const salt = randomBytes(32);
  const nonce = randomBytes(24);
  const key = await deriveKey(password, salt, written);
  const { xsalsa20poly1305 } = await import('@noble/ciphers/salsa.js');
  const box: Box = {
    kdf: { name: 'scrypt', params: written, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(xsalsa20poly1305(key, nonce).encrypt(content)).toString('base64'),
  };
  return JSON.stringify(box);
}

/** Undefined when the password is another. @throws Error saying what is wrong with the box */
export async function openBox(text: string, password: string): Promise<Buffer | undefined> {
  const { kdf, cipher, ciphertext } = JSON.parse(text) as Partial<Box>;
  if (kdf?.name !== 'scrypt' || cipher?.name !== 'nacl/secretbox')
    throw new Error(`it is encrypted by ${kdf?.name} and ${cipher?.name}, not by scrypt and nacl/secretbox`);
  const { N, r, p } = kdf.params;
  if (!accepted.includes(N) || r !== 8 || p !== 1)
    throw new Error(`its scrypt parameters ${N}/${r}/${p} are not cosign's`);
  const nonce = Buffer.from(cipher.nonce, 'base64');
  if (nonce.length !== 24) throw new Error(`its nonce has ${nonce.length} bytes, not 24`);
  const key = await deriveKey(password, Buffer.from(kdf.salt, 'base64'), { N, r, p });
  const { xsalsa20poly1305 } = await import('@noble/ciphers/salsa.js');
  try {
    return Buffer.from(xsalsa20poly1305(key, nonce).decrypt(Buffer.from(String(ciphertext), 'base64')));
  } catch {
    return undefined;
  }
}

async function deriveKey(password: string, salt: Buffer, { N, r, p }: typeof written): Promise<Buffer> {
  return await new Promise((resolve, reject) =>
    // Node's own limit, 32 MiB, is below what the parameters need.
    scrypt(password, salt, 32, { N, r, p, maxmem: 256 * N * r }, (cause, key) =>
      cause ? reject(cause) : resolve(key),
    ),
  );
}
