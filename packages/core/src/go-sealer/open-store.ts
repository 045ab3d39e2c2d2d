/** The operator's image store, in which images of Go sealer are seen as cluster images. Their code is loaded when there is one. */
import { openLayoutStore } from '../store/layout-store.js';
import type { ImageStore, OtherForm } from '../store/store.js';

const goSealerForm: OtherForm = {
  async open(store, image) {
    const { openGoSealerImage } = await import('./open-image.js');
    return await openGoSealerImage(store, image);
  },
  async prepare(store, name, descriptor, options) {
    const { prepareGoSealerImages } = await import('./open-image.js');
    await prepareGoSealerImages(store, name, descriptor, options);
  },
};

/** Opens the store in `directory`, creating it when absent. See {@link openLayoutStore}. */
export async function openStore(directory: string): Promise<ImageStore> {
  return await openLayoutStore(directory, goSealerForm);
}
