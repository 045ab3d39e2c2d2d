/** Replaces a file as a whole: readers see the old or the new content, also after a crash. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { atPath } from '../errors/file-system-error.js';
import { processIdentity } from './process-identity.js';

/** A name in `directory` nobody else uses, that tells whose it is. */
export function temporaryName(directory: string, label: string): string {
  return join(directory, `${label}~${processIdentity()}~${randomBytes(6).toString('hex')}`);
}

/** The identity in a name made by `temporaryName`. */
export function temporaryOwner(name: string): string | undefined {
  return basename(name).split('~')[1];
}

/** @throws DISK_FULL and the other errors of the file system; the file is as it was then */
export async function writeFileAtomic(
  path: string,
  content: string | Buffer,
  temporaryDirectory: string,
): Promise<void> {
  await atPath(path, () => replaceFile(path, content, temporaryDirectory));
}

async function replaceFile(path: string, content: string | Buffer, temporaryDirectory: string): Promise<void> {
  const temporary = temporaryName(temporaryDirectory, basename(path));
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
  await syncDirectory(dirname(path));
}

/** Makes renames in the directory durable. Some file systems refuse to sync a directory: then there is nothing to do. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync().catch(() => undefined);
  } finally {
    await directory.close();
  }
}
