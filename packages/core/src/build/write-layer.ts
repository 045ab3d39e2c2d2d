/** Writes a layer into the store: tar, both digests and gzip in one pass over the files. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { LayerEntry } from '../context/layer-entry.js';
import { tarBytes } from '../context/layer-tar.js';
import type { RootfsLayer } from '../image/cluster-config.js';
import type { DiffId } from '../image/descriptor.js';
import type { ImageStore } from '../store/store.js';
import { gzipMembers } from '../tar/gzip-members.js';

export interface WriteLayerOptions {
  signal?: AbortSignal | undefined;
  /** Uncompressed bytes done. */
  onBytes?: (bytes: number) => void;
}

/** @param entries arranged by `arrangeEntries` */
export async function writeLayer(
  store: ImageStore,
  entries: readonly LayerEntry[],
  createdBy: string,
  options: WriteLayerOptions = {},
): Promise<RootfsLayer> {
  return await writeTarLayer(store, tarBytes(entries), createdBy, options);
}

/** @param tar the uncompressed layer */
export async function writeTarLayer(
  store: ImageStore,
  tar: AsyncIterable<Buffer>,
  createdBy: string,
  options: WriteLayerOptions = {},
): Promise<RootfsLayer> {
  const hash = createHash('sha256');
  async function* uncompressed() {
    for await (const chunk of tar) {
      options.signal?.throwIfAborted();
      hash.update(chunk);
      options.onBytes?.(chunk.length);
      yield chunk;
    }
  }
  const { digest, size } = await store.addBlob(
    Readable.from(gzipMembers(uncompressed()), { objectMode: false, highWaterMark: 1024 * 1024 }),
  );
  const diffId: DiffId = `sha256:${hash.digest('hex')}`;
  return { digest, diffId, size, createdBy };
}
