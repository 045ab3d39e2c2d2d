/** Which blobs an image consists of: its manifests, configs and layers, found from a descriptor downwards. */
import type { Descriptor, Digest } from '../image/descriptor.js';
import { isIndex, isIndexType, isManifestType, parseManifest } from '../image/manifest-document.js';
import type { BlobStore } from './store.js';

type Source = Pick<BlobStore, 'readSmallBlob' | 'blobSize'>;

/**
 * Adds every blob reachable from `root` to `found` (digest to descriptor). Manifests that an index names and the store
 * does not hold are left out: an index may be sparse. The blobs of bundled container images are layers of the cluster
 * image's manifest, so there is no need to look into them.
 */
export async function collectReachable(
  source: Source,
  root: Descriptor,
  found: Map<Digest, Descriptor> = new Map(),
): Promise<Map<Digest, Descriptor>> {
  if (found.has(root.digest)) return found;
  found.set(root.digest, root);
  if (!isIndexType(root.mediaType) && !isManifestType(root.mediaType)) return found;
  const document = parseManifest(await source.readSmallBlob(root.digest), root.digest);
  if (!isIndex(document)) {
    for (const entry of [document.config, ...document.layers])
      if (!found.has(entry.digest)) found.set(entry.digest, entry);
    return found;
  }
  for (const child of document.manifests) {
    if ((await source.blobSize(child.digest)) !== undefined) await collectReachable(source, child, found);
  }
  return found;
}
