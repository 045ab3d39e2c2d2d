/** A layer written anew for hosts: without the registry data, and compressed by gzip. Kept entries keep their bytes. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DiffId, Digest } from '../image/descriptor.js';
import type { BlobStore } from '../store/store.js';
import { gzipMembers } from '../tar/gzip-members.js';
import { tarEnd, tarPadding } from '../tar/tar-header.js';
import { allowanceFor, layerEntries } from './layer-entries.js';
import { LayerTree } from './layer-tree.js';
import { belongsToRegistry, type ReadLayer, type ReadOptions } from './read-layers.js';

/** The layer has been read before, so what could be wrong with it is known not to be. */
export async function rewriteLayer(
  store: BlobStore,
  { descriptor }: ReadLayer,
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<{ digest: Digest; diffId: DiffId; size: number }> {
  const hash = createHash('sha256');
  async function* tar() {
    const { digest, size } = descriptor;
    const { entries } = layerEntries(store.readBlob(digest), `layer ${digest}`, new LayerTree(), allowanceFor(size));
    for await (const entry of entries) {
      signal?.throwIfAborted();
      if (belongsToRegistry(entry.name)) continue;
      yield entry.headers;
      yield* entry.content;
      yield tarPadding(entry.size);
    }
    yield tarEnd;
  }
  async function* hashed() {
    for await (const chunk of tar()) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const stored = await store.addBlob(Readable.from(gzipMembers(hashed()), { objectMode: false }));
  return { ...stored, diffId: `sha256:${hash.digest('hex')}` };
}
