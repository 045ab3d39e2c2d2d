/** The image store on disk: an OCI layout (image-layout.md) with a folder for temporary files and leases beside it. */
import { join } from 'node:path';
import { SealerError } from '../errors/sealer-error.js';
import type { Attachment } from '../image/attachment.js';
import { checkClusterConfig } from '../image/check-cluster-config.js';
import type { Descriptor, Digest, ImageIndex, ImageManifest, Platform } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, parseManifest } from '../image/manifest-document.js';
import { mediaTypes } from '../image/media-types.js';
import { defaultPlatform, fits } from '../image/platform.js';
import { parseReference } from '../image/reference.js';
import { syncDirectory, temporaryName } from './atomic-file.js';
import { attachmentsOf, uniteAttachments } from './attachments.js';
import { BlobFiles } from './blob-files.js';
import { collectGarbage, neededBlobs } from './collect-garbage.js';
import { createStore } from './create-store.js';
import { findImage, similarNames } from './find-image.js';
import { type FoundDocument, otherPlatform, storeReader, wayToPlatform } from './find-platform.js';
import { manifestsBelow } from './image-blobs.js';
import { readIndex } from './index-file.js';
import { giveUpWhatCanBe, restoreCopy, writeIndexOnFullDisk } from './last-room.js';
import { Lease } from './lease.js';
import { withLock } from './lock-file.js';
import { collectReachable } from './reachable-blobs.js';
import type { ImageStore, LoadedImage, OtherForm, PrepareOptions, RemovedImage, StoredImage } from './store.js';

/**
 * Opens the store in `directory`, creating it when absent. One instance serves one build or load at a time: naming an
 * image ends the lease under which its blobs are kept. Any number of instances and processes may share a directory.
 */
export async function openLayoutStore(directory: string, otherForm: OtherForm): Promise<ImageStore> {
  const temporaryDirectory = join(directory, 'tmp');
  await createStore(directory, temporaryDirectory);
  return new LayoutStore(directory, temporaryDirectory, otherForm);
}

class LayoutStore extends BlobFiles implements ImageStore {
  readonly directory: string;
  readonly #temporaryDirectory: string;
  readonly #lockPath: string;
  readonly #lease: Lease;

  constructor(
    directory: string,
    temporaryDirectory: string,
    private readonly otherForm: OtherForm,
  ) {
    const lockPath = join(directory, 'index.lock');
    const lease = new Lease(temporaryDirectory, lockPath);
    super({ directory, temporaryDirectory, lease: () => lease.take() });
    this.directory = directory;
    this.#temporaryDirectory = temporaryDirectory;
    this.#lockPath = lockPath;
    this.#lease = lease;
  }

  async list(): Promise<StoredImage[]> {
    return (await readIndex(this.directory)).names;
  }

  async find(reference: string): Promise<StoredImage | undefined> {
    return findImage(await this.list(), reference);
  }

  async open(reference: string, platform?: Platform): Promise<LoadedImage> {
    const image = await this.#require(reference);
    const loaded = await this.#load(image, platform ?? defaultPlatform());
    // Of an image for one platform that is known only now.
    if (platform && !fits(loaded.config, platform)) throw otherPlatform(image.name, platform, loaded.config);
    return loaded;
  }

