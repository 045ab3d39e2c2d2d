/** `sealer build`: a Kubefile and its context become a cluster image in the store. */
import { join } from 'node:path';
import { type ClusterImageConfig, type ImageType, imageLabels } from '../image/cluster-config.js';
import type { Digest, Platform } from '../image/descriptor.js';
import { defaultPlatform, platformName } from '../image/platform.js';
import { parseReference } from '../image/reference.js';
import type { Instruction } from '../kubefile/instructions.js';
import type { SecretSource } from '../run/run-secrets.js';
import type { ImageStore } from '../store/store.js';
import { sorted, type WrittenImage, writeClusterImage, writeIndex } from '../store/write-cluster-image.js';
import type { TrustSettings } from '../trust/trust-settings.js';
import { bringBundle } from './bring-bundle.js';
import { buildErrors } from './build-errors.js';
import { type BuildState, startState } from './build-state.js';
import { readContext } from './context-files.js';
import { describeBuild } from './describe-build.js';
import { execute } from './execute.js';
import { findHelm } from './find-helm.js';
import { LayerCache } from './layer-cache.js';
import { platformEvents } from './platform-events.js';
import { runSettings } from './run-instruction.js';
import { parentImage, readKubefile } from './start-build.js';
import { type WantedOptions, wantedImages } from './wanted-images.js';

export interface BuildOptions extends WantedOptions {
  /** Folder of the build context. */
  context: string;
  /** Path of the Kubefile, relative to the current folder; default `Kubefile` in the context. */
  kubefile?: string;
  tag: string;
  /** Default: that of the parent, else kube-installer. */
  type?: ImageType;
  buildArgs?: Readonly<Record<string, string>>;
  /** One image for each, under one index when there are several. Default: linux on this machine's architecture. */
  platforms?: readonly Platform[];
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
  store: ImageStore;
  /** Folder for the build cache and downloads. */
  stateDirectory: string;
  noCache?: boolean;
  /** How RUN is executed: `oci` (default; also by SEALER_BUILD_ISOLATION), `crun`, `runc`, `chroot`. */
  isolation?: string | undefined;
  /** What `RUN --mount=type=secret` may ask for. */
  secrets?: readonly SecretSource[] | undefined;
  /** Whose signatures the image that FROM names must have. Default: nobody's. */
  trust?: TrustSettings | undefined;
  /** Attaches a bill of materials to the image. */
  sbom?: boolean | undefined;
  /** Attaches a record of how the image was made. */
  provenance?: boolean | undefined;
}

export interface BuildResult {
  name: string;
  /** Of the manifest, or of the index over several platforms. */
  digest: Digest;
  platforms: string[];
  /** Of all platforms together. */
  layers: number;
  bundledImages: number;
  /** Compressed bytes of the whole image; what platforms share is counted once for each. */
  size: number;
}

/** @throws KUBEFILE_INVALID and other configuration errors with their place; the store then has no new name */
export async function buildImage(options: BuildOptions): Promise<BuildResult> {
  const { store } = options;
  const started = new Date();
  const name = String(parseReference(options.tag));
  const kubefile = await readKubefile(options);
  // Before anything is done that could not get its name.
  await store.list();
  const { instructions } = kubefile;
  const context = await readContext(options.context);
  const platforms = options.platforms?.length ? options.platforms : [defaultPlatform()];
  // Platforms share the context, the blobs of the store and the layer cache; the slowest download holds up its own alone.
  const built = await Promise.all(
    platforms.map((platform) => {
      const emit = platforms.length > 1 && options.emit ? platformEvents(options.emit, platform) : options.emit;
      return buildFor(platform, instructions, context, { ...options, emit });
    }),
  );
  options.signal?.throwIfAborted();
  const descriptor = await writeIndex(
    store,
    built.map((one) => one.descriptor),
  );
  const attachments = await describeBuild(store, built, {
    name,
    kubefile,
    buildArgs: options.buildArgs ?? {},
    started,
    sbom: options.sbom ?? false,
    provenance: options.provenance ?? false,
    parentOf: ({ config: { os, architecture } }) => parentImage(instructions, options, { os, architecture }),
    signal: options.signal,
    emit: options.emit,
  });
  await store.setName(name, descriptor, attachments);
  const sum = (count: (one: WrittenImage) => number) => built.reduce((total, one) => total + count(one), 0);
  return {
    name,
    digest: descriptor.digest,
    platforms: platforms.map(platformName),
    layers: sum(({ config }) => config.rootfs.length),
    bundledImages: sum(({ config }) => config.bundle.length),
    size: sum(({ size }) => size),
  };
}

async function buildFor(
  platform: Platform,
  instructions: readonly Instruction[],
  context: Awaited<ReturnType<typeof readContext>>,
  options: BuildOptions,
): Promise<WrittenImage> {
  const { store, signal } = options;
  const state = startState(await parentImage(instructions, options, platform, options.trust));
  await execute(instructions, state, {
    context,
    store,
    cache: options.noCache ? undefined : new LayerCache(join(options.stateDirectory, 'layers'), store),
    downloads: join(options.stateDirectory, 'downloads'),
    run: runSettings(options),
    platform,
    buildArgs: options.buildArgs ?? {},
    signal,
    emit: options.emit,
  });
  const helm = () => findHelm(state, store, platform, join(options.stateDirectory, 'tools'));
  await bringBundle(state, await wantedImages(state, options, helm), options, platform);
  Object.assign(state.labels, options.labels);
  const type = options.type ?? state.parentType ?? 'kube-installer';
  check(state, type);
  return await writeClusterImage(store, imageConfig(state, type, platform), state.bundleBlobs, options.annotations);
}

function check(state: BuildState, type: ImageType): void {
  for (const app of state.apps)
    if (!app.type && !app.commands.length) throw buildErrors.BUILD_APP_TYPE({ app: app.name });
  if (type === 'kube-installer' && !state.runtime) throw buildErrors.BUILD_RUNTIME_MISSING({});
}

function imageConfig(state: BuildState, type: ImageType, platform: Platform): ClusterImageConfig {
  const kubeVersion = state.kubeVersion ?? state.labels[imageLabels.kubeVersion];
  return {
    schemaVersion: 1,
    type,
    architecture: platform.architecture,
    os: platform.os,
    ...(state.runtime ? { runtime: state.runtime } : {}),
    ...(state.containerRuntime ? { containerRuntime: state.containerRuntime } : {}),
    labels: sorted(state.labels),
    env: sorted(state.env),
    apps: state.apps,
    launch: state.launch,
    cni: state.cni,
    csi: state.csi,
    ...(kubeVersion ? { kubeVersion } : {}),
    rootfs: state.layers,
    bundle: [...state.bundle].sort((a, b) => (a.name < b.name ? -1 : 1)),
    documents: sorted(state.documents),
  };
}
