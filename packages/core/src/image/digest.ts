/** sha256 digests as OCI writes them (image spec, descriptor.md). */
import { createHash } from 'node:crypto';
import type { Digest } from './descriptor.js';
import { imageErrors } from './image-errors.js';

const pattern = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && pattern.test(text);
}

/** @throws DIGEST_INVALID naming `source`. Everything that becomes a file name passes here. */
export function assertDigest(text: unknown, source: string): Digest {
  if (isDigest(text)) return text;
  throw imageErrors.DIGEST_INVALID({ text: String(text), source });
}

export function digestOf(content: Buffer | string): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** The 64 hex digits. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
