/**
 * Where overlayfs cannot be mounted the command worked on a copy: what it changed is found by the time of the last change of
 * each inode, which no program can set back. Deleted files are only listed: where overlayfs cannot be mounted its marks may be
 * refused as well.
 */
import { join } from 'node:path';
import * as scripts from '../generated/scripts.js';
import { foldersOf } from '../rootfs/layer-path.js';
import { runInside } from '../rootfs/run-inside.js';
import type { UserMapping } from '../rootfs/user-mapping.js';

export interface LeftChange {
  upper: string;
  /** Paths, as bytes, of which `upper` has no mark. */
  deleted: readonly string[];
}

/** @param work the sandbox's folder with `merged` and the file `began`. @returns the folder of what is new or changed, and what is gone */
export async function copiedChange(
  lower: string,
  work: string,
  mapping: UserMapping,
  signal: AbortSignal | undefined,
): Promise<LeftChange> {
  const merged = join(work, 'merged');
  const find = async (...words: string[]) =>
    (await runInside(mapping, ['find', ...words, '-printf', '%P\\0'], { signal }))
      .toString('latin1')
      .split('\0')
      .slice(0, -1);
  const before = await find(lower, '-mindepth', '1');
  const after = new Set(await find(merged, '-mindepth', '1'));
  const changed = await find(merged, '-mindepth', '1', '-cnewer', join(work, 'began'));
  const gone = new Set(before.filter((path) => !after.has(path)));
  const deleted = [...gone].filter((path) => !foldersOf(path).some((folder) => gone.has(folder)));
  const kept = [...new Set(changed.flatMap((path) => [...foldersOf(path), path]))].sort();
  const upper = join(work, 'upper');
  const feed = (paths: readonly string[]) =>
    (async function* () {
      yield Buffer.from(paths.map((path) => `./${path}\0`).join(''), 'latin1');
    })();
  if (kept.length)
    await runInside(mapping, ['sh', '-c', scripts.copyChanged, 'sh', merged, upper], { input: feed(kept), signal });
  return { upper, deleted };
}
