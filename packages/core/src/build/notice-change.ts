/** What RUN brought or removed is noticed by the build as what COPY brings: read from the layer, whether it is new or cached. */
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LayerEntry } from '../context/layer-entry.js';
import type { RootfsLayer } from '../image/cluster-config.js';
import { hexOf } from '../image/digest.js';
import { checkEntry } from '../rootfs/check-entry.js';
import { layerBytes } from '../rootfs/layer-bytes.js';
import { treeRow } from '../rootfs/layer-inventory.js';
import { type LayerItem, layerItem, shown } from '../rootfs/layer-item.js';
import { pathInRoot, whiteout } from '../rootfs/layer-path.js';
import type { TreeRow } from '../rootfs/rootfs-tree.js';
import { runErrors } from '../run/run-errors.js';
import { temporaryName } from '../store/atomic-file.js';
import type { ImageStore } from '../store/store.js';
import { readTar } from '../tar/read-tar.js';
import { readJson } from '../text/read-json.js';
import type { BuildState } from './build-state.js';
import { forgetFiles, noticeFiles } from './notice-files.js';
import type { RootfsView } from './rootfs-view.js';

/** Where the build itself reads: images may be named there, and planning needs some of it. */
const read = /^(application|charts|etc|manifests|network|plugins)\//;
const helm = 'bin/helm';

interface Noticed {
  /** Files kept in the folder beside this list. */
  files: { path: string; size: number }[];
  removed: string[];
  emptied: string[];
}

/** @param directory where files are kept, by layer */
export async function noticeChange(
  state: BuildState,
  layer: RootfsLayer,
  store: ImageStore,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const folder = join(directory, hexOf(layer.diffId));
  const noticed = await noticedIn(folder, layer, store, state.view, signal);
  // Pruning goes by it.
  await utimes(folder, new Date(), new Date());
  const { files, removed, emptied } = noticed;
  const own = new Set([...files.map(({ path }) => path), ...removed]);
  forgetFiles(
    state,
    (path) =>
      own.has(path) ||
      removed.some((gone) => path.startsWith(`${gone}/`)) ||
      emptied.some((gone) => gone === '' || path.startsWith(`${gone}/`)),
  );
  const entry = ({ path, size }: { path: string; size: number }): LayerEntry => ({
    ...{ path, size, kind: 'file', mode: 0o644, uid: 0, gid: 0, stamp: '', changedAt: 0 },
    source: join(folder, 'files', path),
  });
  await noticeFiles(state, files.map(entry));
}

async function noticedIn(
  folder: string,
  layer: RootfsLayer,
  store: ImageStore,
  view: RootfsView,
  signal: AbortSignal | undefined,
) {
  const list = join(folder, 'list.json');
  const known = await readFile(list, 'utf8').catch(() => undefined);
  const noted = known === undefined ? undefined : (readJson(known).value as Noticed | undefined);
  if (noted) return noted;
  const work = temporaryName(dirname(folder), 'new');
  await mkdir(work, { recursive: true, mode: 0o700 });
  try {
    const rows: TreeRow[] = [];
    const noticed = await extract(join(work, 'files'), layer, store, rows, signal);
    await view.remember(layer, () => rows);
    await writeFile(join(work, 'list.json'), JSON.stringify(noticed));
    // Another build may have been faster.
    await rename(work, folder).catch(() => undefined);
    return noticed;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function extract(
  folder: string,
  layer: RootfsLayer,
  store: ImageStore,
  rows: TreeRow[],
  signal: AbortSignal | undefined,
) {
  const noticed: Noticed = { files: [], removed: [], emptied: [] };
  for await (const raw of readTar(layerBytes(store, layer, signal))) {
    const item = layerItem(raw);
    check(item);
    rows.push(treeRow(item, layer.digest));
    const path = Buffer.from(pathInRoot(item.name), 'latin1').toString('utf8');
    const gone = whiteout(path);
    if (gone && 'opaque' in gone) noticed.emptied.push(gone.opaque);
    else if (gone) noticed.removed.push(gone.remove);
    else if (!read.test(path) && path !== helm) continue;
    else if (item.type === 'file') {
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await pipeline(item.content, createWriteStream(target));
      if (item.mode & 0o100) await chmod(target, 0o755);
      noticed.files.push({ path, size: item.size });
    } else if (item.type !== 'directory') noticed.removed.push(path);
  }
  return noticed;
}

/** As everyone will who unpacks the layer. @throws RUN_CHANGE_REFUSED */
function check(item: LayerItem): void {
  try {
    checkEntry(item, () => false);
  } catch (cause) {
    throw runErrors.RUN_CHANGE_REFUSED({ path: `/${shown(item.name)}`, reason: (cause as Error).message }, { cause });
  }
}
