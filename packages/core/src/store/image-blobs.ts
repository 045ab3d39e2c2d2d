/** What a named image consists of, and must be there. */
import type { Descriptor, Digest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, isIndexType, parseManifest } from '../image/manifest-document.js';
import { collectReachable } from './reachable-blobs.js';
import type { ImageStore, StoredImage } from './store.js';

type Store = Pick<ImageStore, 'directory' | 'readSmallBlob' | 'blobSize'>;

/**
 * Every blob of the image by digest. An index may name manifests that were never here; those that were when the image got
 * its name must be here still. @throws BLOB_MISSING, BLOB_DAMAGED, IMAGE_MANIFEST_INVALID
 */
export async function imageBlobs(
  store: Store,
  { name, descriptor, manifests = [] }: StoredImage,
  found: Map<Digest, Descriptor> = new Map(),
): Promise<Map<Digest, Descriptor>> {
  for (const digest of manifests)
    if ((await store.blobSize(digest)) === undefined)
      throw imageErrors.BLOB_MISSING({ digest, directory: store.directory, neededBy: name });
  await collectReachable(store, descriptor, found);
  await requireOne(store, name, descriptor);
  return found;
}

/** An index without any image of it is nothing to go on with. */
async function requireOne(store: Store, name: string, root: Descriptor): Promise<void> {
  if (!isIndexType(root.mediaType)) return;
  const document = parseManifest(await store.readSmallBlob(root.digest), root.digest);
  const [first, ...others] = isIndex(document) ? document.manifests : [];
  for (const child of first ? [first, ...others] : []) if ((await store.blobSize(child.digest)) !== undefined) return;
  if (first) throw imageErrors.BLOB_MISSING({ digest: first.digest, directory: store.directory, neededBy: name });
}

/** The manifests and indexes below an index that are here. */
export async function manifestsBelow(
  store: Pick<ImageStore, 'readManifest' | 'blobSize'>,
  root: Descriptor,
): Promise<Digest[]> {
  if (!isIndexType(root.mediaType)) return [];
  const document = await store.readManifest(root);
  const below: Digest[] = [];
  for (const child of isIndex(document) ? document.manifests : [])
    if ((await store.blobSize(child.digest)) !== undefined)
      below.push(child.digest, ...(await manifestsBelow(store, child)));
  return [...new Set(below)];
}
