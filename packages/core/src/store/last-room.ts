/** On a full disk: what a store can give up, so that images can be removed from it. Everything here runs under its lock, but the first. */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isOutOfRoom } from '../errors/file-system-error.js';
import { removeAbandoned } from './collect-garbage.js';
import {
  indexCopyName,
  readIndex,
  type StoreIndex,
  writeIndex,
  writeIndexAlone,
  writeIndexCopy,
  writeIndexOverCopy,
} from './index-file.js';

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
    await writeIndexCopy(directory, await readIndex(directory), temporaryDirectory);
  } catch {
    // The next change of the list makes it.
  }
}

/**
 * Replaces the list. When there is no room, what dead processes left goes, and the new list is written over the copy of the
 * old one. Who removes images goes on: the copy gives its room, then `makeRoom` is asked. The list that is there stays until
 * the new one is whole. @throws DISK_FULL
 */
export async function writeIndexOnFullDisk(
  directory: string,
  index: StoreIndex,
  temporaryDirectory: string,
  makeRoom: (() => Promise<void>) | undefined,
): Promise<void> {
  const alone = async () => await writeIndexAlone(directory, index, temporaryDirectory);
  const ways = [
    async () => await writeIndex(directory, index, temporaryDirectory),
    async () => {
      await removeAbandoned(temporaryDirectory);
      await writeIndexOverCopy(directory, index);
      // In the room of the list that was replaced.
      await restoreCopy(directory, temporaryDirectory);
    },
    async () => {
      await giveUpWhatCanBe(directory, temporaryDirectory);
      await alone();
    },
    async () => {
      await makeRoom?.();
      await alone();
    },
  ];
  let first: unknown;
  for (const way of makeRoom ? ways : ways.slice(0, 2)) {
    try {
      return await way();
    } catch (cause) {
      first ??= cause;
      // What a later way meets follows from the first.
      if (!isOutOfRoom(first)) break;
    }
  }
  throw first;
}
