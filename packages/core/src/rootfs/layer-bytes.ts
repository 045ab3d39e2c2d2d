/** The uncompressed bytes of a layer: both digests are checked, and their number is limited. */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { RootfsLayer } from '../image/cluster-config.js';
import type { BlobStore } from '../store/store.js';
import { rootfsErrors } from './rootfs-errors.js';

export type LayerSource = Pick<RootfsLayer, 'digest' | 'diffId' | 'size'>;

/** Uncompressed bytes a layer may have: 1 GiB, and a hundred times what its descriptor says is compressed. */
export function layerLimit(size: number): number {
  return 1024 ** 3 + 100 * size;
}

/** @throws ROOTFS_LAYER_DAMAGED at the end when a digest is wrong, ROOTFS_LAYER_TOO_LARGE */
export async function* layerBytes(
  store: Pick<BlobStore, 'readBlob'>,
  layer: LayerSource,
  signal?: AbortSignal,
  limit = layerLimit(layer.size),
): AsyncGenerator<Buffer> {
  const damaged = (reason: string, cause?: Error) =>
    rootfsErrors.ROOTFS_LAYER_DAMAGED({ layer: layer.digest, reason }, cause ? { cause } : {});
  const compressed = createHash('sha256');
  const uncompressed = createHash('sha256');
  const gunzip = createGunzip();
  const blob = store.readBlob(layer.digest);
  blob.on('data', (chunk: Buffer) => compressed.update(chunk));
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
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw damaged('it is not in the image store', cause as Error);
    if (code?.startsWith('Z_')) throw damaged((cause as Error).message, cause as Error);
    throw cause;
  } finally {
    blob.destroy();
  }
  const digest = `sha256:${compressed.digest('hex')}`;
  if (digest !== layer.digest) throw damaged(`its digest is ${digest}`);
  const diffId = `sha256:${uncompressed.digest('hex')}`;
  if (diffId !== layer.diffId) throw damaged(`its diffId is ${diffId}, not ${layer.diffId}`);
}
