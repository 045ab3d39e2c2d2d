/**
 * Makes, of an image in Go sealer's form, the manifest and config it would have in ours (docs/decisions/0018). The image
 * itself stays as it is, under its own digest; what is made lies beside it in the store.
 */
import type { RootfsLayer } from '../image/cluster-config.js';
import type { Descriptor, Digest, ImageManifest, Platform } from '../image/descriptor.js';
import { parseObject } from '../image/manifest-document.js';
import type { BlobStore } from '../store/store.js';
import { writeClusterImage } from '../store/write-cluster-image.js';
import { readBundle } from './bundle.js';
import { deriveConfig } from './derive-config.js';
import { readExtension } from './extension.js';
import { goSealerErrors } from './go-sealer-errors.js';
import { type ReadLayer, type ReadOptions, readLayers } from './read-layers.js';
import { rewriteLayer } from './rewrite-layer.js';

export interface Converted {
  /** Of the manifest in our form. */
  descriptor: Descriptor;
  /** Paths of the rootfs that hosts get. */
  files: string[];
}

/** @throws GO_IMAGE_INVALID, GO_IMAGE_LAYER_REFUSED, GO_IMAGE_BUNDLE_INCOMPLETE, BLOB_DIGEST_MISMATCH, IMAGE_TOO_MANY_BLOBS */
export async function convertImage(
  store: BlobStore,
  manifest: ImageManifest,
  options: ReadOptions,
): Promise<Converted> {
  const extension = readExtension(manifest, options.image);
  const { platform, labels, diffIds, createdBy } = await readConfig(store, manifest, options.image);
  const read = await readLayers(store, manifest.layers, options);
  const rootfs: RootfsLayer[] = [];
  for (const [at, layer] of read.layers.entries()) {
    if (diffIds[at] !== layer.diffId) {
      const reason = `layer ${at + 1} unpacks to ${layer.diffId}, its config says ${diffIds[at]}`;
      throw goSealerErrors.GO_IMAGE_INVALID({ image: options.image, reason });
    }
    if (!layer.registryOnly) rootfs.push(await rootfsLayer(store, layer, createdBy[at] ?? '', options));
  }
  const bundle = await readBundle(store, options.image, extension, read);
  const config = deriveConfig({ extension, platform, labels, rootfs, bundle: bundle.images, tree: read.tree });
  const { descriptor } = await writeClusterImage(store, config, bundle.descriptors);
  const { platform: _platform, ...plain } = descriptor;
  const files = [...read.tree.entries()].flatMap(([path, { kind }]) =>
    kind === 'directory' || path.startsWith('registry/') ? [] : [path],
  );
  return { descriptor: plain, files: files.sort() };
}

async function rootfsLayer(
  store: BlobStore,
  layer: ReadLayer,
  createdBy: string,
  options: ReadOptions,
): Promise<RootfsLayer> {
  const { digest, size } = layer.descriptor;
  if (!layer.rewrite) return { digest, diffId: layer.diffId, size, createdBy };
  return { ...(await rewriteLayer(store, layer, options)), createdBy };
}

interface OciConfig {
  platform: Platform;
  labels: Record<string, string>;
  diffIds: Digest[];
  /** What made each layer. */
  createdBy: string[];
}

/** The image's OCI config (image-spec config.md). */
async function readConfig(store: BlobStore, { config }: ImageManifest, image: string): Promise<OciConfig> {
  const invalid = (reason: string) => goSealerErrors.GO_IMAGE_INVALID({ image, reason });
  const value = parseObject(await store.readSmallBlob(config.digest), config.digest);
  const { architecture, os, variant } = value;
  if (typeof architecture !== 'string' || typeof os !== 'string') throw invalid('its config names no platform');
  const { Labels: labels } = (value.config ?? {}) as { Labels?: Record<string, string> | null };
  const { diff_ids: diffIds } = (value.rootfs ?? {}) as { diff_ids?: Digest[] };
  if (!Array.isArray(diffIds)) throw invalid('its config has no rootfs.diff_ids');
  const history = (Array.isArray(value.history) ? value.history : []) as {
    created_by?: string;
    empty_layer?: boolean;
  }[];
  return {
    platform: { architecture, os, ...(typeof variant === 'string' ? { variant } : {}) },
    labels: Object.fromEntries(Object.entries(labels ?? {}).map(([key, text]) => [key, String(text)])),
    diffIds,
    createdBy: history.filter((entry) => !entry.empty_layer).map((entry) => instruction(entry.created_by ?? '')),
  };
}

/** Without the shell and the digest that buildah puts into an instruction. */
function instruction(createdBy: string): string {
  return createdBy
    .replace(/^\/bin\/sh -c #\(nop\) /, '')
    .replace(/\b(dir|file|multi):[0-9a-f]{64} in /, '')
    .trim();
}
