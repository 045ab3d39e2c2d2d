/** The tar of a layer, from its blob: plain or gzip. Layers of other compressions are not looked into. */
import { createGunzip } from 'node:zlib';
import type { Digest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { checkBlob } from '../store/check-blob.js';
import type { BlobStore } from '../store/store.js';
import { layerLimit } from './layer-bytes.js';
import { rootfsErrors } from './rootfs-errors.js';

/**
 * Uncompressed, whatever the media type says of it: the first bytes decide. Ends with an error of zlib when the blob is
 * cut. @throws BLOB_MISSING, BLOB_DAMAGED, ROOTFS_LAYER_TOO_LARGE (it expands out of all proportion)
 */
export async function* uncompressedBytes(
  store: Pick<BlobStore, 'readBlob' | 'blobSize' | 'blobPath'>,
  digest: Digest,
  onBytes?: (compressed: number) => void,
): AsyncGenerator<Buffer> {
  const size = await store.blobSize(digest);
  if (size === undefined) throw imageErrors.BLOB_MISSING({ digest, directory: store.blobPath(digest) });
  const head = await firstBytes(store, digest, 2);
  const blob = store.readBlob(digest);
  if (onBytes) blob.on('data', (piece: Buffer) => onBytes(piece.length)).pause();
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
    // Damage may look like the end of what is compressed.
    if (!blob.readableEnded) await checkBlob(store, digest);
  } catch (cause) {
    // What cannot be decompressed is damaged here, or was made so.
    if ((cause as NodeJS.ErrnoException).code?.startsWith('Z_')) await checkBlob(store, digest);
    throw cause;
  } finally {
    blob.destroy();
    gunzip.destroy();
  }
}

/** At most so many bytes from the beginning of a blob. */
export async function firstBytes(store: Pick<BlobStore, 'readBlob'>, digest: Digest, most: number): Promise<Buffer> {
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
