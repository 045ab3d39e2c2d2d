/** The part of the public API that works on images alone, without hosts or plugins: it loads in a fraction of the time. */

export { buildImage } from './build/build-when-asked.js';
export { type Pruned, type PruneOptions, prune } from './build/prune.js';
export {
  type AppType as ImageAppType,
  type BundleImage,
  type ClusterImageConfig,
  type ImageApp,
  type ImageType,
  imageLabels,
} from './image/cluster-config.js';
export type { Descriptor, Digest, ImageIndex, ImageManifest, Platform } from './image/descriptor.js';
export type { FileChange } from './image/diff-files.js';
export { type Change, type DiffOptions, diffImages, type ImageDiff } from './image/diff-images.js';
export { type ImageInspection, inspectImage } from './image/inspect-image.js';
export { openStore } from './image/layout-store.js';
export { type ImageRow, listImages } from './image/list-images.js';
export { loadImages } from './image/load-archive.js';
export { lookUpImages } from './image/look-up-images.js';
export { manifestBytes, type PlatformRow } from './image/manifest-of.js';
export { mergeImages, platformsOf } from './image/merge-images.js';
export { parseReference, type Reference } from './image/reference.js';
export { type SavedArchive, saveImages } from './image/save-archive.js';
export type { ImageStore, LoadedImage, StoredImage } from './image/store.js';
export { tagImage } from './image/tag-image.js';
export { findProvenance } from './provenance/find-provenance.js';
export type { RegistryAccess } from './registry/connect-registry.js';
export { copyImageToRegistry } from './registry/copy-image-to-registry.js';
export { logIn, logOut } from './registry/login.js';
export { type PullOptions, type PullResult, pullImage } from './registry/pull-image.js';
export { type PushOptions, type PushResult, pushImage } from './registry/push-image.js';
export { listReferrers, pushReferrer, type Referrer, referrersTag } from './registry/referrers.js';
export { createRegistryClient, type RegistryClient } from './registry/registry-client.js';
export { inRegistry } from './registry/remote-place.js';
export { listTags, searchRegistry } from './registry/search-registry.js';
export { type Served, type ServeOptions, serveStore } from './registry/serve-store.js';
export { type MountOptions, mountImage, unmountImage } from './rootfs/mount-image.js';
export { listMounts, type ShownImage } from './rootfs/mount-records.js';
export { findSbom } from './sbom/attach-sbom.js';
export type { BillOfMaterials, Component } from './sbom/cyclonedx.js';
export { redact, Secret } from './secrets/secret.js';
export type { Statement } from './trust/dsse.js';
export { generateKeyPair, isEncrypted, readPrivateKey } from './trust/keys.js';
export { type SignatureForm, signImage } from './trust/sign-image.js';
export { inStore, type SignedPlace } from './trust/signed-place.js';
export { trustErrors } from './trust/trust-errors.js';
export {
  readTrusted,
  type TrustDeclaration,
  type TrustPolicy,
  trustPolicies,
  trustSettings,
} from './trust/trust-settings.js';
export { type VerifiedImage, verifySignatures } from './trust/verify-image.js';
