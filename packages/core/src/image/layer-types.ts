/**
 * Media types of the entries of a cluster image's `layers`. All are sealer's own (docs/decisions/0020): other tools follow
 * what looks like a manifest or index, and look for the diffId of what looks like a layer of a container image. What a
 * bundled blob is to its own image is said by that image's manifest, and of its root by the bundle table.
 */
import { isIndexType, isManifestType } from './manifest-document.js';
import { mediaTypes } from './media-types.js';

export const rootfsType = 'application/vnd.sealer.rootfs.v1.tar+gzip';

const ours = 'application/vnd.sealer.bundle.';
const layers = new Map<string, string>([
  [mediaTypes.ociLayer, 'v1.tar'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar', 'v1.tar'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'v1.tar'],
  [mediaTypes.ociLayerGzip, 'v1.tar+gzip'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'v1.tar+gzip'],
  [mediaTypes.dockerLayerGzip, 'v1.tar+gzip'],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'v1.tar+gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'v1.tar+zstd'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', 'v1.tar+zstd'],
]);

/** The media type under which a blob of a bundled image lies in `layers`. */
export function bundledType(mediaType: string): string {
  if (mediaType.startsWith(ours)) return mediaType;
  const tar = layers.get(mediaType);
  if (tar !== undefined) return `${ours}${tar}`;
  if (isIndexType(mediaType)) return `${ours}index.v1+json`;
  if (isManifestType(mediaType)) return `${ours}manifest.v1+json`;
  return mediaType.endsWith('json') ? `${ours}config.v1+json` : `${ours}v1`;
}

/** How a layer's tar is compressed, by its media type; undefined for what is no layer, or one that cannot be read here. */
export function layerFormat(mediaType: string): 'gzip' | 'none' | undefined {
  if (mediaType === rootfsType) return 'gzip';
  const type = bundledType(mediaType);
  if (type === `${ours}v1.tar+gzip`) return 'gzip';
  return type === `${ours}v1.tar` ? 'none' : undefined;
}

/** False for manifests, indexes and configs. */
export function isLayerType(mediaType: string): boolean {
  return !mediaType.endsWith('json') && !/\.(manifest|config|index)\./.test(mediaType);
}
