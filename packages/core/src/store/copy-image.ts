/** Copies an image from where it is into the store: original bytes, original digests, verified on arrival. */
import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import type { BlobReport } from '../events/report-bytes.js';
import type { Descriptor, Digest, ImageManifest, Platform } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, isIndexType, isManifestType, parseManifest } from '../image/manifest-document.js';
import { fits } from '../image/platform.js';
import { smallBlobLimit } from './blob-files.js';
import type { ByteSink } from './byte-sink.js';
import type { ContentSource } from './content-source.js';
import { type PlatformReader, platformIn, wayToPlatform } from './find-platform.js';
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
  onBytes?: ((bytes: number) => void) | undefined;
  /** Called for each blob that is not in the store. */
  onBlob?: (blob: Descriptor) => BlobReport | undefined;
  /** The only manifest there is, is for another platform. What it throws ends the copy before any layer is fetched. */
  onOtherPlatform?: (found: Platform) => void;
  /** Bytes of blobs that were not in the store. */
  onReceived?: (bytes: number) => void;
}

/** An index may point to an index; more than a few levels are a loop or an attack. */
const deepest = 3;

/** The image for one platform. Every blob of it: index and manifest first, then config and layers in the manifest's order. */
export async function copyImage(source: ContentSource, name: string, options: CopyOptions): Promise<Descriptor[]> {
  const { store, platform } = options;
  const sizes = new Map<Digest, number>();
  const reader: PlatformReader = {
    read: async (descriptor, depth) => {
      const { bytes, document } = await fetchDocument(source, descriptor, depth, options);
      sizes.set(descriptor.digest, bytes.length);
      return document;
    },
    platformOf: async ({ config }) => {
      if (config.size > smallBlobLimit) return undefined;
      await copyBlob(
        source,
        config,
        { ...options, onBytes: undefined },
        options.signal ?? new AbortController().signal,
      );
      return platformIn(await store.readSmallBlob(config.digest), config.digest);
    },
  };
  const { way, said } = await wayToPlatform(reader, source.root, platform, name);
  if (said && !fits(said, platform)) options.onOtherPlatform?.(said);
  const documents = way.map(({ descriptor: { mediaType, digest } }) => ({
    mediaType,
    digest,
    size: sizes.get(digest) ?? 0,
  }));
  return await finish(source, name, documents, [way.at(-1)?.document as ImageManifest], options);
}

/** An index with everything it names. */
export async function copyIndex(source: ContentSource, name: string, options: CopyOptions): Promise<Descriptor[]> {
  const documents: Descriptor[] = [];
  const manifests: ImageManifest[] = [];
  const visit = async (descriptor: Descriptor, depth: number): Promise<void> => {
    const { bytes, document } = await fetchDocument(source, descriptor, depth, options);
    documents.push(described(descriptor, bytes));
    if (!isIndex(document)) manifests.push(document);
    else
      for (const child of document.manifests)
        if (isIndexType(child.mediaType) || isManifestType(child.mediaType)) await visit(child, depth + 1);
  };
  await visit(source.root, 0);
  return await finish(source, name, documents, manifests, options);
}

async function finish(
  source: ContentSource,
  name: string,
  documents: Descriptor[],
  manifests: readonly ImageManifest[],
  options: CopyOptions,
): Promise<Descriptor[]> {
  const content = uniqueByDigest(manifests.flatMap(({ config, layers }) => [config, ...layers]));
  options.onTotal?.(sumOfSizes([...documents, ...content]));
  options.onBytes?.(sumOfSizes(documents));
  await options.store.requireRoom(content, `for ${name}`);
  await copyBlobs(source, content, options);
  return uniqueByDigest([...documents, ...content]).map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
}

function described({ mediaType, digest }: Descriptor, bytes: Buffer): Descriptor {
  return { mediaType, digest, size: bytes.length };
}

async function fetchDocument(source: ContentSource, descriptor: Descriptor, depth: number, options: CopyOptions) {
  const { digest } = descriptor;
  if (depth > deepest) throw imageErrors.IMAGE_MANIFEST_INVALID({ digest, reason: 'indexes nest too deep' });
  const bytes = await source.manifest(descriptor, options.signal);
  const actual = digestOf(bytes);
  if (actual !== digest) throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: digest, actual, source: source.name });
  const document = parseManifest(bytes, digest);
  if (!isIndex(document) && isIndexType(descriptor.mediaType))
    throw imageErrors.IMAGE_MANIFEST_INVALID({ digest, reason: 'a manifest that is served as an index' });
  await options.store.putBlob({ digest }, bytes);
  return { bytes, document };
}

/** The first failure ends the others: their streams are destroyed and their temporary files removed before it is thrown. */
async function copyBlobs(source: ContentSource, blobs: readonly Descriptor[], options: CopyOptions): Promise<void> {
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  // Every transfer listens; that is no leak.
  setMaxListeners(0, signal);
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
  if (await options.store.hasBlob(descriptor.digest, descriptor.size)) {
    options.onBytes?.(descriptor.size);
    return;
  }
  const from = source.blobFrom?.bind(source);
  const content = from
    ? (start: number, sink: ByteSink) => from(descriptor, start, sink, signal)
    : await source.blob(descriptor, signal);
  const blob = options.onBlob?.(descriptor);
  const onKept = (bytes: number) => {
    options.onBytes?.(bytes);
    blob?.onBytes(bytes);
  };
  const onBytes = (bytes: number) => {
    onKept(bytes);
    options.onReceived?.(bytes);
  };
  const { digest, size } = descriptor;
  await options.store.putBlob({ digest, size }, content, { signal, onBytes, onKept });
  blob?.done();
}

export function uniqueByDigest(descriptors: readonly Descriptor[]): Descriptor[] {
  return [...new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor])).values()];
}

export function sumOfSizes(descriptors: readonly Descriptor[]): number {
  return uniqueByDigest(descriptors).reduce((sum, { size }) => sum + size, 0);
}
