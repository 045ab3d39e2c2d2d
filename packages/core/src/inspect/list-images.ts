/** What `sealer images` shows: one row a name. Reads manifests and configs only; imports nothing heavy. */

import { isGoSealerManifest } from '../go-sealer/extension.js';
import { checkClusterConfig } from '../image/check-cluster-config.js';
import type { ImageType } from '../image/cluster-config.js';
import type { Descriptor, Digest, ImageManifest, Platform } from '../image/descriptor.js';
import { isIndex, parseObject } from '../image/manifest-document.js';
import { mediaTypes } from '../image/media-types.js';
import { platformName } from '../image/platform.js';
import { derivedRoots } from '../store/derived-images.js';
import { imageBlobs } from '../store/image-blobs.js';
import { collectReachable } from '../store/reachable-blobs.js';
import type { ImageStore, StoredImage } from '../store/store.js';

export interface ImageRow {
  name: string;
  digest: Digest;
  /** `container` for an image that is no cluster image, `unknown` for one that cannot be read (see `problem`). */
  type: ImageType | 'container' | 'unknown';
  /** `linux/amd64`; several for an index. */
  platforms: string[];
  /** `kubernetes v1.34.0`: what the image's labels say. */
  runtime?: { type: string; version?: string };
  /** Bytes of all blobs of the image. */
  size: number;
  /** Bytes no other image in the store shares: what `rmi` would free. */
  uniqueSize: number;
  /** Container images carried along. */
  bundled: number;
  problem?: string;
}

export async function listImages(store: ImageStore): Promise<ImageRow[]> {
  const images = await store.list();
  const blobsOf = new Map<Digest, Map<Digest, number>>();
  const freedWith = new Map<Digest, Map<Digest, number>>();
  const holders = new Map<Digest, number>();
  const rows = await Promise.all(images.map((image) => describeImage(store, image)));
  const problems = new Map<Digest, string>();
  for (const image of images) {
    const { descriptor } = image;
    // Names of the same image do not make its bytes shared.
    if (blobsOf.has(descriptor.digest)) continue;
    const found = await imageBlobs(store, image).catch((cause: Error) => {
      problems.set(descriptor.digest, cause.message);
      return new Map<Digest, Descriptor>();
    });
    blobsOf.set(descriptor.digest, sizesOf(found));
    const lacking = await firstLacking(store, found);
    if (lacking !== undefined) problems.set(descriptor.digest, lacking);
    // What was made of it goes with it.
    for (const root of await derivedRoots(store.directory, found, true))
      await collectReachable(store, root, found).catch(() => found);
    freedWith.set(descriptor.digest, sizesOf(found));
    for (const digest of found.keys()) holders.set(digest, (holders.get(digest) ?? 0) + 1);
  }
  return rows.map((row) => {
    let [size, uniqueSize] = [0, 0];
    for (const bytes of blobsOf.get(row.digest)?.values() ?? []) size += bytes;
    for (const [digest, bytes] of freedWith.get(row.digest) ?? []) if (holders.get(digest) === 1) uniqueSize += bytes;
    const problem = row.problem ?? problems.get(row.digest);
    return { ...row, size, uniqueSize, ...(problem === undefined ? {} : { problem }) };
  });
}

/** In words. Nothing is hashed: that is for `sealer store check`. */
async function firstLacking(store: ImageStore, blobs: ReadonlyMap<Digest, Descriptor>): Promise<string | undefined> {
  for (const { digest, size } of blobs.values()) {
    const actual = await store.blobSize(digest);
    if (actual === undefined) return `blob ${digest} is missing`;
    if (actual !== size) return `blob ${digest} has ${actual} bytes in place of ${size}`;
  }
  return undefined;
}

function sizesOf(found: ReadonlyMap<Digest, Descriptor>): Map<Digest, number> {
  return new Map([...found.values()].map(({ digest, size }) => [digest, size]));
}

async function describeImage(store: ImageStore, { name, descriptor }: StoredImage): Promise<ImageRow> {
  const row: ImageRow = {
    name,
    digest: descriptor.digest,
    type: 'unknown',
    platforms: [],
    size: 0,
    uniqueSize: 0,
    bundled: 0,
  };
  try {
    const document = await store.readManifest(descriptor);
    const platforms = isIndex(document) ? document.manifests.flatMap(({ platform }) => platform ?? []) : [];
    // An index may name platforms that were never brought here, and other indexes.
    let child: Descriptor | undefined;
    let manifest = document;
    while (isIndex(manifest)) {
      child = await firstHere(store, manifest.manifests);
      if (!child) return row;
      manifest = await store.readManifest(child);
    }
    if (isGoSealerManifest(manifest)) {
      const { describeGoSealerImage } = await import('../go-sealer/describe-image.js');
      const { own, ...found } = await describeGoSealerImage(store, { ...(child ?? descriptor), name }, manifest);
      return { ...row, ...found, platforms: names(platforms, own) };
    }
    return { ...row, ...(await describeConfig(store, manifest, platforms)) };
  } catch (cause) {
    // One damaged image must not hide the others.
    return { ...row, problem: cause instanceof Error ? cause.message : String(cause) };
  }
}

async function firstHere(store: ImageStore, manifests: readonly Descriptor[]): Promise<Descriptor | undefined> {
  for (const child of manifests) if ((await store.blobSize(child.digest)) !== undefined) return child;
  return manifests[0];
}

async function describeConfig(
  store: ImageStore,
  { config }: ImageManifest,
  platforms: Platform[],
): Promise<Partial<ImageRow>> {
  const bytes = await store.readSmallBlob(config.digest);
  if (config.mediaType !== mediaTypes.clusterConfig) {
    const { os = 'linux', architecture = 'unknown' } = parseObject(bytes, config.digest) as Partial<Platform>;
    return { type: 'container', platforms: names(platforms, { os, architecture }) };
  }
  const cluster = checkClusterConfig(bytes, config.digest);
  return {
    type: cluster.type,
    platforms: names(platforms, cluster),
    ...(cluster.runtime ? { runtime: cluster.runtime } : {}),
    bundled: cluster.bundle.length,
  };
}

function names(platforms: Platform[], own: Platform): string[] {
  return (platforms.length > 0 ? platforms : [own]).map(platformName);
}
