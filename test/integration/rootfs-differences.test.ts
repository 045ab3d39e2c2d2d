/** What differs from the image on a host is found and named: by marks, and by contents where the marks are as they were (root). */
import { chmod, lstat, mkdir, open, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { clusterPaths, hostBlobs } from '../../packages/core/src/cluster/paths.js';
import { dropDamagedBlobs, rootfsDifferences } from '../../packages/core/src/distribute/rootfs-differences.js';
import { unpackRootfs } from '../../packages/core/src/distribute/unpack-rootfs.js';
import type { Host } from '../../packages/core/src/host/host.js';
import { openHost } from '../../packages/core/src/host/open-host.js';
import type { Digest } from '../../packages/core/src/image/descriptor.js';
import { digestOf, hexOf } from '../../packages/core/src/image/digest.js';

const cluster = `differs-test-${process.pid}`;
const { base, rootfs } = clusterPaths(cluster);
const target = { cluster, imageDigest: digestOf('an image') };
const layers: Digest[] = [];
let host: Host;

type Entry = Partial<Header> & { name: string; content?: string };

async function layer(...entries: Entry[]): Promise<void> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry({ mtime: new Date(0), ...header }, content);
  tar.finalize();
  const bytes = gzipSync(await buffer(tar as unknown as NodeJS.ReadableStream));
  layers.push(digestOf(bytes));
  await writeFile(join(hostBlobs, hexOf(layers.at(-1) as Digest)), bytes);
}

beforeAll(async () => {
  host = await openHost({ address: '127.0.0.1', local: true, ssh: { user: 'root' } } as never, { sealerHome: '/tmp' });
  await mkdir(hostBlobs, { recursive: true });
  await layer(
    { name: './', type: 'directory', mode: 0o755 },
    { name: 'bin/', type: 'directory' },
    { name: 'bin/kubelet', content: 'program', mode: 0o755 },
    { name: 'bin/old', content: 'replaced later' },
    { name: 'bin/gone', content: 'taken away later' },
    { name: 'etc/', type: 'directory' },
    { name: 'etc/a b', content: 'a name with a blank' },
    { name: 'lib/', type: 'directory' },
    { name: 'lib/one', content: 'hidden by an opaque folder' },
    { name: 'was-folder/', type: 'directory' },
    { name: 'was-folder/file', content: 'goes with it' },
    { name: 'link', type: 'symlink', linkname: 'bin/kubelet' },
    { name: 'hard-a', content: 'one file under two names' },
    { name: 'hard-b', type: 'link', linkname: 'hard-a' },
  );
  await layer(
    { name: 'bin/old', content: 'newer' },
    { name: 'hard-a', content: 'alone now' },
    { name: 'bin/.wh.gone' },
    { name: 'lib/', type: 'directory' },
    { name: 'lib/.wh..wh..opq' },
    { name: 'lib/two', content: 'of the second' },
    { name: 'was-folder', content: 'now a file' },
  );
});

afterAll(async () => {
  await rm(base, { recursive: true, force: true });
  for (const digest of layers) await rm(join(hostBlobs, hexOf(digest)), { force: true });
});

beforeEach(async () => {
  await rm(base, { recursive: true, force: true });
  const arrivals = async function* () {
    yield* layers;
  };
  await unpackRootfs(host, target, layers.length, arrivals());
});

const found = async (depth: 'marks' | 'contents') =>
  (await rootfsDifferences(host, target, layers, depth)).map(({ what, path }) => `${what}: ${path}`);

/** Writes bytes into a file as it is; with its times put back, marks do not show it. */
async function alter(path: string, text: string, { quietly = false } = {}): Promise<void> {
  const { atime, mtime } = await lstat(join(rootfs, path));
  const file = await open(join(rootfs, path), 'r+');
  await file.write(text, 0);
  await file.close();
  if (quietly) await utimes(join(rootfs, path), atime, mtime);
}

test('an unpacked rootfs is what the image has, later layers over earlier ones', async () => {
  expect(await readdir(join(rootfs, 'lib'))).toEqual(['two']);
  expect(await found('marks')).toEqual([]);
  expect(await found('contents')).toEqual([]);
});

test.each<[string, () => Promise<unknown>, string[], string[]]>([
  ['bytes', () => alter('bin/kubelet', 'PRO'), ['altered: bin/kubelet'], ['altered: bin/kubelet']],
  ['bytes, with the time put back', () => alter('bin/kubelet', 'PRO', { quietly: true }), [], ['altered: bin/kubelet']],
  ['bytes of a later layer', () => alter('bin/old', 'N', { quietly: true }), [], ['altered: bin/old']],
  ['a name with a blank', () => alter('etc/a b', 'A', { quietly: true }), [], ['altered: etc/a b']],
  ['a mode', () => chmod(join(rootfs, 'bin/kubelet'), 0o700), ['altered: bin/kubelet'], ['altered: bin/kubelet']],
  ['a file that is gone', () => rm(join(rootfs, 'bin/old')), ['gone: bin/old'], ['gone: bin/old']],
  ['one more file', () => writeFile(join(rootfs, 'x'), ''), ['not of the image: x'], ['not of the image: x']],
  [
    'a link',
    () => rm(join(rootfs, 'link')).then(() => symlink('bin/old', join(rootfs, 'link'))),
    ['altered: link'],
    ['altered: link'],
  ],
  [
    'a file put in its place, of the same size and time',
    async () => {
      await writeFile(join(rootfs, 'new'), 'PROGRAM', { mode: 0o755 });
      await utimes(join(rootfs, 'new'), 0, 0);
      await rename(join(rootfs, 'new'), join(rootfs, 'bin/kubelet'));
    },
    ['altered: bin/kubelet'],
    ['altered: bin/kubelet'],
  ],
  ['everything', () => rm(base, { recursive: true }), ['absent: .'], ['absent: .']],
])('%s', async (_, change, byMarks, byContents) => {
  await change();
  expect(await found('marks')).toEqual(byMarks);
  expect(await found('contents')).toEqual(byContents);
});

test('a damaged blob is named, and removed where it is to be sent again', async () => {
  const path = join(hostBlobs, hexOf(layers[0] as Digest));
  const file = await open(path, 'r+');
  const { buffer: first } = await file.read(Buffer.alloc(1), 0, 1, 20);
  await file.write(Buffer.from([(first[0] as number) ^ 1]), 0, 1, 20);
  expect(await found('marks')).toEqual([]);
  expect(await found('contents')).toEqual([`blob damaged: ${layers[0]}`]);
  await dropDamagedBlobs(host, layers);
  expect(await found('contents')).toEqual([`blob gone: ${layers[0]}`]);
  await writeFile(path, '');
  await file.close();
});
