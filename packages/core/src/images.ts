/**
 * The part of the public API that works on images alone, without hosts or plugins: it loads in a fraction of the time.
 * Each function's own documentation stands in its module.
 */

import { whenAsked } from './when-asked.js';

export type { SavedArchive } from './archive/save-archive.js';
export type { Pruned, PruneOptions } from './build/pruned.js';
export { fileSystemError } from './errors/file-system-error.js';
export { fileSystemErrors } from './errors/file-system-errors.js';
export { SealerError } from './errors/sealer-error.js';
export { openStore } from './go-sealer/open-store.js';
export {
  type AppType as ImageAppType,
  type BundleImage,
  type ClusterImageConfig,
  type ImageApp,
  type ImageType,
  imageLabels,
} from './image/cluster-config.js';
export type { Descriptor, Digest, ImageIndex, ImageManifest, Platform } from './image/descriptor.js';
export { imageErrors } from './image/image-errors.js';
export { parsePlatform } from './image/parse-platform.js';
export { parseReference, type Reference } from './image/reference.js';
export type { FileChange } from './inspect/diff-files.js';
export type { Change, DiffOptions, ImageDiff } from './inspect/diff-images.js';
export type { ImageInspection } from './inspect/inspect-image.js';
export type { ImageRow } from './inspect/list-images.js';
export type { RegistryAccess } from './registry/connect-registry.js';
export type { PresentOptions, PullPolicy } from './registry/present-image.js';
export type { PullOptions, PullResult } from './registry/pull-image.js';
export type { PushOptions, PushResult } from './registry/push-image.js';
export type { Referrer } from './registry/referrers.js';
export type { RegistryClient } from './registry/registry-client.js';
export type { MountOptions } from './rootfs/mount-image.js';
export type { ShownImage } from './rootfs/mount-records.js';
export type { BillOfMaterials, Component } from './sbom/cyclonedx.js';
export { redact, Secret } from './secrets/secret.js';
export type { Served, ServeOptions } from './serve/serve-store.js';
export type { BlobProblem, StoreCheck } from './store/check-store.js';
export type { PlatformRow } from './store/manifest-of.js';
export { writeOutput } from './store/output-file.js';
export type { ImageStore, LoadedImage, StoredImage } from './store/store.js';
export type { Statement } from './trust/dsse.js';
export { isEncrypted } from './trust/encrypted-key.js';
export type { SignatureForm } from './trust/sign-image.js';
export type { SignedPlace } from './trust/signed-place.js';
export { trustErrors } from './trust/trust-errors.js';
export type { TrustDeclaration, TrustPolicy } from './trust/trust-settings.js';
export type { VerifiedImage } from './trust/verify-image.js';

export const checkStore = whenAsked(async () => (await import('./store/check-store.js')).checkStore);
export const buildImage = whenAsked(async () => (await import('./build/build-image.js')).buildImage);
export const copyImageToRegistry = whenAsked(
  async () => (await import('./registry/copy-image-to-registry.js')).copyImageToRegistry,
);
export const diffImages = whenAsked(async () => (await import('./inspect/diff-images.js')).diffImages);
export const findProvenance = whenAsked(async () => (await import('./provenance/find-provenance.js')).findProvenance);
export const findSbom = whenAsked(async () => (await import('./sbom/attach-sbom.js')).findSbom);
export const generateKeyPair = whenAsked(async () => (await import('./trust/keys.js')).generateKeyPair);
export const imageHere = whenAsked(async () => (await import('./store/find-platform.js')).imageHere);
export const inRegistry = whenAsked(async () => (await import('./registry/remote-place.js')).inRegistry);
export const inspectImage = whenAsked(async () => (await import('./inspect/inspect-image.js')).inspectImage);
export const inStore = whenAsked(async () => (await import('./trust/signed-place.js')).inStore);
export const listImages = whenAsked(async () => (await import('./inspect/list-images.js')).listImages);
export const listMounts = whenAsked(async () => (await import('./rootfs/mount-records.js')).listMounts);
export const listReferrers = whenAsked(async () => (await import('./registry/referrers.js')).listReferrers);
export const listTags = whenAsked(async () => (await import('./registry/search-registry.js')).listTags);
export const loadImages = whenAsked(async () => (await import('./archive/load-archive.js')).loadImages);
export const logIn = whenAsked(async () => (await import('./registry/login.js')).logIn);
export const logOut = whenAsked(async () => (await import('./registry/login.js')).logOut);
export const lookUpImages = whenAsked(async () => (await import('./store/look-up-images.js')).lookUpImages);
export const manifestBytes = whenAsked(async () => (await import('./store/manifest-of.js')).manifestBytes);
export const mergeImages = whenAsked(async () => (await import('./store/merge-images.js')).mergeImages);
export const mountImage = whenAsked(async () => (await import('./rootfs/mount-image.js')).mountImage);
export const platformsOf = whenAsked(async () => (await import('./store/merge-images.js')).platformsOf);
export const presentImage = whenAsked(async () => (await import('./registry/present-image.js')).presentImage);
export const prune = whenAsked(async () => (await import('./build/prune.js')).prune);
export const pullImage = whenAsked(async () => (await import('./registry/pull-image.js')).pullImage);
export const pushImage = whenAsked(async () => (await import('./registry/push-image.js')).pushImage);
export const pushReferrer = whenAsked(async () => (await import('./registry/referrers.js')).pushReferrer);
export const readPrivateKey = whenAsked(async () => (await import('./trust/keys.js')).readPrivateKey);
export const repairStore = whenAsked(async () => (await import('./registry/repair-store.js')).repairStore);
export const readTrusted = whenAsked(async () => (await import('./trust/trust-settings.js')).readTrusted);
export const saveImages = whenAsked(async () => (await import('./archive/save-archive.js')).saveImages);
export const searchRegistry = whenAsked(async () => (await import('./registry/search-registry.js')).searchRegistry);
export const serveStore = whenAsked(async () => (await import('./serve/serve-store.js')).serveStore);
export const signImage = whenAsked(async () => (await import('./trust/sign-image.js')).signImage);
export const tagImage = whenAsked(async () => (await import('./store/tag-image.js')).tagImage);
export const trustSettings = whenAsked(async () => (await import('./trust/trust-settings.js')).trustSettings);
export const unmountImage = whenAsked(async () => (await import('./rootfs/mount-image.js')).unmountImage);
export const verifySignatures = whenAsked(async () => (await import('./trust/verify-image.js')).verifySignatures);
