/** Reads an oci-archive or a docker-archive into the store: every blob verified, names given only when all of the archive has been read. */
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { deltaAnnotation } from '../delta/delta-document.js';
import { ReceivedDelta } from '../delta/received-delta.js';
import { atPath } from '../errors/file-system-error.js';
import type { Emit } from '../events/events.js';
import type { Attachment } from '../image/attachment.js';
import type { Digest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { parseNewName } from '../image/reference.js';
import type { ImageStore, StoredImage } from '../store/store.js';
import { besideOwn } from '../trust/beside-own.js';
import { sayWhatIsMissing } from './all-layers.js';
import { archiveAttachments } from './archive-attachments.js';
import { type ArchiveImage, checkWhole, dockerImages, layoutImages } from './archive-images.js';
import { DockerArchiveFiles } from './docker-archive-files.js';
import { readArchive } from './read-layout-archive.js';
import { requireRoomToLoad } from './room-to-load.js';

export interface LoadOptions {
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
  /** Names the only image of the archive; archives of skopeo may give it none. */
  name?: string | undefined;
}

/**
 * @returns the images that have names now. @throws ARCHIVE_INVALID (cut off, names that lead out of it, no name),
 *   BLOB_DIGEST_MISMATCH, BLOB_MISSING (an image the archive has only a part of), DELTA_BASE_MISSING, GO_IMAGE_...; then no name was given
 */
export async function loadImages(
  store: ImageStore,
  archive: string | Readable,
  options: LoadOptions = {},
): Promise<StoredImage[]> {
  // Before the archive is read: it may be long.
  if (options.name !== undefined) parseNewName(options.name);
  await store.list();
  if (typeof archive === 'string') await requireRoomToLoad(archive, store);
  const progress = { type: 'progress', id: 'load', title: 'Load', unit: 'bytes' } as const;
  // Of a compressed file the size says nothing about the bytes to come, so it is no total then.
  const size = typeof archive === 'string' ? (await stat(archive).catch(() => undefined))?.size : undefined;
  let current = 0;
  const onBytes = (bytes: number) => {
    current += bytes;
    options.emit?.({ ...progress, current, ...(size !== undefined && size >= current ? { total: size } : {}) });
  };
  const label = typeof archive === 'string' ? archive : 'the archive on standard input';
  const delta = new ReceivedDelta(store, label);
  const docker = new DockerArchiveFiles(store, label);
  let images: ArchiveImage[];
  let attachments: Attachment[] = [];
  try {
    const index = await readArchive(archive, store, {
      signal: options.signal,
      onBytes,
      onExtension: (entry) => atPath(store.directory, () => delta.take(entry)),
      onOther: (entry) => docker.take(entry),
    });
    const link = docker.firstLink;
    if (index && link !== undefined)
      throw imageErrors.ARCHIVE_INVALID({ archive: label, reason: `${link} is a link, not a file` });
    if (index) {
      const { manifests, attachments: found } = await archiveAttachments(store, index);
      attachments = found;
      images = await layoutImages(store, { ...index, manifests }, docker, label, options.name);
    } else images = await dockerImages(docker, label, options.name);
    for (const document of new Set(index?.manifests.map((entry) => entry.annotations?.[deltaAnnotation])))
      if (document !== undefined) await atPath(store.directory, () => delta.rebuild(document as Digest, options));
  } finally {
    await delta.dispose();
  }
  // All of them are looked at before the first gets its name.
  for (const image of images) await checkWhole(store, image, label);
  for (const image of images) await sayWhatIsMissing(store, image, options.emit);
  for (const { name, descriptor } of images) await store.prepare(name, descriptor, options);
  options.signal?.throwIfAborted();
  const attached = await besideOwn(store, attachments);
  for (const { name, descriptor } of images) await store.setName(name, descriptor, attached);
  options.emit?.({ ...progress, current, total: current, done: true });
  return images.map(({ name, descriptor }) => ({ name, descriptor }));
}
