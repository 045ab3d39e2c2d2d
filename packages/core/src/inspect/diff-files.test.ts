import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { rootfsFiles } from '../rootfs/rootfs-files.js';
import type { ImageStore } from '../store/store.js';
import { tarHeader } from '../tar/tar-header.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { diffFiles } from './diff-files.js';

type Entry = Partial<Header> & { name: string; content?: string };
const code = (value: string) => expect.objectContaining({ code: value });

async function layer(store: ImageStore, entries: readonly Entry[]) {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  return (await store.addBlob(gzipSync(await buffer(tar as unknown as NodeJS.ReadableStream)))).digest;
}

const file = (name: string, content: string, mode = 0o644): Entry => ({ name, content, mode });
const folder = (name: string): Entry => ({ name, type: 'directory', mode: 0o755 });

test('what is added, removed and changed, white-outs and replaced folders among it', async () => {
  await using place = await temporaryDirectory();
  const store = await openStore(join(place.path, 'store'));
  const base = await layer(store, [
    folder('etc'),
    file('etc/a', 'one'),
    file('etc/gone', 'x'),
    file('bin/tool', 'x'),
    file('cache/1', 'x'),
    file('cache/deep/2', 'x'),
    file('swap/in', 'x'),
    { name: 'link', type: 'symlink', linkname: 'etc/a' },
  ]);
  const next = await layer(store, [
    file('./etc/a', 'two!'),
    file('etc/.wh.gone', ''),
    file('bin/tool', 'x', 0o755),
    file('cache/.wh..wh..opq', ''),
    file('cache/3', 'x'),
    file('swap', 'now a file'),
    { name: 'link', type: 'symlink', linkname: 'etc/b' },
  ]);
  const changes = await diffFiles(store, [base], [base, next]);
  expect(changes.map(({ path, change, what }) => [path, change, ...what])).toEqual([
    ['bin/tool', 'changed', 'mode'],
    ['cache/1', 'removed'],
    ['cache/3', 'added'],
    ['cache/deep/2', 'removed'],
    ['etc/a', 'changed', 'content'],
    ['etc/gone', 'removed'],
    ['link', 'changed', 'target'],
    ['swap', 'added'],
    ['swap/in', 'removed'],
  ]);
  expect(changes.find(({ path }) => path === 'etc/a')).toMatchObject({ before: { size: 3 }, after: { size: 4 } });
  expect(await diffFiles(store, [base, next], [base, next])).toEqual([]);
});

test('layers that lead out, are cut, no tar, or expand without end are refused', async () => {
  await using place = await temporaryDirectory();
  const store = await openStore(join(place.path, 'store'));
  const bad = [
    await layer(store, [file('a/../../b', 'x')]),
    await layer(store, [file('/etc/passwd', 'x')]),
    (await store.addBlob(gzipSync(Buffer.from('no tar at all'.repeat(100))))).digest,
    (await store.addBlob(gzipSync(Buffer.alloc(5000, 1)).subarray(0, 30))).digest,
    (await store.addBlob(Buffer.alloc(700, 1))).digest,
  ];
  for (const [index, digest] of bad.entries())
    await expect(rootfsFiles(store, [digest])).rejects.toEqual(
      code(index < 2 ? 'ROOTFS_LAYER_UNSAFE' : 'ROOTFS_LAYER_DAMAGED'),
    );
});

test('a gzip bomb ends early', async () => {
  await using place = await temporaryDirectory();
  const store = await openStore(join(place.path, 'store'));
  const zeros = gzipSync(Buffer.alloc(32 * 1024 * 1024), { level: 9 });
  const bomb = Buffer.concat([gzipSync(tarHeader('zeros', 8 * 1024 ** 3 - 1)), ...Array(64).fill(zeros)]);
  const { digest } = await store.addBlob(bomb);
  await expect(rootfsFiles(store, [digest])).rejects.toEqual(code('ROOTFS_LAYER_TOO_LARGE'));
});
