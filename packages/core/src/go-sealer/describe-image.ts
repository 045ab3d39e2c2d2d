/** A row of `sealer images`: from what was made of the image before, else from what it says itself; no layer is read. */
import { checkClusterConfig } from '../image/check-cluster-config.js';
import { type ClusterImageConfig, imageLabels } from '../image/cluster-config.js';
import type { Digest, ImageManifest, Platform } from '../image/descriptor.js';
import { isIndex, parseObject } from '../image/manifest-document.js';
import { readDerived } from '../store/derived-images.js';
import type { ImageStore } from '../store/store.js';
import { readExtension } from './extension.js';

export interface GoSealerRow {
  type: ClusterImageConfig['type'];
  runtime?: { type: string; version?: string };
  bundled: number;
  own: Platform;
}

/** @throws GO_IMAGE_INVALID */
export async function describeGoSealerImage(
  store: ImageStore,
  { digest, name }: { digest: Digest; name: string },
  manifest: ImageManifest,
): Promise<GoSealerRow> {
  const derived = await readDerived(store.directory, digest);
  const made = derived && (await store.readManifest(derived.descriptor).catch(() => undefined));
  if (made && !isIndex(made)) {
    const config = checkClusterConfig(await store.readSmallBlob(made.config.digest), made.config.digest);
    const { type, runtime, bundle, os, architecture } = config;
    return { type, ...(runtime ? { runtime } : {}), bundled: bundle.length, own: { os, architecture } };
  }
  const { type, containerImages } = readExtension(manifest, name);
  const { digest: configDigest } = manifest.config;
  const { os, architecture, config } = parseObject(
    await store.readSmallBlob(configDigest),
    configDigest,
  ) as unknown as Platform & {
    config?: { Labels?: Record<string, string> };
  };
  const runtime = config?.Labels?.[imageLabels.runtimeType] ?? (type === 'kube-installer' ? 'kubernetes' : undefined);
  const version = config?.Labels?.[imageLabels.runtimeVersion];
  return {
    type,
    ...(runtime === undefined ? {} : { runtime: { type: runtime, ...(version === undefined ? {} : { version }) } }),
    bundled: containerImages.length,
    own: { os, architecture },
  };
}
