/** Copies a container image from where it is into the store: original bytes, original digests, verified on arrival. */
import pLimit from 'p-limit';
import type { ContentSource } from './content-source.js';
import type { Descriptor, ImageManifest, Platform } from './descriptor.js';
import { digestOf } from './digest.js';
import { imageErrors } from './image-errors.js';
import { isIndex, isIndexType, parseManifest } from './manifest-document.js';
import { choosePlatform } from './platform.js';
import type { BlobStore } from './store.js';

export interface CopyOptions {
  store: BlobStore;
  /** What is taken of an index. The index itself keeps its bytes, so it is sparse in the store. */
  platform: Platform;
  signal?: AbortSignal | undefined;
  /** Blobs at a time. Default 4. */
  concurrency?: number;
  /** Called once the size is known, then with every piece that has arrived or was there already. */
  onTotal?: (bytes: number) => void;
  onBytes?: (bytes: number) => void;
}

/** Every blob of the image: index and manifest first, then config and layers in the manifest's order. */
export async function copyImage(source: ContentSource, name: string, options: CopyOptions): Promise<Descriptor[]> {
  const documents: Descriptor[] = [];
  let descriptor = source.root;
  let manifest: ImageManifest | undefined;
  // An index may point to an index; more than a few levels are a loop or an attack.
  for (let depth = 0; manifest === undefined; depth++) {
    if (depth > 3)
      throw imageErrors.IMAGE_MANIFEST_INVALID({ digest: descriptor.digest, reason: 'indexes nest too deep' });
    const bytes = await fetchDocument(source, descriptor, options);
    documents.push({ mediaType: descriptor.mediaType, digest: descriptor.digest, size: bytes.length });
    const document = parseManifest(bytes, descriptor.digest);
    if (isIndex(document)) descriptor = choosePlatform(document, options.platform, name);
    else if (isIndexType(descriptor.mediaType)) {
      throw imageErrors.IMAGE_MANIFEST_INVALID({
        digest: descriptor.digest,
        reason: 'a manifest that is served as an index',
      });
    } else manifest = document;
  }
  const content = uniqueByDigest([manifest.config, ...manifest.layers]);
  options.onTotal?.(sumOfSizes([...documents, ...content]));
  options.onBytes?.(sumOfSizes(documents));
  await copyBlobs(source, content, options);
  return uniqueByDigest([...documents, ...content]).map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
}

async function fetchDocument(source: ContentSource, descriptor: Descriptor, options: CopyOptions): Promise<Buffer> {
  const bytes = await source.manifest(descriptor, options.signal);
  const actual = digestOf(bytes);
  if (actual !== descriptor.digest) {
    throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: descriptor.digest, actual, source: source.name });
  }
  await options.store.putBlob({ digest: descriptor.digest }, bytes);
  return bytes;
}

/** The first failure ends the others: their streams are destroyed and their temporary files removed before it is thrown. */
async function copyBlobs(source: ContentSource, blobs: readonly Descriptor[], options: CopyOptions): Promise<void> {
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const limit = pLimit(options.concurrency ?? 4);
  let first: unknown;
  const results = await Promise.allSettled(
    blobs.map((descriptor) =>
      limit(async () => {
        try {
          signal.throwIfAborted();
          await copyBlob(source, descriptor, options, signal);
        } catch (cause) {
          first ??= cause;
          failed.abort(cause);
          throw cause;
        }
      }),
    ),
  );
  options.signal?.throwIfAborted();
  if (results.some(({ status }) => status === 'rejected')) throw first;
}

async function copyBlob(source: ContentSource, descriptor: Descriptor, options: CopyOptions, signal: AbortSignal) {
  if (await options.store.hasBlob(descriptor.digest)) {
    options.onBytes?.(descriptor.size);
    return;
  }
  const content = await source.blob(descriptor, signal);
  const { onBytes } = options;
  await options.store.putBlob({ digest: descriptor.digest, size: descriptor.size }, content, {
    signal,
    ...(onBytes ? { onBytes } : {}),
  });
}

export function uniqueByDigest(descriptors: readonly Descriptor[]): Descriptor[] {
  return [...new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor])).values()];
}

export function sumOfSizes(descriptors: readonly Descriptor[]): number {
  return uniqueByDigest(descriptors).reduce((sum, { size }) => sum + size, 0);
}
