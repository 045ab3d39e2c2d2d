/** `sealer pull`: an image of a registry into the store. What is here already is not asked for again. */
import { copyImage, copyIndex } from '../image/copy-image.js';
import type { Digest, Platform } from '../image/descriptor.js';
import { isIndexType } from '../image/manifest-document.js';
import { defaultPlatform } from '../image/platform.js';
import { parseReference, withVersion } from '../image/reference.js';
import { reportBytes } from '../image/report-bytes.js';
import type { ImageStore } from '../image/store.js';
import type { RegistryAccess } from './connect-registry.js';
import { openRemoteSource } from './remote-source.js';

export interface PullOptions extends RegistryAccess {
  /** Taken of an image of several platforms; the index keeps its digest. Default: linux on this machine's architecture. */
  platform?: Platform | undefined;
  allPlatforms?: boolean | undefined;
  /** Blobs at a time. Default 6. */
  concurrency?: number | undefined;
}

export interface PullResult {
  name: string;
  digest: Digest;
  /** Bytes of what is here of it now. */
  size: number;
  /** Bytes that had to come over the network. */
  receivedBytes: number;
}

/** @throws IMAGE_PLATFORM_MISSING, BLOB_DIGEST_MISMATCH, and the registry's errors; then the name stays as it was */
export async function pullImage(store: ImageStore, reference: string, options: PullOptions = {}): Promise<PullResult> {
  const wanted = parseReference(reference);
  const source = await openRemoteSource(wanted, options);
  const name = wanted.toString();
  const progress = reportBytes({ id: `pull:${name}`, title: `Pull ${name}`, emit: options.emit });
  let receivedBytes = 0;
  const copyOptions = {
    store,
    platform: options.platform ?? defaultPlatform(),
    signal: options.signal,
    concurrency: options.concurrency ?? 6,
    onTotal: progress.onTotal,
    onBytes: progress.onBytes,
    onReceived: (bytes: number) => {
      receivedBytes += bytes;
    },
  };
  const copy = options.allPlatforms && isIndexType(source.root.mediaType) ? copyIndex : copyImage;
  const blobs = await copy(source, name, copyOptions);
  const { prepareGoSealerImages } = await import('../image/go-sealer/open-image.js');
  await prepareGoSealerImages(store, name, source.root, options);
  // name:tag@digest pins what the tag means; the store knows it by the tag.
  const stored = wanted.tag === undefined ? wanted : withVersion(wanted, { tag: wanted.tag });
  await store.setName(stored.toString(), source.root);
  progress.done();
  const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
  return { name: stored.toString(), digest: source.root.digest, size, receivedBytes };
}
