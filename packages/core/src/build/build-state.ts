/** What a build has gathered so far; starts empty or from the image named by FROM. */
import type { DiscoverFile } from '../discover/charts.js';
import type { IgnoredImages } from '../discover/ignored-images.js';
import type { BundleImage, ClusterImageConfig, ImageApp, ImageType, RootfsLayer } from '../image/cluster-config.js';
import type { Descriptor } from '../image/descriptor.js';
import { annotations } from '../image/media-types.js';
import type { LoadedImage } from '../store/store.js';
import type { RootfsView } from './rootfs-view.js';

export interface BuildState {
  parentType?: ImageType;
  runtime?: ClusterImageConfig['runtime'];
  containerRuntime?: ClusterImageConfig['containerRuntime'];
  labels: Record<string, string>;
  env: Record<string, string>;
  args: Record<string, string>;
  apps: ImageApp[];
  launch: { apps: string[]; commands: string[] };
  cni: string[];
  csi: string[];
  kubeVersion?: string;
  layers: RootfsLayer[];
  /** What the layers make, for instructions that depend on what is there. */
  view: RootfsView;
  bundle: BundleImage[];
  bundleBlobs: Descriptor[];
  documents: Record<string, string>;
  /** Files of this build in which images may be named. */
  files: DiscoverFile[];
  /** Names that are not to be carried, from manifests/ignoredImageList. */
  ignored: IgnoredImages[];
  /** Text of manifests/imageList as this build leaves it, when this build brought one. */
  imageList?: { text: string; file: string };
}

export function startState(parent: LoadedImage | undefined, view: RootfsView): BuildState {
  const config = parent?.config;
  return {
    ...(config ? { parentType: config.type } : {}),
    ...(config?.runtime ? { runtime: config.runtime } : {}),
    ...(config?.containerRuntime ? { containerRuntime: config.containerRuntime } : {}),
    ...(config?.kubeVersion ? { kubeVersion: config.kubeVersion } : {}),
    labels: { ...config?.labels },
    env: { ...config?.env },
    args: {},
    apps: structuredClone(config?.apps ?? []),
    // LAUNCH of the parent is not inherited: what is launched is said by the image that is run.
    launch: { apps: [], commands: [] },
    cni: [...(config?.cni ?? [])],
    csi: [...(config?.csi ?? [])],
    layers: [...(config?.rootfs ?? [])],
    view,
    bundle: (config?.bundle ?? []).map((image) => ({ ...image, origin: inheritedOrigin(image.origin, parent?.name) })),
    bundleBlobs: (parent?.manifest.layers ?? []).filter((layer) => layer.annotations?.[annotations.role] === 'bundle'),
    documents: { ...config?.documents },
    files: [],
    ignored: [],
  };
}

/** Which image first brought it, however many were built from that since. */
function inheritedOrigin(origin: string, parent: string | undefined): string {
  return origin.startsWith('FROM ') || parent === undefined ? origin : `FROM ${parent}: ${origin}`;
}
