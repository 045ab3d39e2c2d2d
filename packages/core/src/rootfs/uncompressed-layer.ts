/** The tar of a layer, from its blob: plain or gzip. Layers of other compressions are not looked into. */
import { createGunzip } from 'node:zlib';
import type { Digest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import type { BlobStore } from '../store/store.js';
import { layerLimit } from './layer-bytes.js';
import { rootfsErrors } from './rootfs-errors.js';

/**
 * Uncompressed, whatever the media type says of it: the first bytes decide. Ends with an error of zlib when the blob is
 * cut. @throws BLOB_MISSING, ROOTFS_LAYER_TOO_LARGE (it expands out of all proportion)
 */
export async function* layerBytes(store: BlobStore, digest: Digest): AsyncGenerator<Buffer> {
  const size = await store.blobSize(digest);
  if (size === undefined) throw imageErrors.BLOB_MISSING({ digest, directory: store.blobPath(digest) });
  const head = await firstBytes(store, digest, 2);
  const blob = store.readBlob(digest);
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* blob as AsyncIterable<Buffer>;
    return;
  }
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  blob.on('error', (cause) => gunzip.destroy(cause));
  let made = 0;
  const limit = layerLimit(size);
  try {
    for await (const piece of blob.pipe(gunzip) as AsyncIterable<Buffer>) {
      made += piece.length;
      if (made > limit) throw rootfsErrors.ROOTFS_LAYER_TOO_LARGE({ layer: digest, size, limit });
      yield piece;
    }
  } finally {
    blob.destroy();
    gunzip.destroy();
  }
}

/** At most so many bytes from the beginning of a blob. */
export async function firstBytes(store: BlobStore, digest: Digest, most: number): Promise<Buffer> {
  return await firstOf(store.readBlob(digest) as AsyncIterable<Buffer>, most);
}

export async function firstOf(bytes: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of bytes) {
    pieces.push(piece);
    size += piece.length;
    if (size >= most) break;
  }
  return Buffer.concat(pieces).subarray(0, most);
}
