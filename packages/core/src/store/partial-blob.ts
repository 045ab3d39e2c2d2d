/**
 * Blobs of which only the beginning has arrived. They lie in the store's folder for temporary files, so that the next
 * try, also of another process, goes on where this one was cut. Whoever goes on takes the file over by renaming it.
 */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';
import { temporaryName, temporaryOwner } from './atomic-file.js';
import { isProcessAlive } from './process-identity.js';

/** In place of a process: nobody writes it, and a garbage collection leaves it for a day. */
const nobody = 'released';

/** Smaller blobs, and smaller beginnings, are fetched again as quickly. Bytes. */
export const worthKeeping = 1024 * 1024;

/** A name for the blob while it is written. */
export function partialName(directory: string, digest: Digest): string {
  return temporaryName(directory, label(digest));
}

/** Takes over what an earlier try left, as `path`. Its size in bytes; 0 when there is nothing. */
export async function takePartial(directory: string, digest: Digest, path: string): Promise<number> {
  for (const name of await readdir(directory).catch(() => [])) {
    if (!name.startsWith(`${label(digest)}~`)) continue;
    const owner = temporaryOwner(name) ?? '';
    // A writer on another machine cannot be asked: its file is its own.
    if (owner !== nobody && isProcessAlive(owner) !== false) continue;
    try {
      await rename(join(directory, name), path);
      const { size } = await stat(path);
      if (size > 0) return size;
      // Its process died before it wrote anything.
      await rm(path);
    } catch {
      // Somebody else was faster.
    }
  }
  return 0;
}

/** Bytes of each blob that an earlier try has left. */
export async function partialSizes(directory: string): Promise<Map<Digest, number>> {
  const sizes = new Map<Digest, number>();
  for (const name of await readdir(directory).catch(() => [])) {
    const hex = /^partial-([0-9a-f]{64})~/.exec(name)?.[1];
    const owner = temporaryOwner(name) ?? '';
    if (hex === undefined || (owner !== nobody && isProcessAlive(owner) !== false)) continue;
    const found = await stat(join(directory, name)).catch(() => undefined);
    sizes.set(`sha256:${hex}`, found?.size ?? 0);
  }
  return sizes;
}

/** Leaves the beginning for the next try. */
export async function leavePartial(directory: string, digest: Digest, path: string): Promise<void> {
  await rename(path, join(directory, `${label(digest)}~${nobody}~${path.split('~').at(-1)}`));
}

function label(digest: Digest): string {
  return `partial-${hexOf(digest)}`;
}
