/** The uncompressed bytes of a layer: both digests are checked, and their number is limited. */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { RootfsLayer } from '../image/cluster-config.js';
import { checkBlob } from '../store/check-blob.js';
import type { BlobStore } from '../store/store.js';
import { rootfsErrors } from './rootfs-errors.js';

export type LayerSource = Pick<RootfsLayer, 'digest' | 'diffId' | 'size'>;

/** Uncompressed bytes a layer may have: 1 GiB, and a hundred times what its descriptor says is compressed. */
export function layerLimit(size: number): number {
  return 1024 ** 3 + 100 * size;
}

/** @throws BLOB_MISSING, BLOB_DAMAGED, ROOTFS_LAYER_DAMAGED (at the end, when the diffId is wrong), ROOTFS_LAYER_TOO_LARGE */
export async function* layerBytes(
  store: Pick<BlobStore, 'readBlob'>,
  layer: LayerSource,
  signal?: AbortSignal,
  limit = layerLimit(layer.size),
): AsyncGenerator<Buffer> {
  const damaged = (reason: string, cause?: Error) =>
    rootfsErrors.ROOTFS_LAYER_DAMAGED({ layer: layer.digest, reason }, cause ? { cause } : {});
  const uncompressed = createHash('sha256');
  const gunzip = createGunzip();
  const blob = store.readBlob(layer.digest);
  pipeline(blob, gunzip, () => undefined);
  let size = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      size += chunk.length;
      if (size > limit) throw rootfsErrors.ROOTFS_LAYER_TOO_LARGE({ layer: layer.digest, size: layer.size, limit });
      uncompressed.update(chunk);
      yield chunk;
    }
    // Damage may look like the end of what is compressed.
    if (!blob.readableEnded) await checkBlob(store, layer.digest);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw cause;
    await checkBlob(store, layer.digest);
    throw damaged((cause as Error).message, cause as Error);
  } finally {
    blob.destroy();
  }
  const diffId = `sha256:${uncompressed.digest('hex')}`;
  if (diffId !== layer.diffId) throw damaged(`its diffId is ${diffId}, not ${layer.diffId}`);
}
