/** A part of a blob cannot be checked by itself: before the first part is served, the whole is read once. */
import { stat } from 'node:fs/promises';
import type { Digest } from '../image/descriptor.js';
import { checkBlob } from '../store/check-blob.js';
import type { BlobStore } from '../store/store.js';

export class CheckedBlobs {
  readonly #store: BlobStore;
  /** By digest: the file that was checked, and how that came out. */
  readonly #checked = new Map<Digest, { file: string; check: Promise<void> }>();

  constructor(store: BlobStore) {
    this.#store = store;
  }

  /** Again only when the file has changed, or was found damaged. @throws BLOB_MISSING, BLOB_DAMAGED */
  async require(digest: Digest): Promise<void> {
    const found = await stat(this.#store.blobPath(digest)).catch(() => undefined);
    const file = `${found?.ino} ${found?.size} ${found?.mtimeMs} ${found?.ctimeMs}`;
    const known = this.#checked.get(digest);
    const check = known?.file === file ? known.check : checkBlob(this.#store, digest);
    if (check !== known?.check) {
      this.#checked.set(digest, { file, check });
      check.catch(() => this.#checked.delete(digest));
    }
    await check;
  }
}
