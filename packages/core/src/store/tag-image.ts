/** Gives an image of the store another name. */

import { imageErrors } from '../image/image-errors.js';
import { parseReference } from '../image/reference.js';
import { similarNames } from './find-image.js';
import { imageBlobs } from './image-blobs.js';
import type { ImageStore, StoredImage } from './store.js';

/**
 * The new name may have belonged to another image; that one loses it and keeps its other names.
 * @throws IMAGE_NOT_FOUND, BLOB_MISSING, BLOB_DAMAGED, IMAGE_REFERENCE_INVALID (also for a name with a digest: that cannot be chosen)
 */
export async function tagImage(store: ImageStore, reference: string, newName: string): Promise<StoredImage> {
  const target = parseReference(newName);
  if (target.digest !== undefined) {
    throw imageErrors.IMAGE_REFERENCE_INVALID({ text: newName, reason: 'a new name cannot have a digest' });
  }
  const image = await store.find(reference);
  if (!image) throw imageErrors.IMAGE_NOT_FOUND({ reference, similar: similarNames(await store.list(), reference) });
  await imageBlobs(store, image);
  await store.setName(target.toString(), image.descriptor);
  return { name: target.toString(), descriptor: image.descriptor };
}
