/** `sealer diff --files`: which paths of the rootfs are other in the newer image. */

import type { Emit } from '../events/events.js';
import type { Digest } from '../image/descriptor.js';
import { type ReadLayers, type RootfsFile, rootfsFiles } from '../rootfs/rootfs-files.js';
import type { BlobStore } from '../store/store.js';

export interface FileChange {
  path: string;
  change: 'added' | 'removed' | 'changed';
  /** What is other: `content`, `kind`, `mode`, `owner`, `target`. Empty for what was added or removed. */
  what: string[];
  before?: RootfsFile;
  after?: RootfsFile;
}

/** By path. @throws BLOB_MISSING, ROOTFS_LAYER_UNSAFE, ROOTFS_LAYER_DAMAGED */
export async function diffFiles(
  store: BlobStore,
  from: readonly Digest[],
  to: readonly Digest[],
  { signal, emit }: { signal?: AbortSignal | undefined; emit?: Emit | undefined } = {},
): Promise<FileChange[]> {
  const known: ReadLayers = new Map();
  emit?.({ type: 'message', level: 'info', text: `reading ${new Set([...from, ...to]).size} layers` });
  const old = await rootfsFiles(store, from, known, signal);
  const fresh = await rootfsFiles(store, to, known, signal);
  const changes: FileChange[] = [];
  for (const path of [...new Set([...old.keys(), ...fresh.keys()])].sort()) {
    const [before, after] = [old.get(path), fresh.get(path)];
    if (before && after) {
      const what = differences(before, after);
      if (what.length > 0) changes.push({ path, change: 'changed', what, before, after });
    } else if (after) changes.push({ path, change: 'added', what: [], after });
    else if (before) changes.push({ path, change: 'removed', what: [], before });
  }
  return changes;
}

function differences(a: RootfsFile, b: RootfsFile): string[] {
  return (['kind', 'content', 'target', 'mode', 'owner'] as const).filter((what) => a[what] !== b[what]);
}
