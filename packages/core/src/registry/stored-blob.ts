/** Whether a registry has a blob after all: asked when the answer to its upload was lost, or is not the one that was hoped for. */
import { SealerError } from '../errors/sealer-error.js';
import type { Exchange } from './exchange.js';
import type { UploadRequest } from './upload-request.js';

export async function isStored(
  exchange: Exchange,
  { repository, digest, size, signal }: Pick<UploadRequest, 'repository' | 'digest' | 'size' | 'signal'>,
): Promise<boolean> {
  try {
    const scope = { repository, actions: 'pull,push' } as const;
    const url = `/v2/${repository}/blobs/${digest}`;
    const response = await exchange.send({ method: 'HEAD', url, scope, signal, attempts: 1 });
    await response.body.dump();
    const length = Number([response.headers['content-length']].flat()[0] ?? size);
    return response.status === 200 && length === size;
  } catch (cause) {
    signal?.throwIfAborted();
    // What the upload itself met is the better word.
    if (SealerError.is(cause)) return false;
    throw cause;
  }
}
