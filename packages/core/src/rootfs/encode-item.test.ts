import { Readable } from 'node:stream';
import { execaSync } from 'execa';
import { expect, test } from 'vitest';
import { readTar } from '../tar/read-tar.js';
import { tarEnd, tarPadding } from '../tar/tar-header.js';
import { type EncodedItem, encodeItem } from './encode-item.js';
import { layerItem } from './layer-item.js';

const file: EncodedItem = {
  name: 'a',
  type: 'file',
  mode: 0o4755,
  uid: 1000,
  gid: 50,
  size: 3,
  mtime: 7,
  linkname: '',
  xattrs: [],
};
// security.capability holds bytes that are no text.
const binary = Buffer.from([1, 0, 0, 2, 0xff, 0xfe, 10, 61, 0]);

const items: EncodedItem[] = [
  file,
  { ...file, name: 'n'.repeat(255), uid: 3_000_000_000, gid: 2_097_152 },
  { ...file, name: Buffer.from('grün/ü', 'utf8').toString('latin1'), xattrs: [['security.capability', binary]] },
  {
    ...file,
    name: '\xff\xfe',
    xattrs: [
      ['user.a', Buffer.from('b'.repeat(95))],
      ['user.b', Buffer.alloc(0)],
    ],
  },
  { ...file, name: 'd', type: 'directory', size: 0, mode: 0o1777 },
  { ...file, name: 'l', type: 'symlink', size: 0, linkname: `/${'t'.repeat(150)}` },
  { ...file, name: 'h', type: 'link', size: 0, linkname: 'a' },
];

function archive(): Buffer {
  const pieces = items.flatMap((item) => [
    encodeItem(item),
    Buffer.from('abc').subarray(0, item.size),
    tarPadding(item.size),
  ]);
  return Buffer.concat([...pieces, tarEnd]);
}

test('what is written is read again', async () => {
  const seen: unknown[] = [];
  for await (const entry of readTar(Readable.from([archive()]) as AsyncIterable<Buffer>)) {
    const { content: _content, device: _device, ...item } = layerItem(entry);
    seen.push({ ...item, name: item.name.replace(/\/$/, '') });
  }
  expect(seen).toEqual(items);
});

test('GNU tar reads the same', () => {
  const words = ['--numeric-owner', '--quoting-style=escape', '--utc', '--full-time', '-tvf', '-'];
  const lines = execaSync('tar', words, { input: archive(), lines: true, env: { LC_ALL: 'C' } }).stdout;
  expect(lines.map((line) => line.split(/\s+/).slice(0, 3).join(' '))).toEqual([
    '-rwsr-xr-x 1000/50 3',
    '-rwsr-xr-x 3000000000/2097152 3',
    '-rwsr-xr-x 1000/50 3',
    '-rwsr-xr-x 1000/50 3',
    'drwxrwxrwt 1000/50 0',
    'lrwsr-xr-x 1000/50 0',
    'hrwsr-xr-x 1000/50 0',
  ]);
  expect(lines[2]).toContain('gr\\303\\274n/\\303\\274');
});
