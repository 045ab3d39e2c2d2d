/**
 * The config blob of a cluster image: everything that can be known of it without unpacking a layer.
 * schemas/cluster-image-config.schema.json is the contract; this is its TypeScript side.
 */
import type { DiffId, Digest } from './descriptor.js';

export type ImageType = 'kube-installer' | 'app-installer';
export type AppType = 'kube' | 'helm' | 'shell';

export interface ImageApp {
  name: string;
  /** Undefined when the files are of no one kind; then `commands` is not empty. */
  type?: AppType;
  /** Paths below application/apps/<name>/. */
  files: string[];
  /** APPCMDS: replaces what the type would run. Each is a shell line run in the app's folder. */
  commands: string[];
  env: Record<string, string>;
  /** Values files of a chart, from the root of the image, later ones win: `application/values/web/1-prod.yaml`. */
  values?: string[];
  /** Where a chart is installed; helm's own default when absent. */
  namespace?: string;
}

export interface RootfsLayer {
  digest: Digest;
  diffId: DiffId;
  /** Compressed bytes. */
  size: number;
  /** What made it, e.g. `COPY bin bin`. */
  createdBy: string;
}

/** One container image carried along, by digest. */
export interface BundleImage {
  /** Full name with domain and tag or digest: `docker.io/library/nginx:1.27`. */
  name: string;
  /** Of the image's manifest or index, as its registry serves it. */
  digest: Digest;
  mediaType: string;
  /** Compressed bytes of everything the image refers to, its own manifests included. */
  size: number;
  /** All blobs of the image: manifests, configs, layers. The blobs lie in the cluster image as layers. */
  blobs: Digest[];
  /** Where the name came from, e.g. `manifests/imageList:3`. */
  origin: string;
}

export interface ClusterImageConfig {
  schemaVersion: 1;
  type: ImageType;
  architecture: string;
  os: string;
  /** Name of the runtime plugin kind, from label cluster.alpha.sealer.io/cluster-runtime-type. */
  runtime?: { type: string; version?: string };
  containerRuntime?: { type: string; version?: string };
  labels: Record<string, string>;
  env: Record<string, string>;
  apps: ImageApp[];
  launch: { apps: string[]; commands: string[] };
  cni: string[];
  csi: string[];
  /** KUBEVERSION: a semver range. */
  kubeVersion?: string;
  rootfs: RootfsLayer[];
  bundle: BundleImage[];
  /**
   * Text of the small rootfs files that planning reads, by path: plugins/*.yaml, etc/kubeadm.yml and every
   * *.tmpl below etc/, manifests/ and charts/. Planning needs no layer.
   */
  documents: Record<string, string>;
}

/** Labels with a meaning; the names are Go sealer's. */
export const imageLabels = {
  runtimeType: 'cluster.alpha.sealer.io/cluster-runtime-type',
  runtimeVersion: 'cluster.alpha.sealer.io/cluster-runtime-version',
  containerRuntimeType: 'cluster.alpha.sealer.io/container-runtime-type',
  containerRuntimeVersion: 'cluster.alpha.sealer.io/container-runtime-version',
  kubeVersion: 'app.alpha.sealer.io/supported-kube-version',
} as const;
