/** From overlayfs' form to that of layers. */
import { Readable } from 'node:stream';
import { type Header, pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { layerItem } from '../rootfs/layer-item.js';
import { readTar } from '../tar/read-tar.js';
import { changeTar } from './read-change.js';

type Entry = Partial<Header> & { name: string; content?: string };

async function change(entries: Entry[], deleted: string[] = []) {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  const warnings: string[] = [];
  const chunks: Buffer[] = [];
  const options = { deleted, onWarning: (text: string) => warnings.push(text) };
  for await (const chunk of changeTar(tar as unknown as AsyncIterable<Buffer>, options)) chunks.push(chunk);
  const lines: string[] = [];
  for await (const raw of readTar(Readable.from([Buffer.concat(chunks)]) as AsyncIterable<Buffer>)) {
    const { name, type, mode, uid, gid, mtime, linkname, xattrs } = layerItem(raw);
    const attributes = xattrs.map(([key, value]) => `${key}=${value}`).join(',');
    lines.push(
      [name, type, mode.toString(8), `${uid}:${gid}`, mtime, linkname, attributes].filter((x) => x !== '').join(' '),
    );
  }
  return { lines, warnings };
}

const whiteout: Partial<Entry> = { type: 'character-device', devmajor: 0, devminor: 0 };
const opaque = (space: string) => ({ [`SCHILY.xattr.${space}.overlay.opaque`]: 'y' });

test('white-outs, opaque folders, owners, modes, hard links and attributes', async () => {
  const { lines } = await change([
    { name: './', type: 'directory', mode: 0o700 },
    { name: './a/', type: 'directory', mode: 0o755, uid: 5, gid: 6, mtime: new Date(99_000) },
    { ...whiteout, name: './a/gone' },
    { name: './b/', type: 'directory', mode: 0o1777, pax: { ...opaque('trusted'), 'SCHILY.xattr.user.x': 'kept' } },
    {
      name: './b/new',
      mode: 0o4755,
      content: 'x',
      pax: { 'SCHILY.xattr.user.overlay.origin': '', 'SCHILY.xattr.security.selinux': 's' },
    },
    { name: './b/same', type: 'link', linkname: './b/new', mode: 0o4755 },
    { name: './c/', type: 'directory', pax: opaque('user') },
    { name: './l', type: 'symlink', linkname: '../x', mode: 0o777 },
    { ...whiteout, name: './top' },
  ]);
  expect(lines).toEqual([
    'a/ directory 755 5:6 0',
    'a/.wh.gone file 644 0:0 0',
    'b/ directory 1777 0:0 0 user.x=kept',
    'b/.wh..wh..opq file 644 0:0 0',
    'b/new file 4755 0:0 0',
    'b/same link 4755 0:0 0 b/new',
    'c/ directory 755 0:0 0',
    'c/.wh..wh..opq file 644 0:0 0',
    'l symlink 777 0:0 0 ../x',
    '.wh.top file 644 0:0 0',
  ]);
});

test('deletions that a copy shows stand in their folders', async () => {
  const { lines } = await change([{ name: './a/', type: 'directory' }, { name: './a/z' }], ['a/q', 'b', 'a/p']);
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['.wh.b', 'a/', 'a/.wh.p', 'a/.wh.q', 'a/z']);
});

test('pipes are left out and named; devices and names of white-outs are refused', async () => {
  expect(await change([{ name: './p', type: 'fifo' }])).toEqual({
    lines: [],
    warnings: ['/p is a pipe and is left out of the image'],
  });
  const refused = { code: 'RUN_CHANGE_REFUSED' };
  await expect(change([{ name: './sda', type: 'block-device', devmajor: 8, devminor: 0 }])).rejects.toMatchObject(
    refused,
  );
  await expect(change([{ name: './n', type: 'character-device', devmajor: 1, devminor: 3 }])).rejects.toMatchObject(
    refused,
  );
  await expect(change([{ name: './.wh.x' }])).rejects.toMatchObject(refused);
});
