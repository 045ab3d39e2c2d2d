/** How much may still be written somewhere. */
import { statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileSystemErrors } from './file-system-errors.js';

export interface FreeRoom {
  /** As `df` has it. */
  bytes: number;
  /** With what is kept back for root, when this is root. */
  most: number;
  block: number;
  /** Absent where the file system has no limit of its own. */
  files?: number;
}

/** Undefined where it cannot be told. */
export function freeRoom(path: string): FreeRoom | undefined {
  try {
    const { blocks, bavail, bfree, bsize, files, ffree } = statfsSync(nearestFolder(path));
    // Without a limit, or one that is not told.
    if (blocks === 0) return undefined;
    const most = (process.geteuid?.() === 0 ? bfree : bavail) * bsize;
    return { bytes: bavail * bsize, most, block: bsize, ...(files > 0 ? { files: ffree } : {}) };
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
  if (needed > room.most) throw fileSystemErrors.DISK_FULL({ place: folder, free: room.bytes, needed, purpose });
  if (room.files !== undefined && sizes.length > room.files)
    throw fileSystemErrors.DISK_NO_INODES({ place: folder, free: room.bytes });
}
