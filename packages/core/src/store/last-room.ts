/** On a full disk: what a store can give up, so that images can be removed from it. Everything here runs under its lock, but the first. */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isOutOfRoom } from '../errors/file-system-error.js';
import { removeAbandoned } from './collect-garbage.js';
import { indexCopyName, readIndex, type StoreIndex, writeIndex, writeIndexAlone } from './index-file.js';

/** What dead processes left, and the copy of the list, which can be made again. @throws STORE_INDEX_DAMAGED; then the copy is there */
export async function giveUpWhatCanBe(directory: string, temporaryDirectory: string): Promise<void> {
  await removeAbandoned(temporaryDirectory);
  // Only a good list can do without its copy.
  await readIndex(directory);
  await rm(join(directory, indexCopyName), { force: true });
}

/** Makes the copy that a full disk had no room for, as soon as there is some. */
export async function restoreCopy(directory: string, temporaryDirectory: string): Promise<void> {
  const copy = join(directory, indexCopyName);
  if (await stat(copy).catch(() => undefined)) return;
  try {
    await writeIndex(directory, await readIndex(directory), temporaryDirectory);
  } catch {
    // The next change of the list makes it.
  }
}

/**
 * Replaces the list. When there is no room, the copy of the old one gives its own: a list that became shorter fits there. Then
 * `makeRoom` is asked. The list that is there stays until the new one is whole. @throws DISK_FULL
 */
export async function writeIndexOnFullDisk(
  directory: string,
  index: StoreIndex,
  temporaryDirectory: string,
  makeRoom: (() => Promise<void>) | undefined,
): Promise<void> {
  try {
    return await writeIndex(directory, index, temporaryDirectory);
  } catch (cause) {
    if (!makeRoom || !isOutOfRoom(cause)) throw cause;
  }
  await giveUpWhatCanBe(directory, temporaryDirectory);
  try {
    return await writeIndexAlone(directory, index, temporaryDirectory);
  } catch (cause) {
    if (!isOutOfRoom(cause)) throw cause;
    // What cannot be made out leaves the first reason standing.
    await makeRoom().catch(() => {
      throw cause;
    });
  }
  await writeIndexAlone(directory, index, temporaryDirectory);
}
