/** Reads a blob for nothing but its digest. */
import type { Digest } from '../image/descriptor.js';
import type { BlobStore } from './store.js';

/**
 * Also for who decompresses or unpacks one and meets damage before its end, where the digest would tell: returns when the
 * bytes are what the digest promises. @throws BLOB_MISSING, BLOB_DAMAGED
 */
export async function checkBlob(
  store: Pick<BlobStore, 'readBlob'>,
  digest: Digest,
  options: { signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void } = {},
): Promise<void> {
  for await (const piece of store.readBlob(digest) as AsyncIterable<Buffer>) {
    options.signal?.throwIfAborted();
    options.onBytes?.(piece.length);
  }
}
