/**
 * `sealer merge`: several cluster images become one. Images of different platforms come under one index; images of the
 * same platform are laid over each other in the order given: layers, bundle, applications, labels, env.
 */
import type { ClusterImageConfig } from '../image/cluster-config.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, parseObject } from '../image/manifest-document.js';
import { annotations } from '../image/media-types.js';
import { platformName } from '../image/platform.js';
import { parseNewName } from '../image/reference.js';
import { findImage, similarNames } from './find-image.js';
import type { ImageStore, LoadedImage, StoredImage } from './store.js';
import { sorted, type WrittenImage, writeClusterImage, writeIndex } from './write-cluster-image.js';

/** @throws IMAGE_NOT_FOUND, IMAGE_NOT_CLUSTER, IMAGE_MERGE_CONFLICT; then no name was given */
export async function mergeImages(
  store: ImageStore,
  references: readonly string[],
  target: string,
): Promise<StoredImage & { platforms: string[] }> {
  const name = String(parseNewName(target));
  const byPlatform = new Map<string, LoadedImage[]>();
  for (const reference of references)
    for (const image of await platformsOf(store, reference)) {
      const key = platformName(image.config);
      byPlatform.set(key, [...(byPlatform.get(key) ?? []), image]);
    }
  const written: WrittenImage[] = [];
  for (const images of byPlatform.values()) written.push(await layOver(store, images));
  const descriptor = await writeIndex(
    store,
    written.map((one) => one.descriptor),
  );
  await store.setName(name, descriptor);
  return { name, descriptor, platforms: [...byPlatform.keys()].sort() };
}

/** The image for each platform that is in the store. */
export async function platformsOf(store: ImageStore, reference: string): Promise<LoadedImage[]> {
  const names = await store.list();
  const found = findImage(names, reference);
  if (!found) throw imageErrors.IMAGE_NOT_FOUND({ reference, similar: similarNames(names, reference) });
  const document = await store.readManifest(found.descriptor);
  if (!isIndex(document)) {
    const { architecture, os } = await plainPlatform(store, document.config.digest);
    return [await store.open(reference, { architecture, os })];
  }
  const images: LoadedImage[] = [];
  for (const { digest, platform } of document.manifests)
    if (platform && (await store.blobSize(digest)) !== undefined) images.push(await store.open(reference, platform));
  const [first] = document.manifests;
  if (images.length === 0 && first) throw imageErrors.IMAGE_INCOMPLETE({ reference, missing: first.digest });
  return images;
}

async function plainPlatform(store: ImageStore, config: `sha256:${string}`) {
  return parseObject(await store.readSmallBlob(config), config) as { architecture: string; os: string };
}

async function layOver(store: ImageStore, images: readonly LoadedImage[]): Promise<WrittenImage> {
  const bundleBlobs = images.flatMap(({ manifest }) =>
    manifest.layers.filter((layer) => layer.annotations?.[annotations.role] === 'bundle'),
  );
  const config = images
    .map((image) => ({ name: image.name, config: image.config }))
    .reduce((base, over) => ({ name: over.name, config: mergeConfigs(base, over) })).config;
  return await writeClusterImage(store, config, bundleBlobs, images.at(-1)?.manifest.annotations);
}

interface Named {
  name: string;
  config: ClusterImageConfig;
}

function mergeConfigs(base: Named, over: Named): ClusterImageConfig {
  const [a, b] = [base.config, over.config];
  const conflict = (what: string, name: string) =>
    imageErrors.IMAGE_MERGE_CONFLICT({ what, name, first: base.name, second: over.name });
  const runtime = b.runtime ?? a.runtime;
  if (a.runtime && b.runtime && JSON.stringify(a.runtime) !== JSON.stringify(b.runtime))
    throw conflict('the runtime', b.runtime.type);
  const bundle = new Map(a.bundle.map((image) => [image.name, image]));
  for (const image of b.bundle) {
    const other = bundle.get(image.name);
    if (other && other.digest !== image.digest) throw conflict('the bundled image', image.name);
    bundle.set(image.name, image);
  }
  const apps = new Map(a.apps.map((app) => [app.name, app]));
  for (const app of b.apps) {
    const other = apps.get(app.name);
    if (other && JSON.stringify(other) !== JSON.stringify(app)) throw conflict('the application', app.name);
    apps.set(app.name, app);
  }
  const containerRuntime = b.containerRuntime ?? a.containerRuntime;
  const kubeVersion = b.kubeVersion ?? a.kubeVersion;
  const union = (one: readonly string[], two: readonly string[]) => [...new Set([...one, ...two])];
  return {
    schemaVersion: 1,
    type: a.type === 'kube-installer' || b.type === 'kube-installer' ? 'kube-installer' : 'app-installer',
    architecture: a.architecture,
    os: a.os,
    ...(runtime ? { runtime } : {}),
    ...(containerRuntime ? { containerRuntime } : {}),
    labels: sorted({ ...a.labels, ...b.labels }),
    env: sorted({ ...a.env, ...b.env }),
    apps: [...apps.values()],
    launch: {
      apps: union(a.launch.apps, b.launch.apps),
      commands: [...a.launch.commands, ...b.launch.commands],
    },
    cni: union(a.cni, b.cni),
    csi: union(a.csi, b.csi),
    ...(kubeVersion ? { kubeVersion } : {}),
    // A layer that both have lies where it first lay.
    rootfs: [...a.rootfs, ...b.rootfs.filter((layer) => !a.rootfs.some(({ digest }) => digest === layer.digest))],
    bundle: [...bundle.values()].sort((one, two) => (one.name < two.name ? -1 : 1)),
    documents: sorted({ ...a.documents, ...b.documents }),
  };
}
