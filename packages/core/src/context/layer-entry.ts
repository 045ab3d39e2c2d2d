/** One entry of a rootfs layer, and how sources of an instruction become entries. */

import { posix } from 'node:path';
import type { ModeChange } from './chmod-mode.js';
import { contextErrors } from './context-errors.js';
import type { ContextFile } from './context-files.js';

export interface LayerEntry {
  /** In the image, without leading slash. */
  path: string;
  /** How the Kubefile names it, when links of the rootfs led to the path. */
  seenAs?: string;
  kind: 'file' | 'directory' | 'link';
  mode: number;
  uid: number;
  gid: number;
  /** Bytes. */
  size: number;
  /** Where the bytes of a file are. */
  source?: string;
  /** Target of a link. */
  target?: string;
  /** What tells a changed source from an unchanged one without reading it. */
  stamp: string;
  /** Newest change of the source, in ms. */
  changedAt: number;
}

export interface Ownership {
  uid: number;
  gid: number;
  mode?: ModeChange | undefined;
}

export const byRoot: Ownership = { uid: 0, gid: 0 };

/** Modes are normalised, so that the umask of whoever checked the context out does not show. @throws BUILD_FILE_UNSUPPORTED */
export function entryOf(file: ContextFile, target: string | undefined, owned: Ownership): Omit<LayerEntry, 'path'> {
  const { stats, absolute } = file;
  const { uid, gid } = owned;
  const mode = (normal: number, isFolder: boolean) => owned.mode?.(normal, isFolder) ?? normal;
  const common = {
    uid,
    gid,
    stamp: [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino, stats.mode].join(':'),
    changedAt: Math.max(Number(stats.ctimeNs / 1_000_000n), Number(stats.mtimeNs / 1_000_000n)),
  };
  if (stats.isDirectory()) return { ...common, ...folderEntry(owned) };
  if (stats.isSymbolicLink()) return { ...common, kind: 'link', mode: 0o777, size: 0, target: target ?? '' };
  if (!stats.isFile()) throw contextErrors.BUILD_FILE_UNSUPPORTED({ path: absolute, kind: 'device, socket or pipe' });
  const executable = (stats.mode & 0o100n) !== 0n;
  return {
    ...common,
    kind: 'file',
    mode: mode(executable ? 0o755 : 0o644, false),
    size: Number(stats.size),
    source: absolute,
  };
}

export function folderEntry({ mode, uid, gid }: Ownership): Omit<LayerEntry, 'path'> {
  return { kind: 'directory', mode: mode?.(0o755, true) ?? 0o755, uid, gid, size: 0, stamp: '', changedAt: 0 };
}

/** A path inside the image, from what a Kubefile says. @throws BUILD_PATH_OUTSIDE */
export function imagePath(text: string): string {
  const path = posix.normalize(text.replace(/^\/+/, '')).replace(/\/+$/, '');
  if (text.includes('\0')) throw contextErrors.BUILD_ENTRY_REFUSED({ path, reason: 'holds a NUL character' });
  if (path === '..' || path.startsWith('../')) throw contextErrors.BUILD_PATH_OUTSIDE({ path: text });
  return path === '.' ? '' : path;
}
