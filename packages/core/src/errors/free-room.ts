/** How much may still be written somewhere. */
import { statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileSystemErrors } from './file-system-errors.js';

/** Undefined where it cannot be told. `files` is absent where the file system has no limit of its own. */
export function freeRoom(path: string): { bytes: number; block: number; files?: number } | undefined {
  try {
    const { blocks, bavail, bfree, bsize, files, ffree } = statfsSync(nearestFolder(path));
    // Without a limit, or one that is not told.
    if (blocks === 0) return undefined;
    // Root may use what is kept back for it.
    const free = process.geteuid?.() === 0 ? bfree : bavail;
    return { bytes: free * bsize, block: bsize, ...(files > 0 ? { files: ffree } : {}) };
  } catch {
    return undefined;
  }
}

/** The folder a path lies in, or will, as far as it is there. */
export function nearestFolder(path: string): string {
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      if (statSync(at).isDirectory() || at === dirname(at)) return at;
    } catch {
      if (at === dirname(at)) return at;
    }
  }
}

/** Asked before a transfer. The list of images fits where it is, mostly. @throws DISK_FULL, DISK_NO_INODES */
export function requireRoom(place: string, sizes: readonly number[], purpose: string): void {
  if (sizes.length === 0) return;
  const room = freeRoom(place);
  if (!room) return;
  const blocks = sizes.reduce((sum, size) => sum + Math.ceil(size / room.block), 0);
  const needed = blocks * room.block;
  const folder = nearestFolder(place);
  if (needed > room.bytes) throw fileSystemErrors.DISK_FULL({ place: folder, free: room.bytes, needed, purpose });
  if (room.files !== undefined && sizes.length > room.files)
    throw fileSystemErrors.DISK_NO_INODES({ place: folder, free: room.bytes });
}
