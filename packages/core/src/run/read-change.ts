/**
 * The change that a command left, as the tar of a layer (OCI layer.md): overlayfs' marks become white-outs; times are 0, as in
 * layers of COPY; owners, modes and attributes are kept. GNU tar reads the folder, since Node knows neither hard
 * links nor extended attributes.
 */

import { type EncodedItem, encodeItem } from '../rootfs/encode-item.js';
import { isOpaque, layerItem, shown } from '../rootfs/layer-item.js';
import { pathInRoot } from '../rootfs/layer-path.js';
import { streamInside } from '../rootfs/run-inside.js';
import type { UserMapping } from '../rootfs/user-mapping.js';
import { readTar } from '../tar/read-tar.js';
import { tarEnd, tarPadding } from '../tar/tar-header.js';
import { runErrors } from './run-errors.js';

export interface ChangeOptions {
  signal?: AbortSignal | undefined;
  onWarning?: (text: string) => void;
  /** Deleted files without a mark; each in a folder that has changed. */
  deleted?: readonly string[] | undefined;
}

/** @throws RUN_CHANGE_REFUSED for devices and names of white-outs, ROOTFS_TOOL_FAILED */
export async function* readChange(
  upper: string,
  mapping: UserMapping,
  options: ChangeOptions = {},
): AsyncGenerator<Buffer> {
  const words = [
    'tar',
    '-C',
    upper,
    '--sort=name',
    '--format=posix',
    '--numeric-owner',
    '--xattrs',
    '--xattrs-include=*',
  ];
  let sockets = '';
  const onStderr = (text: string) => {
    sockets += text;
  };
  yield* changeTar(streamInside(mapping, [...words, '-cf', '-', '.'], { signal: options.signal, onStderr }), options);
  for (const [, path] of sockets.matchAll(/^tar: \.\/(.*): socket ignored$/gm))
    options.onWarning?.(`/${path} is a socket and is left out of the image`);
}

/** @param bytes tar of a folder in overlayfs' form */
export async function* changeTar(bytes: AsyncIterable<Buffer>, options: ChangeOptions = {}): AsyncGenerator<Buffer> {
  const empty = { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, linkname: '', xattrs: [] };
  const mark = (name: string): EncodedItem => ({ ...empty, name, type: 'file' });
  const deleted = new Map<string, string[]>();
  for (const path of [...(options.deleted ?? [])].sort()) {
    const slash = path.lastIndexOf('/') + 1;
    const name = `${path.slice(0, slash)}.wh.${path.slice(slash)}`;
    const folder = path.slice(0, Math.max(0, slash - 1));
    deleted.set(folder, [...(deleted.get(folder) ?? []), name]);
  }
  for (const name of deleted.get('') ?? []) yield encodeItem(mark(name));
  for await (const entry of readTar(bytes)) {
    const item = layerItem(entry);
    const path = pathInRoot(item.name);
    // The root of a rootfs belongs to who unpacks it.
    if (path === '') continue;
    const slash = path.lastIndexOf('/') + 1;
    const refuse = (reason: string) => runErrors.RUN_CHANGE_REFUSED({ path: `/${shown(path)}`, reason });
    if (path.slice(slash).startsWith('.wh.')) throw refuse('has a name that marks deleted files in layers');
    if (item.type === 'pipe') {
      options.onWarning?.(`/${shown(path)} is a pipe and is left out of the image`);
      continue;
    }
    if (item.type === 'char' && item.device === '0:0') {
      yield encodeItem(mark(`${path.slice(0, slash)}.wh.${path.slice(slash)}`));
      continue;
    }
    if (item.type === 'char' || item.type === 'block') throw refuse('is a device');
    if (item.type === 'other') throw refuse('is neither file, folder nor link');
    const linkname = item.type === 'link' ? pathInRoot(item.linkname) : item.linkname;
    yield encodeItem({ ...item, name: path, linkname, mtime: 0 });
    yield* item.content;
    yield tarPadding(item.size);
    if (item.type !== 'directory') continue;
    for (const name of deleted.get(path) ?? []) yield encodeItem(mark(name));
    if (isOpaque(entry)) yield encodeItem(mark(`${path}/.wh..wh..opq`));
  }
  yield tarEnd;
}
