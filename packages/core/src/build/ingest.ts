/** Brings one line of manifests/imageList into the store: the blobs of a container image, as their registry serves them. */
import { resolve } from 'node:path';
import type { Emit } from '../events/events.js';
import { reportBytes } from '../events/report-bytes.js';
import type { BundleImage } from '../image/cluster-config.js';
import type { Descriptor, Platform } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import type { ImageListEntry } from '../image/image-list.js';
import { annotations } from '../image/media-types.js';
import { platformName } from '../image/platform.js';
import type { ContentSource, OpenRemote } from '../store/content-source.js';
import { copyImage, sumOfSizes } from '../store/copy-image.js';
import type { ImageStore } from '../store/store.js';

export interface IngestOptions {
  store: ImageStore;
  platform: Platform;
  /** What relative paths in the list start from: the build context. */
  baseDirectory: string;
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
  /** How images are found that name no source. Default: their registry, with the user's credentials. */
  registry?: OpenRemote | undefined;
  /** Blobs at a time. Default 4. */
  concurrency?: number;
}

export interface IngestedImage {
  /** The row of the cluster image's bundle table. */
  image: BundleImage;
  /** The image's blobs with the media types they have in it, and the role `bundle`. */
  descriptors: Descriptor[];
}

/**
 * @throws BUNDLE_SOURCE_MISSING, BUNDLE_SOURCE_AMBIGUOUS, BUNDLE_DIGEST_MISMATCH, IMAGE_PLATFORM_MISSING,
 *   BLOB_DIGEST_MISMATCH, ARCHIVE_INVALID, and the errors of the registry
 */
export async function ingestBundleImage(entry: ImageListEntry, options: IngestOptions): Promise<IngestedImage> {
  const name = entry.reference.toString();
  const source = await openSource(entry, options);
  const { digest } = entry.reference;
  if (digest !== undefined && source.root.digest !== digest) {
    throw imageErrors.BUNDLE_DIGEST_MISMATCH({
      name,
      expected: digest,
      actual: source.root.digest,
      source: source.name,
    });
  }
  const progress = reportBytes({ id: `bundle:${name}`, title: name, emit: options.emit });
  const blobs = await copyImage(source, name, {
    store: options.store,
    platform: options.platform,
    signal: options.signal,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    onTotal: progress.onTotal,
    onBytes: progress.onBytes,
    onOtherPlatform: (found) => {
      const text = `${name} from ${source.name} is for ${platformName(found)} alone; the image is built for ${platformName(options.platform)}`;
      options.emit?.({ type: 'message', level: 'warning', text });
    },
  });
  progress.done();
  return {
    image: {
      name,
      digest: source.root.digest,
      mediaType: source.root.mediaType,
      size: sumOfSizes(blobs),
      blobs: blobs.map((blob) => blob.digest),
      origin: entry.origin,
    },
    descriptors: blobs.map((blob) => ({ ...blob, annotations: { [annotations.role]: 'bundle' } })),
  };
}

/** Archive and registry code is loaded when a list asks for it. */
async function openSource(entry: ImageListEntry, options: IngestOptions): Promise<ContentSource> {
  const { reference, source } = entry;
  switch (source.kind) {
    case 'registry': {
      if (options.registry) return await options.registry(reference, options.signal);
      const { openRemoteSource } = await import('../registry/remote-source.js');
      return await openRemoteSource(reference, { signal: options.signal, emit: options.emit });
    }
    case 'oci': {
      const { openLayoutSource } = await import('../store/layout-source.js');
      const path = resolve(options.baseDirectory, source.path);
      return await openLayoutSource(path, `oci:${source.path}`, reference, source.refName);
    }
    case 'oci-archive': {
      const { openOciArchiveSource } = await import('../archive/oci-archive-source.js');
      return await openOciArchiveSource(source.path, reference, source.refName, options);
    }
    case 'docker-archive': {
      const { openDockerArchiveSource } = await import('../archive/docker-archive-source.js');
      return await openDockerArchiveSource(source.path, reference, options);
    }
  }
}
