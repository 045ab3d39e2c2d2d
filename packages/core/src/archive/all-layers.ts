/** Images of an archive as they are: no layer is left out without a word, and what is not there is said. */
import type { Emit } from '../events/events.js';
import type { Descriptor, ImageManifest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import {
  isAttestation,
  isIndex,
  isIndexType,
  isManifestType,
  parseManifest,
  parseObject,
} from '../image/manifest-document.js';
import { mediaTypes } from '../image/media-types.js';
import type { BlobStore, ImageStore, StoredImage } from '../store/store.js';
import type { DockerArchiveFiles } from './docker-archive-files.js';

const containerConfigs: readonly string[] = [mediaTypes.ociConfig, mediaTypes.dockerConfig];

/**
 * The manifests of docker 25.0.0 name no layers; manifest.json beside them does. Then one is made from that, as for an
 * archive without manifests. @throws IMAGE_MANIFEST_INVALID when nothing names the layers
 */
export async function withAllLayers(
  store: BlobStore,
  descriptor: Descriptor,
  docker: DockerArchiveFiles,
): Promise<Descriptor> {
  if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType)) return descriptor;
  if ((await store.blobSize(descriptor.digest)) === undefined) return descriptor;
  const document = parseManifest(await store.readSmallBlob(descriptor.digest), descriptor.digest);
  if (isIndex(document)) {
    // A list is what its digest says: it cannot name another manifest.
    for (const child of document.manifests)
      if ((await withAllLayers(store, child, docker)) !== child)
        throw lacksLayers(child, 'it does not name all layers of its config, and its list names no other');
    return descriptor;
  }
  const wanted = await layersOfConfig(store, document);
  if (wanted === undefined || wanted === document.layers.length) return descriptor;
  const rows = docker.isThere ? docker.entries() : [];
  const row = rows.find((one) => docker.configOf(one) === document.config.digest);
  if (row?.Layers?.length !== wanted)
    throw lacksLayers(descriptor, `it names ${document.layers.length} layers, its config ${wanted}`);
  return await docker.image(row);
}

/** Undefined for what is no container image, and where the config does not say. */
async function layersOfConfig(store: BlobStore, { config }: ImageManifest): Promise<number | undefined> {
  if (!containerConfigs.includes(config.mediaType) || (await store.blobSize(config.digest)) === undefined)
    return undefined;
  const { rootfs } = parseObject(await store.readSmallBlob(config.digest), config.digest);
  const diffIds = (rootfs as { diff_ids?: unknown } | null | undefined)?.diff_ids;
  return Array.isArray(diffIds) ? diffIds.length : undefined;
}

function lacksLayers({ digest }: Descriptor, reason: string) {
  return imageErrors.IMAGE_MANIFEST_INVALID({ digest, reason });
}

/** docker leaves out of an archive what it has not pulled itself. */
export async function sayWhatIsMissing(
  store: ImageStore,
  { name, descriptor }: StoredImage,
  emit: Emit | undefined,
): Promise<void> {
  const document = await store.readManifest(descriptor);
  if (!isIndex(document)) return;
  for (const child of document.manifests) {
    if ((await store.blobSize(child.digest)) !== undefined) continue;
    if (!isAttestation(child)) continue;
    const text = `${name}: the attestation ${child.digest}, which its index names, is not in the archive`;
    emit?.({ type: 'message', level: 'warning', text });
  }
}
