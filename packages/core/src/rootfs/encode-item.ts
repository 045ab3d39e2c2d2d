/**
 * Headers of a layer's tar (POSIX pax, https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html): what does
 * not fit ustar's fields, and extended attributes, go into pax records. The same item gives the same bytes.
 */
import { tarPadding } from '../tar/tar-header.js';
import type { LayerItem } from './layer-item.js';

export type EncodedItem = Pick<
  LayerItem,
  'name' | 'type' | 'mode' | 'uid' | 'gid' | 'size' | 'mtime' | 'linkname' | 'xattrs'
>;

const flags = { file: '0', link: '1', symlink: '2', directory: '5' } as const;

/** Header blocks; the content and its padding follow. @param item a file, folder or link */
export function encodeItem(item: EncodedItem): Buffer {
  const name = Buffer.from(item.type === 'directory' ? `${item.name}/` : item.name, 'latin1');
  const linkname = Buffer.from(item.linkname, 'latin1');
  const records: Buffer[] = [];
  if (name.length > 100) records.push(record('path', name));
  if (linkname.length > 100) records.push(record('linkpath', linkname));
  for (const key of ['size', 'uid', 'gid', 'mtime'] as const)
    if (octal(item[key], widths[key]) === undefined) records.push(record(key, Buffer.from(String(item[key]))));
  for (const [key, value] of item.xattrs) records.push(record(`SCHILY.xattr.${key}`, value));
  const main = ustar({ ...item, name, linkname, flag: flags[item.type as keyof typeof flags] });
  if (!records.length) return main;
  const body = Buffer.concat(records);
  const plain = { mode: 0o644, uid: 0, gid: 0, mtime: 0, linkname: Buffer.alloc(0) };
  const before = ustar({ ...plain, name: Buffer.from('PaxHeaders/entry'), size: body.length, flag: 'x' });
  return Buffer.concat([before, body, tarPadding(body.length), main]);
}

const widths = { mode: 8, uid: 8, gid: 8, size: 12, mtime: 12 };

function ustar(fields: {
  name: Buffer;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: number;
  linkname: Buffer;
  flag: string;
}): Buffer {
  const header = Buffer.alloc(512);
  fields.name.copy(header, 0, 0, 100);
  let at = 100;
  for (const key of ['mode', 'uid', 'gid', 'size', 'mtime'] as const) {
    header.write(octal(fields[key], widths[key]) ?? octal(0, widths[key]) ?? '', at, 'latin1');
    at += widths[key];
  }
  header.write('        ', 148, 'latin1');
  header.write(fields.flag, 156, 'latin1');
  fields.linkname.copy(header, 157, 0, 100);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** Undefined when it does not fit. */
function octal(value: number, width: number): string | undefined {
  const digits = value.toString(8);
  return value < 0 || digits.length >= width ? undefined : `${digits.padStart(width - 1, '0')}\0`;
}

/** `<length> <key>=<value>\n`, the length counting itself. */
function record(key: string, value: Buffer): Buffer {
  const rest = Buffer.byteLength(key) + value.length + 3;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}
