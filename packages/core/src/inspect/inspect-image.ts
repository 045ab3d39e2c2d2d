/** What `sealer inspect` shows of an image: manifest, config, layers and the container images it carries. */

import { madeBy } from '../go-sealer/extension.js';
import type { BundleImage, ClusterImageConfig } from '../image/cluster-config.js';
import type { Digest, ImageManifest, Platform } from '../image/descriptor.js';
import { annotations } from '../image/media-types.js';
import { sumOfSizes } from '../store/copy-image.js';
import { type AttachedRow, listAttached } from '../store/list-attached.js';
import { type PlatformRow, platformRows } from '../store/manifest-of.js';
import type { ImageStore } from '../store/store.js';

export interface LayerRow {
  digest: Digest;
  mediaType: string;
  size: number;
  role: 'rootfs' | 'bundle' | 'other';
  /** Of a rootfs layer: what made it. */
  createdBy?: string;
}

export interface BundleRow extends Pick<BundleImage, 'name' | 'digest' | 'size' | 'origin'> {
  /** Bytes that no other bundled image of this cluster image shares. */
  uniqueSize: number;
}

export interface ImageInspection {
  name: string;
  /** Of the platform's manifest. */
  digest: Digest;
  /** Bytes of everything: manifest, config, layers, each once. */
  size: number;
  manifest: ImageManifest;
  /** Of an image in another form than ours: what it would be in ours; `layers` and `bundle` are of that, too. */
  config: ClusterImageConfig;
  /** `Go sealer v0.11.0`, when this sealer did not make it. */
  madeBy?: string;
  layers: LayerRow[];
  bundle: BundleRow[];
  /** All platforms of an index; empty for an image of one. */
  platforms: PlatformRow[];
  /** Signatures and the like of the image, whatever they are worth. */
  attached: AttachedRow[];
}

/** @throws IMAGE_NOT_FOUND, IMAGE_NOT_CLUSTER, IMAGE_PLATFORM_MISSING */
export async function inspectImage(
  store: ImageStore,
  reference: string,
  platform?: Platform,
): Promise<ImageInspection> {
  const { name, digest, manifest, config, original } = await store.open(reference, platform);
  const own = original ?? manifest;
  const stored = await store.find(reference);
  const createdBy = new Map(config.rootfs.map((layer) => [layer.digest, layer.createdBy]));
  const holders = new Map<Digest, number>();
  for (const { blobs } of config.bundle) for (const blob of blobs) holders.set(blob, (holders.get(blob) ?? 0) + 1);
  const sizes = new Map(manifest.layers.map((layer) => [layer.digest, layer.size]));
  return {
    name,
    digest,
    attached: stored ? await listAttached(store, [stored.descriptor]) : [],
    platforms: await platformRows(store, reference),
    size: ((await store.blobSize(digest)) ?? 0) + sumOfSizes([own.config, ...own.layers]),
    manifest: own,
    config,
    ...(original ? { madeBy: madeBy(original, name) } : {}),
    layers: manifest.layers.map((layer) => {
      const made = createdBy.get(layer.digest);
      return {
        digest: layer.digest,
        mediaType: layer.mediaType,
        size: layer.size,
        role: roleOf(layer.annotations?.[annotations.role]),
        ...(made === undefined ? {} : { createdBy: made }),
      };
    }),
    bundle: config.bundle.map(({ blobs, ...image }) => ({
      name: image.name,
      digest: image.digest,
      size: image.size,
      origin: image.origin,
      uniqueSize: blobs.reduce((sum, blob) => sum + (holders.get(blob) === 1 ? (sizes.get(blob) ?? 0) : 0), 0),
    })),
  };
}

function roleOf(role: string | undefined): LayerRow['role'] {
  return role === 'rootfs' || role === 'bundle' ? role : 'other';
}
