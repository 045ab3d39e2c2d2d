/** What was to be sent could not be read: nothing of the network's, and nothing that trying again would change. */
import { dirname } from 'node:path';
import type { SealerError } from '../errors/sealer-error.js';
import type { Digest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { registryErrors } from './registry-errors.js';

/** Thrown by a request whose body broke; the cause is what the stream met. */
export class SourceFailure extends Error {}

export function unreadableSource(failure: SourceFailure, digest: Digest | undefined, registry: string): SealerError {
  const cause = failure.cause as NodeJS.ErrnoException | undefined;
  if (cause?.code === 'ENOENT' && digest !== undefined && cause.path !== undefined) {
    const neededBy = `what is sent to registry ${registry}`;
    return imageErrors.BLOB_MISSING({ digest, directory: dirname(cause.path), neededBy }, { cause: failure });
  }
  const what = digest === undefined ? 'what is sent' : `blob ${digest}`;
  return registryErrors.UPLOAD_UNREADABLE({ registry, what, reason: failure.message }, { cause: failure });
}
