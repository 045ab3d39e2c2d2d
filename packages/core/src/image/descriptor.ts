/** OCI content descriptors and manifests (image spec 1.1: descriptor.md, manifest.md, image-index.md). */

/** `sha256:<64 hex digits>` of the bytes as stored (compressed, where they are). */
export type Digest = `sha256:${string}`;
/** Digest of a layer's uncompressed tar. Never mix the two. */
export type DiffId = `sha256:${string}`;

export interface Platform {
  architecture: string;
  os: string;
  variant?: string;
}

export interface Descriptor {
  mediaType: string;
  digest: Digest;
  /** Bytes. */
  size: number;
  annotations?: Record<string, string>;
  platform?: Platform;
  artifactType?: string;
}

export interface ImageManifest {
  schemaVersion: 2;
  mediaType?: string;
  artifactType?: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations?: Record<string, string>;
  subject?: Descriptor;
}

export interface ImageIndex {
  schemaVersion: 2;
  mediaType?: string;
  manifests: Descriptor[];
  annotations?: Record<string, string>;
}