  async #load({ name, descriptor }: StoredImage, platform: Platform): Promise<LoadedImage> {
    const { way } = await wayToPlatform(storeReader(this), descriptor, platform, name);
    const {
      document,
      descriptor: { digest },
    } = way.at(-1) as FoundDocument;
    if (isIndex(document)) throw imageErrors.IMAGE_NOT_CLUSTER({ reference: name, seen: 'an index' });
    if (document.config.mediaType !== mediaTypes.clusterConfig) {
      return await this.otherForm.open(this, { name, digest, manifest: document });
    }
    const config = checkClusterConfig(await this.readSmallBlob(document.config.digest), document.config.digest);
    return { name, digest, manifest: document, config };
  }

  async prepare(name: string, descriptor: Descriptor, options: PrepareOptions): Promise<void> {
    await this.otherForm.prepare(this, name, descriptor, options);
  }

  async readManifest(descriptor: Descriptor): Promise<ImageManifest | ImageIndex> {
    return parseManifest(await this.readSmallBlob(descriptor.digest), descriptor.digest);
  }

  async attachments(): Promise<Attachment[]> {
    return (await readIndex(this.directory)).attachments;
  }

  async attach(attachments: readonly Attachment[]): Promise<void> {
    await withLock(this.#lockPath, async () => {
      await this.#writeNames(await this.list(), attachments);
    });
    await this.#lease.release();
  }

  async setName(name: string, descriptor: Descriptor, attachments: readonly Attachment[] = []): Promise<void> {
    const fullName = parseReference(name).toString();
    await withLock(this.#lockPath, async () => {
      await this.#checkComplete(fullName, descriptor);
      const others = (await this.list()).filter((image) => image.name !== fullName);
      const manifests = await manifestsBelow(this, descriptor);
      const image = { name: fullName, descriptor, ...(manifests.length > 0 ? { manifests } : {}) };
      await this.#writeNames([...others, image], attachments);
    });
    await this.#lease.release();
  }

  async remove(reference: string): Promise<RemovedImage> {
    // A lease of our own would keep what it is about to delete.
    await this.#lease.release();
    return await this.#withLockOnFullDisk(async () => {
      const names = await this.list();
      const target = findImage(names, reference);
      if (!target) throw imageErrors.IMAGE_NOT_FOUND({ reference, similar: similarNames(names, reference) });
      const byName = target.name === fullNameOf(reference);
      const goes = (image: StoredImage) =>
        byName ? image.name === target.name : image.descriptor.digest === target.descriptor.digest;
      const kept = names.filter((image) => !goes(image));
      const attached = await this.#writeNames(kept, [], async (written) => {
        // What goes is wanted by nobody: a kill now leaves an image that is not whole, under a name that can be removed.
        const needed = await this.#needed(kept, written);
        await collectGarbage(this, needed, this.directory, this.#temporaryDirectory);
      });
      const untagged = names.filter(goes).map(({ name }) => name);
      let needed: Map<Digest, unknown>;
      try {
        needed = await this.#needed(kept, attached);
      } catch (cause) {
        // A damaged image must not keep another one from being given up.
        if (!SealerError.is(cause) || cause.code !== 'STORE_NOT_COLLECTED') throw cause;
        return { untagged, deletedBlobs: 0, freedBytes: 0, problem: cause.message };
      }
      const deleted = await collectGarbage(this, needed, this.directory, this.#temporaryDirectory);
      return {
        untagged,
        deletedBlobs: deleted.length,
        freedBytes: deleted.reduce((sum, { size }) => sum + size, 0),
      };
    });
  }

  async collectGarbage(options: { dryRun?: boolean } = {}): Promise<{ digest: Digest; size: number }[]> {
    await this.#lease.release();
    return await this.#withLockOnFullDisk(async () => {
      const { names, attachments } = await readIndex(this.directory);
      const needed = await this.#needed(names, attachments);
      return await collectGarbage(this, needed, this.directory, this.#temporaryDirectory, options);
    });
  }

  /** @throws STORE_NOT_COLLECTED */
  async #needed(names: readonly StoredImage[], attachments: readonly Attachment[]): Promise<Map<Digest, unknown>> {
    const needed = await neededBlobs(this, names);
    const attached = await attachmentsOf(this, names, attachments);
    const roots = attached.map(({ subject, descriptor }) => ({ name: `what is attached to ${subject}`, descriptor }));
    for (const digest of (await neededBlobs(this, roots)).keys()) needed.set(digest, true);
    return needed;
  }

  async #require(reference: string): Promise<StoredImage> {
    const names = await this.list();
    const found = findImage(names, reference);
    if (found) return found;
    throw imageErrors.IMAGE_NOT_FOUND({ reference, similar: similarNames(names, reference) });
  }

  /** For what makes room: it must not need any. */
  async #withLockOnFullDisk<T>(section: () => Promise<T>): Promise<T> {
    const [directory, temporary] = [this.directory, this.#temporaryDirectory];
    const onFull = async () => await giveUpWhatCanBe(directory, temporary);
    return await withLock(
      this.#lockPath,
      async () => {
        const result = await section();
        await restoreCopy(directory, temporary);
        return result;
      },
      { onFull },
    );
  }

  /**
   * Under the lock. Attachments of images that are gone are left out. @returns those that were written
   * @param makeRoom called when there is no room for the list, with the attachments that will be left
   */
  async #writeNames(
    names: readonly StoredImage[],
    added: readonly Attachment[],
    makeRoom?: (attached: readonly Attachment[]) => Promise<void>,
  ): Promise<Attachment[]> {
    for (const { descriptor, subject } of added) await this.#checkComplete(`an attachment of ${subject}`, descriptor);
    const all = uniteAttachments(await this.attachments(), added);
    // While an image is damaged it cannot be told what belongs to it: then everything stays.
    const attached = await attachmentsOf(this, names, all).catch(() => all);
    await syncDirectory(join(this.directory, 'blobs', 'sha256'));
    const index = { names: [...names], attachments: attached };
    const more = makeRoom && (() => makeRoom(attached));
    await writeIndexOnFullDisk(this.directory, index, this.#temporaryDirectory, more);
    return attached;
  }

  /** A name never points to an image of which something is missing. */
  async #checkComplete(name: string, descriptor: Descriptor): Promise<void> {
    const missing = (digest: Digest) => imageErrors.BLOB_MISSING({ digest, directory: this.directory, neededBy: name });
    for (const { digest, size } of (await collectReachable(this, descriptor)).values()) {
      const actual = await this.blobSize(digest);
      if (actual === undefined) throw missing(digest);
      if (actual !== size) throw imageErrors.BLOB_SIZE_MISMATCH({ digest, expected: size, actual });
    }
  }
}

function fullNameOf(reference: string): string | undefined {
  try {
    return parseReference(reference).toString();
  } catch {
    return undefined;
  }
}

/** A name for a temporary file in the store's file system; garbage collection removes it once its process has died. */
export function storeTemporaryPath(store: ImageStore, label: string): string {
  return temporaryName(join(store.directory, 'tmp'), label);
}
