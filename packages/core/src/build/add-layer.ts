/** Entries become a layer of the image: checked as everyone who unpacks it will, noticed, and written or found in the cache. */

import { contextErrors } from '../context/context-errors.js';
import type { LayerEntry } from '../context/layer-entry.js';
import { arrangeEntries } from '../context/layer-tar.js';
import type { Emit } from '../events/events.js';
import { checkEntry } from '../rootfs/check-entry.js';
import type { RootfsTree } from '../rootfs/rootfs-tree.js';
import type { ImageStore } from '../store/store.js';
import type { BuildState } from './build-state.js';
import type { LayerCache } from './layer-cache.js';
import { forgetFiles, noticeFiles } from './notice-files.js';
import { writeLayer } from './write-layer.js';

export interface AddLayerOptions {
  store: ImageStore;
  cache: LayerCache | undefined;
  lookOnly?: boolean | undefined;
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

/** Bytes of a name, and of a path, that Linux takes. */
const longest = { name: 255, path: 4000 };

/** @param tree the rootfs with these entries. @throws BUILD_ENTRY_REFUSED */
export async function addLayer(
  entries: readonly LayerEntry[],
  createdBy: string,
  tree: RootfsTree,
  state: BuildState,
  options: AddLayerOptions,
): Promise<void> {
  const { store, cache, signal, emit } = options;
  const arranged = arrangeEntries(entries, (path) => tree.get(path));
  if (!arranged.length) return;
  const links = new Map<string, boolean>();
  const isLink = (path: string): boolean => {
    const known = links.get(path) ?? tree.get(path)?.kind === 'symlink';
    links.set(path, known);
    return known;
  };
  for (const entry of arranged) checkOne(entry, isLink);
  const seen = new Set(arranged.filter(({ kind }) => kind !== 'directory').map(({ path, seenAs }) => seenAs ?? path));
  forgetFiles(state, (path) => seen.has(path));
  await noticeFiles(state, arranged);
  if (options.lookOnly) return;
  const readSince = Date.now();
  let layer = await cache?.find(arranged);
  if (!layer) {
    const total = arranged.reduce((sum, entry) => sum + entry.size, 0);
    let current = 0;
    const onBytes = (bytes: number) => {
      current += bytes;
      emit?.({
        type: 'progress',
        id: createdBy,
        title: createdBy,
        current: Math.min(current, total),
        total,
        unit: 'bytes',
      });
    };
    layer = await writeLayer(store, arranged, createdBy, { signal, onBytes });
    emit?.({ type: 'progress', id: createdBy, title: createdBy, current: total, total, unit: 'bytes', done: true });
    await cache?.keep(arranged, layer, readSince);
  }
  await state.view.keep(layer, () =>
    arranged.map(({ path, kind, mode, uid, gid, target }) => {
      return [path, { kind: kind === 'link' ? 'symlink' : kind, mode, uid, gid, target }];
    }),
  );
  state.layers.push({ ...layer, createdBy });
}

function isLonger(text: string, bytes: number): boolean {
  return Buffer.byteLength(text) > bytes;
}

function checkOne({ path, kind, target = '' }: LayerEntry, isLink: (path: string) => boolean): void {
  const refuse = (reason: string) => contextErrors.BUILD_ENTRY_REFUSED({ path, reason });
  if (/(^|\/)\.wh\./.test(path)) throw refuse('has a name that marks deleted files in layers');
  if (path.includes('\0') || target.includes('\0')) throw refuse('holds a NUL character');
  // A character has three bytes at most.
  const mayBeLong = path.length > longest.name / 3;
  if (mayBeLong && (isLonger(path, longest.path) || path.split('/').some((name) => isLonger(name, longest.name))))
    throw refuse('has a name that is too long');
  const type = kind === 'link' ? 'symlink' : kind;
  try {
    checkEntry({ name: path, type, linkname: target }, isLink);
  } catch (cause) {
    throw contextErrors.BUILD_ENTRY_REFUSED({ path, reason: (cause as Error).message }, { cause });
  }
}
