/** Gives an image of the store another name. */

import { imageErrors } from '../image/image-errors.js';
import { parseNewName } from '../image/reference.js';
import { similarNames } from './find-image.js';
import { imageBlobs } from './image-blobs.js';
import type { ImageStore, StoredImage } from './store.js';

/**
 * The new name may have belonged to another image; that one loses it and keeps its other names.
 * @throws IMAGE_NOT_FOUND, BLOB_MISSING, BLOB_DAMAGED, IMAGE_REFERENCE_INVALID (also for a name with a digest: that cannot be chosen)
 */
export async function tagImage(store: ImageStore, reference: string, newName: string): Promise<StoredImage> {
  const target = parseNewName(newName);
  const image = await store.find(reference);
  if (!image) throw imageErrors.IMAGE_NOT_FOUND({ reference, similar: similarNames(await store.list(), reference) });
  await imageBlobs(store, image);
  await store.setName(target.toString(), image.descriptor);
  return { name: target.toString(), descriptor: image.descriptor };
}
