/** The image store on disk: an OCI layout (image-layout.md) with a folder for temporary files and leases beside it. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attachment } from '../image/attachment.js';
import { checkClusterConfig } from '../image/check-cluster-config.js';
import type { Descriptor, Digest, ImageIndex, ImageManifest, Platform } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, parseManifest } from '../image/manifest-document.js';
import { mediaTypes } from '../image/media-types.js';
import { choosePlatform, defaultPlatform } from '../image/platform.js';
import { parseReference } from '../image/reference.js';
import { syncDirectory, temporaryName } from './atomic-file.js';
import { attachmentsOf, uniteAttachments } from './attachments.js';
import { BlobFiles } from './blob-files.js';
import { collectGarbage } from './collect-garbage.js';
import { findImage, similarNames } from './find-image.js';
import { layoutVersion, readAttachments, readNames, writeNames } from './index-file.js';
import { Lease } from './lease.js';
import { withLock } from './lock-file.js';
import { collectReachable } from './reachable-blobs.js';
import type { ImageStore, LoadedImage, OtherForm, PrepareOptions, StoredImage } from './store.js';

/**
 * Opens the store in `directory`, creating it when absent. One instance serves one build or load at a time: naming an
 * image ends the lease under which its blobs are kept. Any number of instances and processes may share a directory.
 */
export async function openLayoutStore(directory: string, otherForm: OtherForm): Promise<ImageStore> {
  const temporaryDirectory = join(directory, 'tmp');
  const layoutFile = join(directory, 'oci-layout');
  if (!(await stat(layoutFile).catch(() => undefined))) {
    await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
    await mkdir(temporaryDirectory, { recursive: true });
    // Two processes that create it at once write the same few bytes.
    await writeFile(layoutFile, JSON.stringify({ imageLayoutVersion: layoutVersion }));
  }
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
    return await readNames(this.directory);
  }

  async find(reference: string): Promise<StoredImage | undefined> {
    return findImage(await this.list(), reference);
  }

  async open(reference: string, platform: Platform = defaultPlatform()): Promise<LoadedImage> {
    const { name, descriptor } = await this.#require(reference);
    let digest = descriptor.digest;
    let document = await this.readManifest(descriptor);
    if (isIndex(document)) {
      const chosen = choosePlatform(document, platform, name);
      digest = chosen.digest;
      document = await this.readManifest(chosen);
    }
    if (isIndex(document)) throw imageErrors.IMAGE_NOT_CLUSTER({ reference: name, seen: 'an index of indexes' });
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
    return await readAttachments(this.directory);
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
      await this.#writeNames([...others, { name: fullName, descriptor }], attachments);
    });
    await this.#lease.release();
  }

  async remove(reference: string): Promise<{ untagged: string[]; deletedBlobs: number; freedBytes: number }> {
    // A lease of our own would keep what it is about to delete.
    await this.#lease.release();
    return await withLock(this.#lockPath, async () => {
      const names = await this.list();
      const target = findImage(names, reference);
      if (!target) throw imageErrors.IMAGE_NOT_FOUND({ reference, similar: similarNames(names, reference) });
      const byName = target.name === fullNameOf(reference);
      const goes = (image: StoredImage) =>
        byName ? image.name === target.name : image.descriptor.digest === target.descriptor.digest;
      const kept = names.filter((image) => !goes(image));
      const attached = await this.#writeNames(kept, []);
      const roots = [...kept, ...attached];
      const deleted = await collectGarbage(this, roots, this.directory, this.#temporaryDirectory);
      return {
        untagged: names.filter(goes).map(({ name }) => name),
        deletedBlobs: deleted.length,
        freedBytes: deleted.reduce((sum, { size }) => sum + size, 0),
      };
    });
  }

  async collectGarbage(options: { dryRun?: boolean } = {}): Promise<{ digest: Digest; size: number }[]> {
    await this.#lease.release();
    return await withLock(this.#lockPath, async () => {
      const names = await this.list();
      const roots = [...names, ...(await attachmentsOf(this, names, await this.attachments()))];
      return await collectGarbage(this, roots, this.directory, this.#temporaryDirectory, options);
    });
  }

  async #require(reference: string): Promise<StoredImage> {
    const names = await this.list();
    const found = findImage(names, reference);
    if (found) return found;
    throw imageErrors.IMAGE_NOT_FOUND({ reference, similar: similarNames(names, reference) });
  }

  /** Under the lock. Attachments of images that are gone are left out. @returns those that were written */
  async #writeNames(names: readonly StoredImage[], added: readonly Attachment[]): Promise<Attachment[]> {
    for (const { descriptor, subject } of added) await this.#checkComplete(`an attachment of ${subject}`, descriptor);
    const all = uniteAttachments(await this.attachments(), added);
    const attached = await attachmentsOf(this, names, all);
    await syncDirectory(join(this.directory, 'blobs', 'sha256'));
    await writeNames(this.directory, names, attached, this.#temporaryDirectory);
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
