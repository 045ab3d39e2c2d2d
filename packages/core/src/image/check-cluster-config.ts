/** Reads the config of a cluster image and checks what planning relies on (schemas/cluster-image-config.schema.json). */
import type { ClusterImageConfig } from './cluster-config.js';
import { isDigest } from './digest.js';
import { imageErrors } from './image-errors.js';
import { parseObject } from './manifest-document.js';

/** @throws IMAGE_MANIFEST_INVALID */
export function checkClusterConfig(bytes: Buffer, digest: string): ClusterImageConfig {
  const invalid = (reason: string) => imageErrors.IMAGE_MANIFEST_INVALID({ digest, reason });
  const value = parseObject(bytes, digest);
  if (value.schemaVersion !== 1) {
    throw invalid(
      `schemaVersion of the cluster image config is ${JSON.stringify(value.schemaVersion)}; this sealer knows 1`,
    );
  }
  if (value.type !== 'kube-installer' && value.type !== 'app-installer') {
    throw invalid(`its type is ${JSON.stringify(value.type)}, not kube-installer or app-installer`);
  }
  for (const key of ['architecture', 'os'] as const) {
    if (typeof value[key] !== 'string') throw invalid(`${key} is ${JSON.stringify(value[key])}`);
  }
  for (const key of ['apps', 'rootfs', 'bundle', 'cni', 'csi'] as const) {
    if (!Array.isArray(value[key])) throw invalid(`${key} is not a list`);
  }
  for (const key of ['labels', 'env', 'documents', 'launch'] as const) {
    if (typeof value[key] !== 'object' || value[key] === null) throw invalid(`${key} is not an object`);
  }
  const { launch, documents, labels, env } = value as Record<string, Record<string, unknown>>;
  for (const key of ['apps', 'commands'])
    if (!isTexts(launch?.[key])) throw invalid(`launch.${key} is not a list of texts`);
  for (const [key, texts] of Object.entries({ documents, labels, env }))
    if (!isTexts(Object.values(texts ?? {}))) throw invalid(`${key} holds something that is no text`);
  const config = value as unknown as ClusterImageConfig;
  for (const app of config.apps) {
    if (typeof app?.name !== 'string' || !isTexts(app.files) || !isTexts(app.commands) || typeof app.env !== 'object')
      throw invalid('an app has no name, files, commands or env');
  }
  for (const layer of config.rootfs) {
    if (!isDigest(layer?.digest) || !isDigest(layer.diffId)) throw invalid('a rootfs layer has no digest or diffId');
  }
  for (const image of config.bundle) {
    if (typeof image?.name !== 'string' || !isDigest(image.digest))
      throw invalid('a bundled image has no name or digest');
    if (!Array.isArray(image.blobs) || !image.blobs.every(isDigest))
      throw invalid(`bundled image ${image.name} has no list of blobs`);
  }
  return config;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
