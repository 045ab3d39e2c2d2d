/** Writes config and manifest of a cluster image, and the index over several platforms; names are given by the caller. */

import type { ClusterImageConfig } from '../image/cluster-config.js';
import type { Descriptor, Digest, ImageIndex, ImageManifest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { bundledType, rootfsType } from '../image/layer-types.js';
import { annotations, clusterArtifactType, mediaTypes } from '../image/media-types.js';
import { platformName } from '../image/platform.js';
import type { BlobStore } from './store.js';

/** What registries take (distribution specification, "Pushing Manifests"). */
export const manifestLimit = 4 * 1024 * 1024;

export interface WrittenImage {
  /** Of the manifest, with its platform. */
  descriptor: Descriptor;
  config: ClusterImageConfig;
  /** Bytes of manifest, config and layers. */
  size: number;
}

/**
 * @param bundle descriptors of at least the blobs that the config's bundle names
 * @throws IMAGE_TOO_MANY_BLOBS
 */
export async function writeClusterImage(
  store: BlobStore,
  config: ClusterImageConfig,
  bundle: readonly Descriptor[],
  extra: Readonly<Record<string, string>> = {},
): Promise<WrittenImage> {
  const configBlob = await store.addBlob(Buffer.from(JSON.stringify(config)));
  const needed = new Set(config.bundle.flatMap((image) => image.blobs));
  const blobs = new Map<Digest, Descriptor>();
  for (const { mediaType, digest, size } of bundle)
    if (needed.has(digest)) blobs.set(digest, layerOfBundle({ mediaType, digest, size }));
  const layers: Descriptor[] = [
    ...config.rootfs.map(({ digest, size }) => ({
      mediaType: rootfsType,
      digest,
      size,
      annotations: { [annotations.role]: 'rootfs' },
    })),
    ...[...blobs.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1)),
  ];
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: clusterArtifactType,
    config: { mediaType: mediaTypes.clusterConfig, ...configBlob },
    layers,
    ...(Object.keys(extra).length > 0 ? { annotations: sorted(extra) } : {}),
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  if (bytes.length > manifestLimit)
    throw imageErrors.IMAGE_TOO_MANY_BLOBS({ blobs: layers.length, size: bytes.length, limit: manifestLimit });
  const blob = await store.addBlob(bytes);
  const platform = { architecture: config.architecture, os: config.os };
  const descriptor = { mediaType: mediaTypes.ociManifest, ...blob, artifactType: clusterArtifactType, platform };
  const size = blob.size + configBlob.size + layers.reduce((sum, layer) => sum + layer.size, 0);
  return { descriptor, config, size };
}

/** A blob of a bundled image as a layer of the cluster image: same digest, a media type that nobody follows. */
export function layerOfBundle({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType: bundledType(mediaType), digest, size, annotations: { [annotations.role]: 'bundle' } };
}

/**
 * One image alone, or an index over images of different platforms, in the order of their names. An index has the fields
 * of OCI 1.0 alone: skopeo 1.9 writes a list anew from those it knows, and refuses when that is another digest.
 */
export async function writeIndex(store: BlobStore, images: readonly Descriptor[]): Promise<Descriptor> {
  const [only] = images;
  if (images.length === 1 && only) {
    const { platform: _platform, ...descriptor } = only;
    return descriptor;
  }
  const name = ({ platform }: Descriptor) => (platform ? platformName(platform) : '');
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [...images]
      .sort((a, b) => (name(a) < name(b) ? -1 : 1))
      .map(({ mediaType, digest, size, platform }) => ({ mediaType, digest, size, ...(platform ? { platform } : {}) })),
  };
  const blob = await store.addBlob(Buffer.from(JSON.stringify(index)));
  return { mediaType: mediaTypes.ociIndex, ...blob, artifactType: clusterArtifactType };
}

export function sorted(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}
