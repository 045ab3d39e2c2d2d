/** Layers as an attacker would write them: each is refused by its name before anything is unpacked. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { expect, test } from 'vitest';
import type { Digest } from '../image/descriptor.js';
import { checkLayer } from './check-layer.js';
import { layerBytes, layerLimit } from './layer-bytes.js';

type Entry = Partial<Header> & { name: string; content?: string };

async function tarOf(...entries: Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const check = (tar: Buffer, lower?: Parameters<typeof checkLayer>[2]) =>
  checkLayer(Readable.from([tar]) as AsyncIterable<Buffer>, 'sha256:layer', lower);

test.each<[string, RegExp, Entry[]]>([
  ['..', /leads out of the rootfs/, [{ name: '../x' }]],
  ['.. within', /leads out of the rootfs/, [{ name: 'a/../../x' }]],
  ['an absolute name', /absolute name/, [{ name: '/etc/passwd' }]],
  ['a device', /is a device/, [{ name: 'dev/sda', type: 'block-device', devmajor: 8, devminor: 0 }]],
  ["overlayfs' own white-out", /is a device/, [{ name: 'x', type: 'character-device', devmajor: 0, devminor: 0 }]],
  ['a pipe', /neither file/, [{ name: 'p', type: 'fifo' }]],
  [
    'a file through a link',
    /leads through the link a/,
    [{ name: 'a', type: 'symlink', linkname: '/etc' }, { name: 'a/passwd' }],
  ],
  ['a link that climbs out', /link out of the rootfs/, [{ name: 'a/b', type: 'symlink', linkname: '../../etc' }]],
  ['a hard link that climbs out', /hard link out/, [{ name: 'a', type: 'link', linkname: '../etc/shadow' }]],
  ['an absolute hard link', /hard link out/, [{ name: 'a', type: 'link', linkname: '/etc/shadow' }]],
  [
    'a hard link through a link',
    /hard link that leads through the link a/,
    [
      { name: 'a', type: 'symlink', linkname: '/etc' },
      { name: 'b', type: 'link', linkname: 'a/shadow' },
    ],
  ],
  [
    'a folder in the place of its own link',
    /place of a link/,
    [
      { name: 'a', type: 'symlink', linkname: '/etc' },
      { name: 'a/', type: 'directory' },
    ],
  ],
  ['a white-out of its own folder', /removes no file/, [{ name: 'a/.wh.' }]],
  ['a white-out of ..', /removes no file/, [{ name: 'a/.wh...' }]],
])('%s is refused', async (_what, message, entries) => {
  await expect(check(await tarOf(...entries))).rejects.toMatchObject({
    code: 'ROOTFS_LAYER_UNSAFE',
    message: expect.stringMatching(message),
  });
});

test('a link of a layer below is no way out either', async () => {
  const lower = { links: new Set(['lib']), folders: new Set<string>() };
  await expect(check(await tarOf({ name: 'lib/evil' }), lower)).rejects.toMatchObject({ code: 'ROOTFS_LAYER_UNSAFE' });
  await expect(check(await tarOf({ name: 'lib/.wh.x' }), lower)).rejects.toMatchObject({ code: 'ROOTFS_LAYER_UNSAFE' });
  // A folder in its place replaces the link.
  const tar = await tarOf({ name: 'lib/', type: 'directory' }, { name: 'lib/good' });
  expect(await check(tar, lower)).toEqual({ removed: ['lib'], emptied: [] });
});

test('what is common in a rootfs is taken', async () => {
  await check(
    await tarOf(
      { name: './', type: 'directory' },
      { name: './etc/', type: 'directory' },
      { name: './etc/mtab', type: 'symlink', linkname: '../proc/self/mounts' },
      { name: './etc/localtime', type: 'symlink', linkname: '/usr/share/zoneinfo/UTC' },
      { name: './bin/a', content: 'x' },
      { name: './bin/b', type: 'link', linkname: './bin/a' },
    ),
  );
});

test('white-outs, opaque folders and files in the place of folders say what goes', async () => {
  const lower = { links: new Set<string>(), folders: new Set(['was/folder', 'stays']) };
  const tar = await tarOf(
    { name: 'a/.wh.b' },
    { name: 'c/.wh..wh..opq' },
    { name: 'was/folder', content: 'x' },
    { name: 'stays/', type: 'directory' },
  );
  expect(await check(tar, lower)).toEqual({ removed: ['a/b', 'was/folder'], emptied: ['c'] });
});

const sha256 = (bytes: Buffer): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function readWhole(tar: Buffer, change: { blob?: Buffer; diffId?: Digest; limit?: number } = {}) {
  const blob = change.blob ?? gzipSync(tar);
  const layer = { digest: sha256(blob), diffId: change.diffId ?? sha256(tar), size: blob.length };
  const store = { readBlob: () => Readable.from([blob]) };
  await checkLayer(layerBytes(store, layer, undefined, change.limit), layer.digest);
}

test('diffId, length and size of a layer are checked', async () => {
  const tar = await tarOf({ name: 'a', content: 'x'.repeat(200_000) });
  const other = sha256(Buffer.from('other'));
  await readWhole(tar);
  const damaged = { code: 'ROOTFS_LAYER_DAMAGED' };
  await expect(readWhole(tar, { diffId: other })).rejects.toMatchObject(damaged);
  await expect(readWhole(tar, { blob: gzipSync(tar).subarray(0, 150) })).rejects.toMatchObject(damaged);
  await expect(readWhole(tar, { blob: Buffer.from('no gzip at all') })).rejects.toMatchObject(damaged);
  await expect(readWhole(tar.subarray(0, 100_000))).rejects.toMatchObject(damaged);
  await expect(readWhole(tar, { limit: 100_000 })).rejects.toMatchObject({ code: 'ROOTFS_LAYER_TOO_LARGE' });
});

test('the limit grows with what the descriptor says', () => {
  expect(layerLimit(0)).toBe(1024 ** 3);
  expect(layerLimit(1024 ** 3)).toBe(101 * 1024 ** 3);
});
