/**
 * A lock as a thing in the file system: a file that names its holder. On a full disk a file cannot take the few bytes of
 * that name, so it is a link then, whose target is the name: that lies in the link's own inode.
 */
import { lstat, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { isOutOfRoom } from '../errors/file-system-error.js';

/** False when there is one already. @throws what the system says */
export async function createLock(path: string, owner: string): Promise<boolean> {
  try {
    await writeFile(path, owner, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    if (!isOutOfRoom(cause)) throw cause;
    await rm(path, { force: true });
    return await createLink(path, owner).catch((refused: NodeJS.ErrnoException) => {
      // A write to an open file does not say which.
      throw isOutOfRoom(refused) ? refused : Object.assign(cause as Error, { path });
    });
  }
}

async function createLink(path: string, owner: string): Promise<boolean> {
  try {
    await symlink(owner, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    // It speaks of its target first, which is no path here.
    throw Object.assign(cause as Error, { path });
  }
}

/** @throws ENOENT */
export async function readLock(path: string): Promise<{ owner: string; mtimeMs: number }> {
  const { mtimeMs } = await lstat(path);
  const owner = await readlink(path).catch(() => readFile(path, 'utf8'));
  return { owner, mtimeMs };
}
