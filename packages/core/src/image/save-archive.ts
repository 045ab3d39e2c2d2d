/** Writes images of the store as an oci-archive: an OCI layout in a tar, each shared blob once, in a fixed order. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Emit } from '../workflow/events.js';
import { writeParts } from './archive-parts.js';
import { temporaryName } from './atomic-file.js';
import { type Attachment, attachmentsOf } from './attachments.js';
import type { Descriptor, Digest } from './descriptor.js';
import { hexOf } from './digest.js';
import { similarNames } from './find-image.js';
import { imageErrors } from './image-errors.js';
import { indexText, layoutVersion } from './index-file.js';
import { annotations } from './media-types.js';
import { collectReachable } from './reachable-blobs.js';
import type { ImageStore, StoredImage } from './store.js';
import { tarEnd, tarHeader, tarPadding } from './tar-header.js';
import { zstdStream } from './zstd-program.js';

export interface SaveOptions {
  format?: 'oci-archive';
  /** Default: none; layers are compressed already. */
  compress?: 'gzip' | 'zstd' | 'none';
  /** Cut into parts of so many bytes; `output` is a path then. */
  splitBytes?: number | undefined;
  /** Leaves out every blob of this image: who loads the archive has to have it. */
  base?: string | undefined;
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

/**
 * The same images give the same bytes. A file appears under its name when it is complete.
 * @returns the images in the archive, its bytes before compression, those left to the base, and the files
 * @throws IMAGE_NOT_FOUND, BLOB_MISSING
 */
export async function saveImages(
  store: ImageStore,
  references: readonly string[],
  output: string | Writable,
  options: SaveOptions = {},
): Promise<{ images: StoredImage[]; bytes: number; baseBytes: number; files: string[] }> {
  const images = await requireImages(store, references);
  const blobs = new Map<Digest, Descriptor>();
  const attachments = await attachmentsOf(store, images, await store.attachments());
  for (const { descriptor } of [...images, ...attachments]) await collectReachable(store, descriptor, blobs);
  const [base] = options.base === undefined ? [] : await requireImages(store, [options.base]);
  let baseBytes = 0;
  for (const digest of base ? (await collectReachable(store, base.descriptor)).keys() : []) {
    baseBytes += blobs.get(digest)?.size ?? 0;
    blobs.delete(digest);
  }
  const index = base ? images.map((image) => needing(image, base)) : images;
  const total = [...blobs.values()].reduce((sum, { size }) => sum + size, 0);
  const progress = { type: 'progress', id: 'save', title: 'Save', unit: 'bytes' } as const;
  let bytes = 0;
  const write = async (target: Writable) => {
    const tar = Readable.from(
      layoutTar(store, { images: index, attachments }, blobs, (count) => {
        bytes += count;
        options.emit?.({ ...progress, current: bytes, total });
      }),
      { objectMode: false },
    );
    const signal = options.signal ? { signal: options.signal } : {};
    if (options.compress === 'zstd') await pipeline(tar, zstdStream('compress', 'the archive'), target, signal);
    else if (options.compress === 'gzip') await pipeline(tar, createGzip({ level: 6 }), target, signal);
    else await pipeline(tar, target, signal);
  };
  let files: string[] = [];
  if (typeof output !== 'string') await write(output);
  else if (options.splitBytes !== undefined) {
    const parts = writeParts(output, options.splitBytes);
    try {
      await write(parts);
      files = await parts.commit();
    } catch (cause) {
      await parts.abandon();
      throw cause;
    }
  } else {
    const temporary = temporaryName(dirname(output), '.sealer-save');
    try {
      await write(createWriteStream(temporary, { flags: 'wx', flush: true }));
      await rename(temporary, output);
      files = [output];
    } catch (cause) {
      await rm(temporary, { force: true });
      throw cause;
    }
  }
  options.emit?.({ ...progress, current: total, total, done: true });
  return { images, bytes: total, baseBytes, files };
}

/** Says in the archive's index what has to be there already. */
function needing({ name, descriptor }: StoredImage, base: StoredImage): StoredImage {
  const said = { [annotations.baseName]: base.name, [annotations.baseDigest]: base.descriptor.digest };
  return { name, descriptor: { ...descriptor, annotations: { ...descriptor.annotations, ...said } } };
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
  { images, attachments }: { images: readonly StoredImage[]; attachments: readonly Attachment[] },
  blobs: ReadonlyMap<Digest, Descriptor>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const small = (name: string, text: string) => {
    const bytes = Buffer.from(text);
    return [tarHeader(name, bytes.length), bytes, tarPadding(bytes.length)];
  };
  yield* small('oci-layout', JSON.stringify({ imageLayoutVersion: layoutVersion }));
  yield* small('index.json', indexText(images, attachments));
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
  yield tarEnd;
}
