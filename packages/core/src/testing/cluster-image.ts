/** A cluster image for tests of what uses one: a real manifest and config in a store, without building anything. */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { BundleImage, ClusterImageConfig } from '../image/cluster-config.js';
import type { Descriptor, ImageManifest } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { rootfsType } from '../image/layer-types.js';
import { annotations, clusterArtifactType, mediaTypes } from '../image/media-types.js';
import type { ImageStore, LoadedImage } from '../store/store.js';
import { layerOfBundle } from '../store/write-cluster-image.js';

export interface TestClusterImageOptions {
  name?: string;
  /** Merged over a plain kube-installer config. */
  config?: Partial<ClusterImageConfig>;
  /** Bytes of the one rootfs layer; default random. Not a tar unless you make it one. */
  rootfs?: Buffer;
  /** Makes the layer's blob of it. Default: gzip. */
  compress?: (tar: Buffer) => Buffer | Promise<Buffer>;
  /** Bundled images whose blobs are in the store, as `ingestBundleImage` gives them. */
  bundle?: readonly { image: BundleImage; descriptors: readonly Descriptor[] }[];
}

/** Writes the image into the store, names it, and gives what `store.open` gives. */
export async function putTestClusterImage(
  store: ImageStore,
  options: TestClusterImageOptions = {},
): Promise<LoadedImage & { descriptor: Descriptor }> {
  const name = options.name ?? 'registry.example/shop:1.0';
  const tar = options.rootfs ?? randomBytes(3000);
  const rootfs = await store.addBlob(await (options.compress ?? gzipSync)(tar));
  const bundle = options.bundle ?? [];
  const config: ClusterImageConfig = {
    schemaVersion: 1,
    type: 'kube-installer',
    architecture: 'amd64',
    os: 'linux',
    runtime: { type: 'kubernetes', version: 'v1.34.0' },
    labels: {},
    env: {},
    apps: [],
    launch: { apps: [], commands: [] },
    cni: [],
    csi: [],
    rootfs: [{ ...rootfs, diffId: digestOf(tar), createdBy: 'COPY . .' }],
    bundle: bundle.map(({ image }) => image),
    documents: {},
    ...options.config,
  };
  const layers = new Map<string, Descriptor>();
  layers.set(rootfs.digest, {
    mediaType: rootfsType,
    ...rootfs,
    annotations: { [annotations.role]: 'rootfs' },
  });
  for (const { descriptors } of bundle) for (const entry of descriptors) layers.set(entry.digest, layerOfBundle(entry));
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: clusterArtifactType,
    config: { mediaType: mediaTypes.clusterConfig, ...(await store.addBlob(Buffer.from(JSON.stringify(config)))) },
    layers: [...layers.values()],
  };
  const stored = await store.addBlob(Buffer.from(JSON.stringify(manifest)));
  const descriptor: Descriptor = { mediaType: mediaTypes.ociManifest, artifactType: clusterArtifactType, ...stored };
  await store.setName(name, descriptor);
  return { name, digest: stored.digest, manifest, config, descriptor };
}
