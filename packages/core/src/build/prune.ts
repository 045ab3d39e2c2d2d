/**
 * `sealer prune`: blobs no image refers to, files that builds downloaded, notes of the layer cache, and what RUN unpacked
 * and cached. What a build or load that runs meanwhile relies on stays.
 */

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifMissing } from '../errors/file-system-error.js';
import { isDigest } from '../image/digest.js';
import type { ImageStore } from '../store/store.js';
import { readNote } from './layer-cache.js';
import { pruneRuns } from './prune-runs.js';
import type { Pruned, PruneOptions } from './pruned.js';

/** @returns what was removed, or would be */
export async function prune(store: ImageStore, options: PruneOptions): Promise<Pruned[]> {
  const { stateDirectory, dryRun = false } = options;
  const gone: Pruned[] = [];
  for (const { digest, size } of await store.collectGarbage({ dryRun }))
    gone.push({ what: 'blob', name: digest, bytes: size });
  const removed = new Set(gone.map(({ name }) => name));
  const remove = async (what: Pruned['what'], path: string, name: string, bytes: number) => {
    if (!dryRun) await rm(path, { force: true });
    gone.push({ what, name, bytes });
  };
  let kept = 0;
  for (const { path, name, bytes, usedMs } of await filesByUse(join(stateDirectory, 'downloads'))) {
    const recent = Date.now() - usedMs < (options.olderThan ?? 0);
    if (recent || kept + bytes <= (options.keepBytes ?? 0)) kept += bytes;
    else await remove('download', path, name, bytes);
  }
  for (const { path, name, bytes } of await filesByUse(join(stateDirectory, 'layers'))) {
    const layer = await readNote(path);
    if (!layer || removed.has(layer.digest) || (await store.blobSize(layer.digest)) === undefined)
      await remove('cache note', path, name, bytes);
  }
  for (const { path, name, bytes } of await filesByUse(join(stateDirectory, 'inventories'))) {
    const digest = `sha256:${name}`;
    const isKept = isDigest(digest) && !removed.has(digest) && (await store.blobSize(digest)) !== undefined;
    if (!isKept) await remove('cache note', path, name, bytes);
  }
  for (const { path, name, bytes } of await filesByUse(join(stateDirectory, 'inventories'))) {
    const digest = `sha256:${name}`;
    const isKept = isDigest(digest) && !removed.has(digest) && (await store.blobSize(digest)) !== undefined;
    if (!isKept) await remove('cache note', path, name, bytes);
  }
  gone.push(...(await pruneRuns(options)));
  return gone;
}

/** Last used first. */
async function filesByUse(folder: string) {
  const names = await readdir(folder).catch(ifMissing<string[]>([]));
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      return { path, name, bytes: found?.size ?? 0, usedMs: Math.max(found?.atimeMs ?? 0, found?.mtimeMs ?? 0) };
    }),
  );
  return files.sort((a, b) => b.usedMs - a.usedMs);
}
