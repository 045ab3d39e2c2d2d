/** Deletes the blobs no named image refers to, and what killed processes left behind. Runs under the store's lock. */
import { mkdir, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { temporaryName, temporaryOwner } from './atomic-file.js';
import { derivedRoots } from './derived-images.js';
import { imageBlobs } from './image-blobs.js';
import { earliestLease } from './lease.js';
import { followNote, outputNote } from './output-file.js';
import { isBelievedAlive } from './process-identity.js';
import { collectReachable } from './reachable-blobs.js';
import type { BlobStore, ImageStore, StoredImage } from './store.js';

/** Temporary files of another machine, or of a container that cannot be seen, are taken for abandoned after a day. */
const foreignLifetime = 24 * 3_600_000;

/** Everything the names need. Nothing may be deleted before it is known. @throws STORE_NOT_COLLECTED */
export async function neededBlobs(store: ImageStore, roots: readonly StoredImage[]): Promise<Map<Digest, unknown>> {
  const needed = new Map<Digest, unknown>();
  for (const root of roots) {
    const found = await imageBlobs(store, root).catch((cause: Error) => {
      throw imageErrors.STORE_NOT_COLLECTED({ name: root.name, reason: cause.message }, { cause });
    });
    for (const [digest, descriptor] of found) needed.set(digest, descriptor);
  }
  return needed;
}

/** @param reachable as `neededBlobs` gives it */
export async function collectGarbage(
  store: BlobStore,
  reachable: Map<Digest, unknown>,
  directory: string,
  temporaryDirectory: string,
  options: { dryRun?: boolean } = {},
): Promise<{ digest: Digest; size: number }[]> {
  for (const root of await derivedRoots(directory, reachable, options.dryRun)) {
    const found = await collectReachable(store, root).catch(() => new Map<Digest, unknown>());
    for (const digest of found.keys()) reachable.set(digest, true);
  }
  const keepSince = await earliestLease(temporaryDirectory);
  const folder = join(directory, 'blobs', 'sha256');
  await mkdir(folder, { recursive: true });
  const deleted: { digest: Digest; size: number }[] = [];
  for (const name of await readdir(folder)) {
    if (reachable.has(`sha256:${name}`)) continue;
    const path = join(folder, name);
    const size = options.dryRun
      ? await sizeOfUntouched(path, keepSince)
      : await deleteUntouched(path, keepSince, temporaryDirectory);
    if (size !== undefined) deleted.push({ digest: `sha256:${name}`, size });
  }
  if (!options.dryRun) await removeAbandoned(temporaryDirectory);
  return deleted;
}

async function sizeOfUntouched(path: string, keepSince: number | undefined): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() && (keepSince === undefined || found.mtimeMs < keepSince) ? found.size : undefined;
}

/** Deletes the file unless it was touched at or after `keepSince`. Its size, or undefined when it was kept. */
async function deleteUntouched(path: string, keepSince: number | undefined, temporaryDirectory: string) {
  const before = await stat(path).catch(() => undefined);
  if (!before?.isFile()) return undefined;
  if (keepSince === undefined) {
    await unlink(path);
    return before.size;
  }
  if (before.mtimeMs >= keepSince) return undefined;
  // A lease holder may touch it between the look and the deletion: take it away first, look again, put it back.
  const aside = temporaryName(temporaryDirectory, 'garbage');
  await rename(path, aside);
  const after = await stat(aside);
  if (after.mtimeMs >= keepSince) {
    await rename(aside, path);
    return undefined;
  }
  await unlink(aside);
  return before.size;
}

/** What killed processes have left. */
export async function removeAbandoned(temporaryDirectory: string): Promise<void> {
  for (const name of await readdir(temporaryDirectory)) {
    if (name.startsWith('lease~')) continue;
    const path = join(temporaryDirectory, name);
    const found = await stat(path).catch(() => undefined);
    if (!found) continue;
    if (isBelievedAlive(temporaryOwner(name) ?? '', found.mtimeMs, foreignLifetime)) continue;
    if (name.startsWith(`${outputNote}~`)) await followNote(path);
    await rm(path, { force: true, recursive: true });
  }
}
