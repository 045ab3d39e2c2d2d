/** Writes images of the store as an oci-archive: an OCI layout in a tar, each shared blob once, in a fixed order. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { deltaAnnotation, deltaFolder, manifestsAnnotation } from '../delta/delta-document.js';
import type { Delta } from '../delta/make-delta.js';
import { atPath } from '../errors/file-system-error.js';
import type { Emit } from '../events/events.js';
import type { Attachment } from '../image/attachment.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex } from '../image/manifest-document.js';
import { annotations } from '../image/media-types.js';
import { attachmentsOf } from '../store/attachments.js';
import { similarNames } from '../store/find-image.js';
import { imageBlobs } from '../store/image-blobs.js';
import { indexText, layoutVersion } from '../store/index-file.js';
import { collectReachable } from '../store/reachable-blobs.js';
import type { ImageStore, StoredImage } from '../store/store.js';
import { tarEnd, tarHeader, tarPadding } from '../tar/tar-header.js';
import { writeArchiveTo } from './archive-destination.js';
import { zstdStream } from './zstd-program.js';

export interface SaveOptions {
  format?: 'oci-archive';
  /** Default: none; layers are compressed already. */
  compress?: 'gzip' | 'zstd' | 'none';
  /** Cut into parts of so many bytes; `output` is a path then. */
  splitBytes?: number | undefined;
  /** Leaves out every blob of this image: who loads the archive has to have it. */
  base?: string | undefined;
  /** With a base: carries changed layers as patches where they can be rebuilt bit for bit. Default true. */
  patch?: boolean | undefined;
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

export interface SavedArchive {
  images: StoredImage[];
  /** Of everything the images consist of. */
  fullBytes: number;
  /** Of the archive before compression, without its headers. */
  bytes: number;
  /** Of blobs that were left to the base. */
  baseBytes: number;
  files: string[];
  /** With a base: new layers that are carried as patches, and those that are carried as they are, with the reason. */
  delta?: {
    patched: { digest: Digest; size: number; patchBytes: number }[];
    whole: { digest: Digest; size: number; reason: string }[];
  };
}

/**
 * The same images give the same bytes. A file appears under its name when it is complete.
 * @throws IMAGE_NOT_FOUND, BLOB_MISSING, BLOB_DAMAGED, ARCHIVE_NOT_WRITTEN
 */
export async function saveImages(
  store: ImageStore,
  references: readonly string[],
  output: string | Writable,
  options: SaveOptions = {},
): Promise<SavedArchive> {
  const images = await requireImages(store, references);
  const blobs = new Map<Digest, Descriptor>();
  const attachments = await attachmentsOf(store, images, await store.attachments());
  for (const image of images) await imageBlobs(store, image, blobs);
  for (const { descriptor } of attachments) await collectReachable(store, descriptor, blobs);
  const fullBytes = sizeOf(blobs.values());
  const [base] = options.base === undefined ? [] : await requireImages(store, [options.base]);
  const ofBase = base ? await imageBlobs(store, base) : new Map<Digest, Descriptor>();
  for (const digest of ofBase.keys()) blobs.delete(digest);
  const baseBytes = fullBytes - sizeOf(blobs.values());
  const delta =
    base && options.patch !== false
      ? await atPath(join(store.directory, 'tmp'), () => compareWithBase(store, blobs, ofBase, options))
      : undefined;
  try {
    for (const digest of delta?.rebuilt ?? []) blobs.delete(digest);
    const index = base ? await Promise.all(images.map((image) => needing(store, image, base, delta))) : images;
    const written = await writeArchive(store, { images: index, attachments }, blobs, delta, output, options);
    return { images, fullBytes, baseBytes, ...written, ...(delta ? { delta: summary(delta) } : {}) };
  } finally {
    await delta?.dispose();
  }
}

/** What the index of an archive names. */
interface ArchiveIndex {
  images: readonly StoredImage[];
  attachments: readonly Attachment[];
}

async function writeArchive(
  store: ImageStore,
  index: ArchiveIndex,
  blobs: ReadonlyMap<Digest, Descriptor>,
  delta: Delta | undefined,
  output: string | Writable,
  options: SaveOptions,
): Promise<{ bytes: number; files: string[] }> {
  const total = sizeOf(blobs.values()) + sizeOf(delta?.patches ?? []) + (delta?.documentBytes.length ?? 0);
  const progress = { type: 'progress', id: 'save', title: 'Save', unit: 'bytes' } as const;
  let bytes = 0;
  const write = async (target: Writable) => {
    const tar = Readable.from(
      layoutTar(store, index, blobs, delta, (count) => {
        bytes += count;
        options.emit?.({ ...progress, current: bytes, total });
      }),
      { objectMode: false },
    );
    const signal = options.signal ? { signal: options.signal } : {};
    if (options.compress === 'zstd') await pipeline(tar, await zstdStream('compress', 'the archive'), target, signal);
    else if (options.compress === 'gzip') await pipeline(tar, createGzip({ level: 6 }), target, signal);
    else await pipeline(tar, target, signal);
  };
  // What a compression leaves of it is not known before.
  const known = ['gzip', 'zstd'].includes(options.compress ?? 'none')
    ? []
    : [...blobs.values()].map(({ size }) => size);
  const place = { splitBytes: options.splitBytes, notes: join(store.directory, 'tmp'), sizes: known };
  const files = await writeArchiveTo(output, place, write);
  options.emit?.({ ...progress, current: total, total, done: true });
  return { bytes: total, files };
}

