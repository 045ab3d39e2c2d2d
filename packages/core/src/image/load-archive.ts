/** Reads an oci-archive into the store: every blob verified, names given only when all of the archive has been read. */
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { besideOwn } from '../trust/beside-own.js';
import type { Emit } from '../workflow/events.js';
import { archiveAttachments } from './archive-attachments.js';
import { imageErrors } from './image-errors.js';
import { isIndexType, isManifestType } from './manifest-document.js';
import { annotations } from './media-types.js';
import { collectReachable } from './reachable-blobs.js';
import { readLayoutArchive } from './read-layout-archive.js';
import { parseReference } from './reference.js';
import type { ImageStore, StoredImage } from './store.js';

export interface LoadOptions {
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
  /** Names the image when the archive does not, as archives of skopeo may not. */
  name?: string | undefined;
}

/**
 * @returns the images that have names now. @throws ARCHIVE_INVALID (cut off, names that lead out of it, no name),
 *   BLOB_DIGEST_MISMATCH, BLOB_MISSING (an image the archive has only a part of), DELTA_BASE_MISSING; then no name was given
 */
export async function loadImages(
  store: ImageStore,
  archive: string | Readable,
  options: LoadOptions = {},
): Promise<StoredImage[]> {
  const progress = { type: 'progress', id: 'load', title: 'Load', unit: 'bytes' } as const;
  // Of a compressed file the size says nothing about the bytes to come, so it is no total then.
  const size = typeof archive === 'string' ? (await stat(archive).catch(() => undefined))?.size : undefined;
  let current = 0;
  const onBytes = (bytes: number) => {
    current += bytes;
    options.emit?.({ ...progress, current, ...(size !== undefined && size >= current ? { total: size } : {}) });
  };
  const index = await readLayoutArchive(archive, store, { signal: options.signal, onBytes });
  const label = typeof archive === 'string' ? archive : 'the archive on standard input';
  const invalid = (reason: string) => imageErrors.ARCHIVE_INVALID({ archive: label, reason });
  const { attachments, manifests } = await archiveAttachments(store, index);
  const images: StoredImage[] = [];
  const bases = new Map<string, { name: string; digest: string }>();
  for (const { annotations: all, ...descriptor } of manifests) {
    const baseDigest = all?.[annotations.baseDigest];
    if (baseDigest !== undefined)
      bases.set(descriptor.digest, { name: all?.[annotations.baseName] ?? baseDigest, digest: baseDigest });
    const name = manifests.length === 1 ? (options.name ?? all?.[annotations.refName]) : all?.[annotations.refName];
    if (name === undefined) throw invalid(`image ${descriptor.digest} in it has no name; give one`);
    if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType)) {
      throw invalid(`${name} in it is ${descriptor.mediaType}, not an image`);
    }
    images.push({ name: parseReference(name).toString(), descriptor });
  }
  if (images.length === 0) throw invalid('it holds no image');
  // All of them are looked at before the first gets its name.
  for (const { name, descriptor } of images) {
    const base = bases.get(descriptor.digest);
    for (const { digest } of (await reachable(store, descriptor, base, name)).values()) {
      if ((await store.blobSize(digest)) === undefined) {
        if (base) throw imageErrors.DELTA_BASE_MISSING({ image: name, base: base.name, digest: base.digest });
        throw imageErrors.BLOB_MISSING({ digest, directory: store.directory, neededBy: `${name} of ${label}` });
      }
    }
  }
  options.signal?.throwIfAborted();
  const attached = await besideOwn(store, attachments);
  for (const { name, descriptor } of images) await store.setName(name, descriptor, attached);
  options.emit?.({ ...progress, current, total: current, done: true });
  return images;
}

/** Of a delta, even the manifest may be the base's. */
async function reachable(
  store: ImageStore,
  descriptor: StoredImage['descriptor'],
  base: { name: string; digest: string } | undefined,
  image: string,
) {
  try {
    return await collectReachable(store, descriptor);
  } catch (cause) {
    if (base) throw imageErrors.DELTA_BASE_MISSING({ image, base: base.name, digest: base.digest }, { cause });
    throw cause;
  }
}
