/** Whether one manifest can name the blobs of all bundled images, asked before they are fetched: that may take hours. */
import pLimit from 'p-limit';
import { SealerError } from '../errors/sealer-error.js';
import type { Descriptor, Digest, Platform } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import type { ImageListEntry } from '../image/image-list.js';
import { isIndex, parseManifest } from '../image/manifest-document.js';
import { mediaTypes } from '../image/media-types.js';
import { choosePlatform } from '../image/platform.js';
import type { Reference } from '../image/reference.js';
import type { ContentSource } from '../store/content-source.js';
import { layerOfBundle, manifestLimit } from '../store/write-cluster-image.js';

export interface CountOptions {
  platform: Platform;
  /** Finds an image in its registry. */
  open(reference: Reference): Promise<ContentSource>;
  signal?: AbortSignal | undefined;
}

/** 127 layers, the most a runtime takes, with config, manifest and index. */
const mostBlobs = 130;
/** An image has a manifest, a config and a layer. */
const leastBlobs = 3;
/** Bytes of a blob in the manifest, with a long media type and size, and with short ones. */
const [mostBytes, leastBytes] = (
  [
    [mediaTypes.ociManifest, 1e11],
    [mediaTypes.ociLayer, 100],
  ] as const
).map(([mediaType, size]) => lengthOf({ mediaType, digest: `sha256:${'0'.repeat(64)}`, size })) as [number, number];

/** Manifests are asked for only where the number of images leaves it open. @throws IMAGE_TOO_MANY_BLOBS */
export async function refuseTooManyBlobs(
  carried: readonly Descriptor[],
  wanted: readonly ImageListEntry[],
  options: CountOptions,
): Promise<void> {
  const room = manifestLimit / mostBytes - new Set(carried.map(({ digest }) => digest)).size;
  if (wanted.length * mostBlobs < room) return;
  const blobs = new Map<Digest, number>(carried.map((blob) => [blob.digest, lengthOf(blob)]));
  const refuse = (count: number, size: number) => {
    if (size > manifestLimit) throw imageErrors.IMAGE_TOO_MANY_BLOBS({ blobs: count, size, limit: manifestLimit });
  };
  const limit = pLimit(8);
  await Promise.all(
    wanted.map(({ reference, source }) =>
      limit(async () => {
        options.signal?.throwIfAborted();
        if (source.kind !== 'registry') return;
        for (const blob of await blobsOf(reference, options)) blobs.set(blob.digest, lengthOf(blob));
        refuse(blobs.size, sum(blobs));
      }),
    ),
  );
  // Images of archives are not looked into: they come to what an image has at least.
  const local = wanted.filter(({ source }) => source.kind !== 'registry').length * leastBlobs;
  refuse(blobs.size + local, sum(blobs) + local * leastBytes);
}

/** None when it cannot be found: fetching it says why. */
async function blobsOf(reference: Reference, { open, platform, signal }: CountOptions): Promise<Descriptor[]> {
  try {
    const source = await open(reference);
    const blobs: Descriptor[] = [];
    for (let next = source.root, depth = 0; depth < 4; depth += 1) {
      blobs.push(next);
      const document = parseManifest(await source.manifest(next, signal), next.digest);
      if (!isIndex(document)) return [...blobs, document.config, ...document.layers];
      next = choosePlatform(document, platform, String(reference));
    }
    return blobs;
  } catch (cause) {
    signal?.throwIfAborted();
    if (!SealerError.is(cause)) throw cause;
    return [];
  }
}

function lengthOf(blob: Descriptor): number {
  return JSON.stringify(layerOfBundle(blob)).length + 1;
}

function sum(blobs: ReadonlyMap<Digest, number>): number {
  return [...blobs.values()].reduce((total, length) => total + length, 0);
}
