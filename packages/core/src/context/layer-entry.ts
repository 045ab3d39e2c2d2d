/** One entry of a rootfs layer, and how sources of an instruction become entries. */

import { posix } from 'node:path';
import { contextErrors } from './context-errors.js';
import type { ContextFile } from './context-files.js';

export interface LayerEntry {
  /** In the image, without leading slash. */
  path: string;
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
  chmod?: string | undefined;
  chown?: string | undefined;
}

/** Modes are normalised, so that the umask of whoever checked the context out does not show. */
export function layerEntry(
  path: string,
  file: ContextFile,
  target: string | undefined,
  ownership: Ownership,
): LayerEntry {
  const { stats } = file;
  const [uid = 0, gid = uid] = (ownership.chown ?? '0:0').split(':').map(Number);
  const fixed = ownership.chmod === undefined ? undefined : Number.parseInt(ownership.chmod, 8);
  const common = {
    path,
    uid,
    gid,
    stamp: [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino, stats.mode].join(':'),
    changedAt: Math.max(Number(stats.ctimeNs / 1_000_000n), Number(stats.mtimeNs / 1_000_000n)),
  };
  if (stats.isDirectory()) return { ...common, kind: 'directory', mode: fixed ?? 0o755, size: 0 };
  if (stats.isSymbolicLink()) return { ...common, kind: 'link', mode: 0o777, size: 0, target: target ?? '' };
  if (!stats.isFile())
    throw contextErrors.BUILD_FILE_UNSUPPORTED({ path: file.absolute, kind: 'device, socket or pipe' });
  const executable = (stats.mode & 0o100n) !== 0n;
  return {
    ...common,
    kind: 'file',
    mode: fixed ?? (executable ? 0o755 : 0o644),
    size: Number(stats.size),
    source: file.absolute,
  };
}

/** A path inside the image, from what a Kubefile says. @throws BUILD_PATH_OUTSIDE */
export function imagePath(text: string): string {
  const path = posix.normalize(text.replace(/^\/+/, '')).replace(/\/+$/, '');
  if (path === '..' || path.startsWith('../')) throw contextErrors.BUILD_PATH_OUTSIDE({ path: text });
  return path === '.' ? '' : path;
}
