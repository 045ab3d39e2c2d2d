/**
 * What a registry has need not be asked blob by blob. A registry takes a manifest only when it has what the manifest
 * names; so where it knows another image of this store, say the version before, it has that image's blobs. And where such
 * an image lies in another repository of the registry, its blobs can be mounted from there.
 */
import type { Descriptor, Digest } from '../image/descriptor.js';
import { parseReference, type Reference } from '../image/reference.js';
import { collectReachable } from '../store/reachable-blobs.js';
import type { ImageStore } from '../store/store.js';
import type { RegistryClient } from './registry-client.js';

export interface KnownBlobs {
  /** Of images the repository has. */
  here: ReadonlySet<Digest>;
  /** A repository of the registry that may have the blob. */
  elsewhere: (digest: Digest) => string | undefined;
}

/** So many images are asked for, those first that have most in common. */
const mostAsked = 3;

export async function knownBlobs(
  store: ImageStore,
  client: RegistryClient,
  target: Reference,
  image: Descriptor,
  blobs: readonly Descriptor[],
  signal?: AbortSignal,
): Promise<KnownBlobs> {
  const wanted = new Set(blobs.map(({ digest }) => digest));
  const paths = new Map<Digest, string>();
  const others = new Map<Digest, Digest[]>();
  for (const { name, descriptor } of await store.list()) {
    const { domain, path } = parseReference(name);
    const away = domain === target.domain && path !== target.path;
    if (!away && descriptor.digest === image.digest) continue;
    const common = [...(await collectReachable(store, descriptor)).keys()].filter((digest) => wanted.has(digest));
    if (away) for (const digest of common) paths.set(digest, path);
    if (descriptor.digest !== image.digest && common.length > 0) others.set(descriptor.digest, common);
  }
  const here = new Set<Digest>();
  const closest = [...others].sort(([, a], [, b]) => b.length - a.length).slice(0, mostAsked);
  for (const [digest, common] of closest) {
    if (common.every((each) => here.has(each))) continue;
    const found = await client.headManifest(target.path, digest, { signal });
    if (found?.digest === digest) for (const each of common) here.add(each);
  }
  return { here, elsewhere: (digest) => paths.get(digest) };
}
