/**
 * Images in another form than ours have beside them what was made of them: `derived/<hex of the image's digest>` names
 * the manifest in our form and the files of the rootfs. It can be made again at any time; garbage collection keeps its
 * blobs while the image is there.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { hexOf, isDigest } from '../image/digest.js';
import { writeFileAtomic } from './atomic-file.js';

const schemaVersion = 1;

export interface DerivedImage {
  descriptor: Descriptor;
  /** Paths of the rootfs. */
  files: string[];
}

/** Undefined when there is none, or one that another version of sealer wrote. */
export async function readDerived(directory: string, digest: Digest): Promise<DerivedImage | undefined> {
  const text = await readFile(join(directory, 'derived', hexOf(digest)), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as DerivedImage & { schemaVersion: number };
    return value.schemaVersion === schemaVersion && isDigest(value.descriptor?.digest) ? value : undefined;
  } catch {
    return undefined;
  }
}

export async function writeDerived(directory: string, digest: Digest, derived: DerivedImage): Promise<void> {
  await mkdir(join(directory, 'derived'), { recursive: true });
  const text = JSON.stringify({ schemaVersion, ...derived });
  await writeFileAtomic(join(directory, 'derived', hexOf(digest)), text, join(directory, 'tmp'));
}

/** Roots of what was made of the images in `reachable`; what belongs to others is forgotten unless `dryRun`. */
export async function derivedRoots(
  directory: string,
  reachable: ReadonlyMap<Digest, unknown>,
  dryRun = false,
): Promise<Descriptor[]> {
  const roots: Descriptor[] = [];
  for (const name of await readdir(join(directory, 'derived')).catch(() => [] as string[])) {
    const digest = `sha256:${name}`;
    if (isDigest(digest) && reachable.has(digest)) {
      const derived = await readDerived(directory, digest);
      if (derived) roots.push(derived.descriptor);
    } else if (!dryRun) await rm(join(directory, 'derived', name), { force: true });
  }
  return roots;
}
