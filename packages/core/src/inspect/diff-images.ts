/** `sealer diff A B`: what changed between two cluster images, without unpacking either. */
import type { Emit } from '../events/events.js';
import type { BundleImage, ClusterImageConfig } from '../image/cluster-config.js';
import type { Digest, Platform } from '../image/descriptor.js';
import type { ImageStore, LoadedImage } from '../store/store.js';
import { diffFiles, type FileChange } from './diff-files.js';

export interface Change {
  /** `app`, `bundled image`, `label`, `env`, `layer`, `runtime`, ... */
  what: string;
  name: string;
  before?: string;
  after?: string;
}

export interface ImageDiff {
  changes: Change[];
  /** Bytes of blobs that B has and A lacks: what a push or a delta would move. */
  newBytes: number;
  /** Bytes of B in all. */
  bytes: number;
  /** Paths of the rootfs, when they were asked for. */
  files?: FileChange[];
}

export interface DiffOptions {
  platform?: Platform | undefined;
  /** Reads the layers of both images, too. */
  files?: boolean | undefined;
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

/** @throws IMAGE_NOT_FOUND, IMAGE_NOT_CLUSTER, IMAGE_PLATFORM_MISSING; with files BLOB_MISSING, ROOTFS_LAYER_UNSAFE, ROOTFS_LAYER_DAMAGED */
export async function diffImages(
  store: ImageStore,
  a: string,
  b: string,
  options: DiffOptions = {},
): Promise<ImageDiff> {
  const [from, to] = [await store.open(a, options.platform), await store.open(b, options.platform)];
  const had = new Set<Digest>(blobsOf(from).map(({ digest }) => digest));
  const blobs = blobsOf(to);
  const sum = (list: readonly { size: number }[]) => list.reduce((total, { size }) => total + size, 0);
  return {
    changes: compareConfigs(from.config, to.config),
    newBytes: sum(blobs.filter(({ digest }) => !had.has(digest))),
    bytes: sum(blobs),
    ...(options.files ? { files: await diffFiles(store, rootfsOf(from), rootfsOf(to), options) } : {}),
  };
}

const rootfsOf = ({ config }: LoadedImage) => config.rootfs.map(({ digest }) => digest);

function blobsOf({ manifest }: LoadedImage) {
  const all = [manifest.config, ...manifest.layers];
  return [...new Map(all.map((blob) => [blob.digest, blob])).values()];
}

function compareConfigs(a: ClusterImageConfig, b: ClusterImageConfig): Change[] {
  const version = (value: { type: string; version?: string } | undefined) =>
    value ? { [value.type]: value.version ?? '(no version)' } : {};
  const images = (bundle: readonly BundleImage[]) =>
    Object.fromEntries(bundle.map(({ name, digest }) => [name, digest]));
  const apps = ({ apps: list }: ClusterImageConfig) =>
    Object.fromEntries(list.map(({ name, ...rest }) => [name, JSON.stringify(rest)]));
  const launch = ({ launch: { apps: names, commands } }: ClusterImageConfig) => ({
    apps: names.join(', '),
    commands: commands.join('; '),
  });
  const layers = ({ rootfs }: ClusterImageConfig) =>
    Object.fromEntries(rootfs.map(({ createdBy, diffId }, at) => [`${at + 1} ${createdBy}`, diffId]));
  return [
    ...compare('type', { image: a.type }, { image: b.type }),
    ...compare('runtime', version(a.runtime), version(b.runtime)),
    ...compare('container runtime', version(a.containerRuntime), version(b.containerRuntime)),
    ...compare('app', apps(a), apps(b)),
    ...compare('launch', launch(a), launch(b)),
    ...compare('bundled image', images(a.bundle), images(b.bundle)),
    ...compare('label', a.labels, b.labels),
    ...compare('env', a.env, b.env),
    ...compare('layer', layers(a), layers(b)),
  ];
}

function compare(what: string, a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): Change[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return names
    .filter((name) => a[name] !== b[name])
    .map((name) => ({
      what,
      name,
      ...(a[name] === undefined ? {} : { before: a[name] }),
      ...(b[name] === undefined ? {} : { after: b[name] }),
    }));
}
