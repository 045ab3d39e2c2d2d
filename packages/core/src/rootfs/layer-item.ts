/**
 * An entry of a layer's tar with all that a rootfs keeps of a file: owner, mode, extended attributes. Names are byte
 * strings (one character a byte), since a file's name need not be UTF-8; `shown` makes text of them.
 */
import { numberAt, type TarEntry, TarError } from '../tar/read-tar.js';

export type ItemType = 'file' | 'directory' | 'symlink' | 'link' | 'char' | 'block' | 'pipe' | 'other';

export interface LayerItem {
  /** As in the archive. */
  name: string;
  type: ItemType;
  /** Permission bits with setuid, setgid and sticky. */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of content. */
  size: number;
  /** Whole seconds since the epoch. */
  mtime: number;
  /** Target of a symlink, or the name a hard link shares. */
  linkname: string;
  /** `0:0` of a character device marks a deleted file in overlayfs. */
  device: string;
  /** `user.*` and `security.capability`, in the order of their names; others mean something on one machine only. */
  xattrs: readonly [string, Buffer][];
  content: AsyncIterable<Buffer>;
}

const types: Record<string, ItemType> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'pipe',
};
const xattrPrefix = 'SCHILY.xattr.';

/** @throws TarError */
export function layerItem(entry: TarEntry): LayerItem {
  const { header, records } = entry;
  const text = (start: number, length: number) =>
    header.toString('latin1', start, start + length).replace(/\0.*$/s, '');
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? text(345, 155) : '';
  const number = (key: string, start: number, length: number) => {
    const record = records.get(key);
    const value = record ? Math.floor(Number(record.toString())) : numberAt(header, start, length);
    if (!Number.isSafeInteger(value)) throw new TarError(`a pax record has no valid ${key}`);
    return value;
  };
  const type = types[header.toString('latin1', 156, 157)] ?? 'other';
  return {
    name: records.get('path')?.toString('latin1') ?? (prefix ? `${prefix}/${text(0, 100)}` : text(0, 100)),
    type: [...records.keys()].some((key) => key.startsWith('GNU.sparse.')) ? 'other' : type,
    mode: numberAt(header, 100, 8) & 0o7777,
    uid: number('uid', 108, 8),
    gid: number('gid', 116, 8),
    size: type === 'file' ? entry.size : 0,
    mtime: number('mtime', 136, 12),
    linkname: records.get('linkpath')?.toString('latin1') ?? text(157, 100),
    device: type === 'char' ? `${numberAt(header, 329, 8)}:${numberAt(header, 337, 8)}` : '',
    xattrs: [...records]
      .filter(([key]) => key.startsWith(xattrPrefix) && isKept(key.slice(xattrPrefix.length)))
      .map(([key, value]): [string, Buffer] => [key.slice(xattrPrefix.length), value])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    content: entry.content,
  };
}

/** A whole folder of which only this layer's content counts (overlayfs' mark, kept by root or in a user namespace). */
export function isOpaque(entry: TarEntry): boolean {
  return ['trusted', 'user'].some(
    (space) => entry.records.get(`${xattrPrefix}${space}.overlay.opaque`)?.toString() === 'y',
  );
}

/** A name for messages. */
export function shown(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}

function isKept(xattr: string): boolean {
  return (
    (xattr.startsWith('user.') && !/^user\.(overlay|containers|fuseoverlayfs)\./.test(xattr)) ||
    xattr === 'security.capability'
  );
}