/** Says in the archive's index what has to be there already. */
async function needing(
  store: ImageStore,
  { name, descriptor }: StoredImage,
  base: StoredImage,
  delta: Delta | undefined,
): Promise<StoredImage> {
  const document = await store.readManifest(descriptor);
  const children = isIndex(document) ? document.manifests.map(({ digest }) => digest) : [];
  const here = await Promise.all(children.map(async (digest) => (await store.blobSize(digest)) !== undefined));
  const said = {
    [annotations.baseName]: base.name,
    [annotations.baseDigest]: base.descriptor.digest,
    ...(delta ? { [deltaAnnotation]: delta.documentDigest } : {}),
    // An index may be sparse, so what is missing later could not be told from what never was there.
    ...(children.length > 0 ? { [manifestsAnnotation]: children.filter((_, at) => here[at]).join(' ') } : {}),
  };
  return { name, descriptor: { ...descriptor, annotations: { ...descriptor.annotations, ...said } } };
}

/** Loaded when there is a base. */
async function compareWithBase(
  store: ImageStore,
  blobs: ReadonlyMap<Digest, Descriptor>,
  base: ReadonlyMap<Digest, Descriptor>,
  { signal, emit }: SaveOptions,
): Promise<Delta> {
  const { makeDelta } = await import('../delta/make-delta.js');
  return await makeDelta(store, blobs.values(), base.values(), { signal, emit });
}

function summary({ document: { layers, whole } }: Delta): NonNullable<SavedArchive['delta']> {
  return { patched: layers.map(({ digest, size, patch }) => ({ digest, size, patchBytes: patch.size })), whole };
}

function sizeOf(blobs: Iterable<{ size: number }>): number {
  let sum = 0;
  for (const { size } of blobs) sum += size;
  return sum;
}

async function requireImages(store: ImageStore, references: readonly string[]): Promise<StoredImage[]> {
  const found = new Map<string, StoredImage>();
  for (const reference of references) {
    const image = await store.find(reference);
    if (!image) throw imageErrors.IMAGE_NOT_FOUND({ reference, similar: similarNames(await store.list(), reference) });
    found.set(image.name, image);
  }
  return [...found.values()];
}

/** oci-layout and index.json first, so that a reader knows early what it has; blobs by digest. */
async function* layoutTar(
  store: ImageStore,
  { images, attachments }: ArchiveIndex,
  blobs: ReadonlyMap<Digest, Descriptor>,
  delta: Delta | undefined,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const small = (name: string, content: string | Buffer) => {
    const bytes = Buffer.from(content as string);
    return [tarHeader(name, bytes.length), bytes, tarPadding(bytes.length)];
  };
  yield* small('oci-layout', JSON.stringify({ imageLayoutVersion: layoutVersion }));
  yield* small('index.json', indexText(images, attachments));
  if (delta) yield* small(`${deltaFolder}${hexOf(delta.documentDigest)}`, delta.documentBytes);
  yield tarHeader('blobs/', 0);
  yield tarHeader('blobs/sha256/', 0);
  const sorted = [...blobs.keys()].sort();
  for (const digest of sorted) {
    const size = await store.blobSize(digest);
    const expected = blobs.get(digest)?.size;
    if (size === undefined) throw imageErrors.BLOB_MISSING({ digest, directory: store.directory });
    if (size !== expected) throw imageErrors.BLOB_SIZE_MISMATCH({ digest, expected: expected ?? 0, actual: size });
    yield tarHeader(`blobs/sha256/${hexOf(digest)}`, size);
    let left = size;
    for await (const chunk of store.readBlob(digest) as AsyncIterable<Buffer>) {
      left -= chunk.length;
      if (left < 0) break;
      onBytes(chunk.length);
      yield chunk;
    }
    if (left !== 0) throw imageErrors.BLOB_SIZE_MISMATCH({ digest, expected: size, actual: size - left });
    yield tarPadding(size);
  }
  for (const { digest, size, path } of delta?.patches ?? []) {
    yield tarHeader(`${deltaFolder}${hexOf(digest)}`, size);
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
      onBytes(chunk.length);
      yield chunk;
    }
    yield tarPadding(size);
  }
  yield tarEnd;
}
