/** Layers over each other, as an ordinary user; and that a layer which is refused has changed nothing, inside or outside. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { expect, test } from 'vitest';
import type { Digest } from '../image/descriptor.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { unpackLayer } from './unpack-layer.js';

type Entry = Partial<Header> & { name: string; content?: string };

async function unpack(folder: string, ...entries: Entry[]): Promise<void> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const blob = gzipSync(bytes);
  const sha256 = (one: Buffer): Digest => `sha256:${createHash('sha256').update(one).digest('hex')}`;
  const layer = { digest: sha256(blob), diffId: sha256(bytes), size: blob.length };
  await unpackLayer({ readBlob: () => Readable.from([blob]) }, layer, folder, { kind: 'plain' });
}

test('white-outs, opaque folders, and things in the place of others', async () => {
  await using folder = await temporaryDirectory();
  const root = join(folder.path, 'root');
  await mkdir(root);
  await unpack(
    root,
    { name: 'a/keep', content: '1' },
    { name: 'a/gone/deep', content: '1' },
    { name: 'opaque/old', content: '1' },
    { name: 'folder/inner', content: '1' },
    { name: 'link', type: 'symlink', linkname: 'a' },
    { name: 'file', content: '1' },
  );
  await unpack(
    root,
    { name: 'a/.wh.gone' },
    { name: 'opaque/', type: 'directory', mode: 0o700 },
    { name: 'opaque/.wh..wh..opq' },
    { name: 'opaque/new', mode: 0o755, content: '2' },
    { name: 'folder', content: 'a file now' },
    { name: 'link/', type: 'directory' },
    { name: 'link/inside', content: '2' },
    { name: 'file/', type: 'directory' },
    { name: `${'n'.repeat(120)}/${'m'.repeat(120)}`, content: '2' },
    { name: 'same', type: 'link', linkname: 'a/keep' },
  );
  expect((await readdir(root)).sort()).toEqual(['a', 'file', 'folder', 'link', 'n'.repeat(120), 'opaque', 'same']);
  expect((await readdir(join(root, 'a'))).sort()).toEqual(['keep']);
  expect(await readdir(join(root, 'opaque'))).toEqual(['new']);
  expect((await lstat(join(root, 'opaque/new'))).mode & 0o777).toBe(0o755);
  expect((await lstat(join(root, 'opaque'))).mode & 0o777).toBe(0o700);
  expect(await readFile(join(root, 'folder'), 'utf8')).toBe('a file now');
  expect((await lstat(join(root, 'same'))).nlink).toBe(2);
});

test('what is refused has changed nothing, inside or outside', async () => {
  await using folder = await temporaryDirectory();
  const root = join(folder.path, 'root');
  await mkdir(join(folder.path, 'outside'));
  await mkdir(root);
  await symlink('../outside', join(root, 'way-out'));
  const good: Entry = { name: 'good', content: 'x' };
  const unsafe = { code: 'ROOTFS_LAYER_UNSAFE' };
  for (const bad of [
    { name: 'way-out/evil', content: 'x' },
    { name: 'way-out/.wh..wh..opq' },
    { name: '../outside/evil', content: 'x' },
    { name: `${folder.path}/outside/evil`, content: 'x' },
    { name: 'h', type: 'link', linkname: 'way-out/../../etc/passwd' },
  ] as Entry[])
    await expect(unpack(root, good, bad)).rejects.toMatchObject(unsafe);
  expect(await readdir(root)).toEqual(['way-out']);
  expect(await readdir(join(folder.path, 'outside'))).toEqual([]);
  // A folder of that name replaces the link.
  await unpack(root, { name: 'way-out/', type: 'directory' }, { name: 'way-out/inside', content: 'x' });
  expect(await readdir(join(folder.path, 'outside'))).toEqual([]);
  await expect(readlink(join(root, 'way-out'))).rejects.toThrow();
});
