/** Layers on a host, with the real tar: what must not be unpacked is refused, and nothing of it stays (root). */
import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { clusterPaths, hostBlobs } from '../../packages/core/src/cluster/paths.js';
import { unpackRootfs } from '../../packages/core/src/distribute/unpack-rootfs.js';
import type { Host } from '../../packages/core/src/host/host.js';
import { openHost } from '../../packages/core/src/host/open-host.js';
import type { Digest } from '../../packages/core/src/image/descriptor.js';
import { digestOf, hexOf } from '../../packages/core/src/image/digest.js';

const cluster = `unpack-test-${process.pid}`;
const { base } = clusterPaths(cluster);
const outside = `/tmp/sealer-outside-${process.pid}`;
const imageDigest = digestOf('an image');
const written: string[] = [];
let host: Host;

type Entry = Partial<Header> & { name: string; content?: string };

beforeAll(async () => {
  host = await openHost({ address: '127.0.0.1', local: true } as never, { sealerHome: outside });
  await mkdir(hostBlobs, { recursive: true });
});
beforeEach(async () => {
  await rm(base, { recursive: true, force: true });
  await rm(outside, { recursive: true, force: true });
  await mkdir(outside);
  await writeFile(join(outside, 'precious'), 'as it was');
});
afterAll(async () => {
  for (const path of [base, outside, ...written]) await rm(path, { recursive: true, force: true });
});

async function layer(entries: readonly Entry[]): Promise<Digest> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  const bytes = gzipSync(await buffer(tar as unknown as NodeJS.ReadableStream));
  const digest = digestOf(bytes);
  const path = join(hostBlobs, hexOf(digest));
  await writeFile(path, bytes);
  written.push(path);
  return digest;
}

async function unpack(...layers: Entry[][]): Promise<void> {
  const digests: Digest[] = [];
  for (const entries of layers) digests.push(await layer(entries));
  await unpackRootfs(
    host,
    { cluster, imageDigest },
    digests.length,
    (async function* () {
      yield* digests;
    })(),
  );
}

const file = (name: string, content = 'x'): Entry => ({ name, content });
const link = (name: string, linkname: string, type: 'symlink' | 'link' = 'symlink'): Entry => ({
  name,
  linkname,
  type,
});

const evil: [string, Entry[][]][] = [
  ['names with ..', [[file('a/../../../../../../../../tmp/evil')]]],
  ['absolute names', [[file(`${outside}/evil`)]]],
  ['a block device', [[{ name: 'disk', type: 'block-device', devmajor: 8, devminor: 0 }]]],
  ['a character device', [[{ name: 'mem', type: 'character-device', devmajor: 1, devminor: 1 }]]],
  ['a pipe', [[{ name: 'pipe', type: 'fifo' }]]],
  ['an absolute link of an earlier layer, written through', [[link('out', outside)], [file('out/precious')]]],
  ['a relative one', [[link('out', `../../../../../../../../..${outside}`)], [file('out/precious')]]],
  [
    'two links that lead out together',
    [[link('a', '..'), link('b', 'a/../../../../../../..')], [file(`b${outside}/precious`)]],
  ],
  ['a hard link through a link', [[link('out', outside)], [link('mine', 'out/precious', 'link')]]],
];
test.each(evil)('%s: refused, and nothing is changed', async (_name, layers) => {
  await expect(unpack(...layers)).rejects.toEqual(expect.objectContaining({ code: 'HOST_LAYER_UNSAFE' }));
  expect(await readdir(outside)).toEqual(['precious']);
  expect(await readFile(join(outside, 'precious'), 'utf8')).toBe('as it was');
  expect(await readdir(join(base, 'versions'))).toEqual([]);
  await expect(lstat(join(base, 'rootfs'))).rejects.toThrow(/ENOENT/);
});

test('links that stay inside, and links that nothing is written through, are as they were', async () => {
  await unpack(
    [{ name: 'usr/lib/', type: 'directory' }, link('lib', 'usr/lib'), link('etc/localtime', '/usr/share/zoneinfo/UTC')],
    [file('lib/new')],
    [file('etc/localtime', 'now a file'), file('etc/.wh.gone')],
  );
  const rootfs = join(base, 'rootfs');
  expect(await readFile(join(rootfs, 'usr/lib/new'), 'utf8')).toBe('x');
  expect(await readFile(join(rootfs, 'etc/localtime'), 'utf8')).toBe('now a file');
});
