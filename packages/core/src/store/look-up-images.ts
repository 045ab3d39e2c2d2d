import { imageErrors } from '../image/image-errors.js';
import { similarNames } from './find-image.js';
import type { ImageStore, StoredImage } from './store.js';

/** All of the named images, or an error for the first that is not there. @throws IMAGE_NOT_FOUND */
export async function lookUpImages(store: ImageStore, references: readonly string[]): Promise<StoredImage[]> {
  const found: StoredImage[] = [];
  for (const reference of references) {
    const image = await store.find(reference);
    if (!image) throw imageErrors.IMAGE_NOT_FOUND({ reference, similar: similarNames(await store.list(), reference) });
    found.push(image);
  }
  return found;
}
