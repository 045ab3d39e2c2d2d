/** `sealer build`: a Kubefile and its context become a cluster image in the store. */

import { join } from 'node:path';
import { readContext } from '../context/context-files.js';
import { releaseName } from '../discover/release-name.js';
import { type ClusterImageConfig, type ImageType, imageLabels } from '../image/cluster-config.js';
import type { Digest, Platform } from '../image/descriptor.js';
import { checkTargets } from '../image/parse-platform.js';
import { platformName } from '../image/platform.js';
import { parseNewName } from '../image/reference.js';
import type { Instruction } from '../kubefile/instructions.js';
import { sorted, type WrittenImage, writeClusterImage, writeIndex } from '../store/write-cluster-image.js';
import { bringBundle } from './bring-bundle.js';
import { buildErrors } from './build-errors.js';
import type { BuildOptions } from './build-options.js';
import { type BuildState, startState } from './build-state.js';
import { checkDocuments } from './check-documents.js';
import { describeBuild } from './describe-build.js';
import { execute } from './execute.js';
import { findHelm } from './find-helm.js';
import { LayerCache } from './layer-cache.js';
import { platformEvents } from './platform-events.js';
import { RootfsView } from './rootfs-view.js';
import { runSettings } from './run-instruction.js';
import { parentImage, pullParents, readKubefile } from './start-build.js';
import { wantedImages } from './wanted-images.js';

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
  const name = String(parseNewName(options.tag));
  const platforms = checkTargets(options.platforms ?? []);
  const kubefile = await readKubefile(options);
  // Before anything is done that could not get its name.
  await store.list();
  const { instructions } = kubefile;
  const context = await readContext(options.context);
  await pullParents(instructions, options, platforms);
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
  const view = new RootfsView(join(options.stateDirectory, 'inventories'), store);
  const state = startState(await parentImage(instructions, options, platform, options.trust), view);
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
  for (const { text, position } of checkDocuments(state))
    options.emit?.({
      type: 'message',
      level: 'warning',
      text: `${position.file}:${position.line}:${position.column}: ${text}`,
    });
  const helm = () => findHelm(state, store, platform, join(options.stateDirectory, 'tools'));
  await bringBundle(state, await wantedImages(state, options, helm), options, platform);
  Object.assign(state.labels, options.labels);
  const type = options.type ?? state.parentType ?? 'kube-installer';
  check(state, type);
  return await writeClusterImage(store, imageConfig(state, type, platform), state.bundleBlobs, options.annotations);
}

function check(state: BuildState, type: ImageType): void {
  for (const { name, type: kind, commands } of state.apps) {
    if (commands.length > 0) continue;
    if (!kind) throw buildErrors.BUILD_APP_TYPE({ app: name });
    if (kind === 'helm' && releaseName(name) !== name) throw buildErrors.BUILD_APP_NAME({ app: name });
  }
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
