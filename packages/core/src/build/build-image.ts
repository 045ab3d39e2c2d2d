/** `sealer build`: a Kubefile and its context become a cluster image in the store. */
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { SealerError } from '../errors/sealer-error.js';
import { type ClusterImageConfig, type ImageType, imageLabels } from '../image/cluster-config.js';
import type { Descriptor, Digest, ImageManifest, Platform } from '../image/descriptor.js';
import { parseImageList } from '../image/image-list.js';
import { ingestBundleImage } from '../image/ingest.js';
import { annotations, clusterArtifactType, mediaTypes } from '../image/media-types.js';
import { defaultPlatform } from '../image/platform.js';
import { parseReference } from '../image/reference.js';
import type { ImageStore, LoadedImage } from '../image/store.js';
import type { Instruction } from '../kubefile/instructions.js';
import { parseKubefile } from '../kubefile/parse.js';
import { substitute } from '../kubefile/substitute.js';
import type { Emit } from '../workflow/events.js';
import { buildErrors } from './build-errors.js';
import { type BuildState, startState } from './build-state.js';
import { readContext } from './context-files.js';
import { execute } from './execute.js';
import { LayerCache } from './layer-cache.js';

export interface BuildOptions {
  /** Folder of the build context. */
  context: string;
  /** Path of the Kubefile, relative to the current folder; default `Kubefile` in the context. */
  kubefile?: string;
  tag: string;
  /** Default: that of the parent, else kube-installer. */
  type?: ImageType;
  buildArgs?: Readonly<Record<string, string>>;
  platform?: Platform;
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
  store: ImageStore;
  /** Folder for the build cache and downloads. */
  stateDirectory: string;
  noCache?: boolean;
  signal?: AbortSignal | undefined;
  emit?: Emit;
}

export interface BuildResult {
  name: string;
  /** Of the manifest. */
  digest: Digest;
  layers: number;
  bundledImages: number;
  /** Compressed bytes of the whole image. */
  size: number;
}

/** @throws KUBEFILE_INVALID and other configuration errors with their place; the store then has no new name */
export async function buildImage(options: BuildOptions): Promise<BuildResult> {
  const { store, signal } = options;
  const name = String(parseReference(options.tag));
  const platform = options.platform ?? defaultPlatform();
  const kubefile = options.kubefile ?? join(options.context, 'Kubefile');
  const text = await readFile(kubefile, 'utf8').catch((cause: Error) => {
    throw buildErrors.BUILD_CONTEXT_MISSING({ path: kubefile, reason: cause.message }, { cause });
  });
  const instructions = parseKubefile(text, displayName(kubefile));
  const context = await readContext(options.context);
  const state = startState(await parentImage(instructions, options, platform));
  await execute(instructions, state, {
    context,
    store,
    cache: options.noCache ? undefined : new LayerCache(join(options.stateDirectory, 'layers'), store),
    downloads: join(options.stateDirectory, 'downloads'),
    platform,
    buildArgs: options.buildArgs ?? {},
    signal,
    emit: options.emit,
  });
  await bringBundle(state, options, platform);
  Object.assign(state.labels, options.labels);
  const type = options.type ?? state.parentType ?? 'kube-installer';
  check(state, type);
  return publish(name, imageConfig(state, type, platform), state, options);
}

async function parentImage(
  instructions: readonly Instruction[],
  options: BuildOptions,
  platform: Platform,
): Promise<LoadedImage | undefined> {
  const args: Record<string, string> = { ARCH: platform.architecture };
  for (const instruction of instructions) {
    if (instruction.keyword === 'ARG')
      args[instruction.name] = options.buildArgs?.[instruction.name] ?? substitute(instruction.value ?? '', args);
    if (instruction.keyword !== 'FROM') continue;
    const image = substitute(instruction.image, args);
    if (image === 'scratch') return undefined;
    try {
      return await options.store.open(image, platform);
    } catch (cause) {
      throw SealerError.is(cause) ? cause.at(instruction.position) : cause;
    }
  }
  return undefined;
}

/** Every image of this build's list, beside those of the parent. A name given again replaces the parent's. */
async function bringBundle(state: BuildState, options: BuildOptions, platform: Platform): Promise<void> {
  if (!state.imageList) return;
  const { store, signal, emit } = options;
  for (const entry of parseImageList(state.imageList.text, state.imageList.file)) {
    const { image, descriptors } = await ingestBundleImage(entry, {
      store,
      platform,
      baseDirectory: options.context,
      ...(signal ? { signal } : {}),
      ...(emit ? { emit } : {}),
    });
    state.bundle = [...state.bundle.filter((other) => other.name !== image.name), image];
    state.bundleBlobs.push(...descriptors);
  }
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

async function publish(
  name: string,
  config: ClusterImageConfig,
  state: BuildState,
  options: BuildOptions,
): Promise<BuildResult> {
  const { store } = options;
  const configBlob = await store.addBlob(Buffer.from(JSON.stringify(config)));
  const needed = new Set(config.bundle.flatMap((image) => image.blobs));
  const bundle = new Map(
    state.bundleBlobs.filter((blob) => needed.has(blob.digest)).map((blob) => [blob.digest, blob]),
  );
  const layers: Descriptor[] = [
    ...config.rootfs.map(({ digest, size }) => ({
      mediaType: mediaTypes.ociLayerGzip,
      digest,
      size,
      annotations: { [annotations.role]: 'rootfs' },
    })),
    ...[...bundle.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1)),
  ];
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: clusterArtifactType,
    config: { mediaType: mediaTypes.clusterConfig, ...configBlob },
    layers,
    ...(options.annotations && Object.keys(options.annotations).length
      ? { annotations: sorted(options.annotations) }
      : {}),
  };
  const blob = await store.addBlob(Buffer.from(JSON.stringify(manifest)));
  await store.setName(name, { mediaType: mediaTypes.ociManifest, ...blob, artifactType: clusterArtifactType });
  const size = blob.size + configBlob.size + layers.reduce((sum, layer) => sum + layer.size, 0);
  return { name, digest: blob.digest, layers: config.rootfs.length, bundledImages: config.bundle.length, size };
}

function sorted(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function displayName(path: string): string {
  const near = relative(process.cwd(), path);
  return isAbsolute(path) && !near.startsWith('..') ? near : path;
}
