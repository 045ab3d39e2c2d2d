/** Media types: OCI image spec 1.1 (media-types.md), Docker's equivalents, and ours (docs/image-format.md). */
export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  clusterConfig: 'application/vnd.sealer.cluster.config.v1+json',
} as const;

export const clusterArtifactType = 'application/vnd.sealer.cluster.v1';

/** Layer annotations of a cluster image's manifest. */
export const annotations = {
  /** `rootfs` on the layers that make up the file tree, `bundle` on the blobs of bundled container images. */
  role: 'vnd.sealer.layer.role',
  refName: 'org.opencontainers.image.ref.name',
  /** In the index of a delta archive: the image whose blobs it leaves out (names of the OCI image spec). */
  baseName: 'org.opencontainers.image.base.name',
  baseDigest: 'org.opencontainers.image.base.digest',
  /** In index.json: the entry belongs to the manifest of this digest (attachments.ts). */
  attachedTo: 'vnd.sealer.attached.to',
  /** In index.json: the tag a registry keeps the attachment under. */
  attachedTag: 'vnd.sealer.attached.tag',
  /** In the store's index.json: the manifests below an index that were here when it got its name. */
  here: 'vnd.sealer.here',
  /** Of the store's index.json itself: the digest of its entries. */
  indexDigest: 'vnd.sealer.index.digest',
} as const;
