/** Makes the folder of a store: an OCI layout without images. */
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { atPath } from '../errors/file-system-error.js';
import { temporaryName, writeFileAtomic } from './atomic-file.js';
import { indexName, isUnused, layoutVersion, storeIndexText } from './index-file.js';

/** Leaves what is there as it is; any number of processes may do it at once. */
export async function createStore(directory: string, temporaryDirectory: string): Promise<void> {
  const layoutFile = join(directory, 'oci-layout');
  if (await stat(layoutFile).catch(() => undefined)) return;
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
  await mkdir(temporaryDirectory, { recursive: true });
  // Only where there was never a list: one that was lost must not become an empty one.
  if (await isUnused(directory)) await atPath(directory, () => createIndex(directory, temporaryDirectory));
  // Two processes that create it at once write the same few bytes.
  await writeFileAtomic(layoutFile, JSON.stringify({ imageLayoutVersion: layoutVersion }), temporaryDirectory);
}

async function createIndex(directory: string, temporaryDirectory: string): Promise<void> {
  const path = join(directory, indexName);
  if (await stat(path).catch(() => undefined)) return;
  const temporary = temporaryName(temporaryDirectory, indexName);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(storeIndexText([], []));
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path).catch(async (cause: NodeJS.ErrnoException) => {
      // Another process has made it, and may have named something by now.
      if (cause.code === 'EEXIST') return;
      // File systems without hard links.
      await rename(temporary, path);
    });
  } finally {
    await rm(temporary, { force: true });
  }
}
