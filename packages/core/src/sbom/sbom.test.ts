import { randomBytes } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { digestOf } from '../image/digest.js';
import type { ImageStore } from '../store/store.js';
import { tarEnd, tarHeader, tarPadding } from '../tar/tar-header.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { findSbom, makeSbom } from './attach-sbom.js';
import type { Component } from './cyclonedx.js';
import { GoBuildInfoFinder } from './go-build-info.js';
import { parseDatabase } from './package-databases.js';
import { packageUrl } from './package-url.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: ImageStore;

beforeEach(async () => {
  folder = await temporaryDirectory();
  store = await openStore(join(folder.path, 'store'));
});
afterEach(async () => await folder[Symbol.asyncDispose]());

const modules = [
  'path\texample.org/tool/cmd/tool',
  'mod\texample.org/tool\tv1.2.3\th1:x=',
  'dep\texample.org/a\tv0.1.0\th1:y=',
  'dep\texample.org/b\tv0.2.0\th1:z=',
  '=>\texample.org/fork\tv0.3.0\th1:w=',
  'build\t-compiler=gc',
  '',
].join('\n');

/** As Go's linker writes it. */
function buildInfo(goVersion = 'go1.25.1', text = modules): Buffer {
  const sentinel = randomBytes(16);
  const body = Buffer.concat([sentinel, Buffer.from(text), sentinel]);
  const string = (bytes: Buffer) => Buffer.concat([uvarint(bytes.length), bytes]);
  const header = Buffer.alloc(32);
  header.write('\xff Go buildinf:', 'latin1');
  header[14] = 8;
  header[15] = 2;
  return Buffer.concat([header, string(Buffer.from(goVersion)), string(body)]);
}

function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>= 7) {
    if (left < 0x80) return Buffer.from([...bytes, left]);
    bytes.push((left & 0x7f) | 0x80);
  }
}

const elf = (info = buildInfo()) =>
  Buffer.concat([Buffer.from('\x7fELF', 'latin1'), randomBytes(5000), info, randomBytes(5000)]);

function layer(files: Record<string, string | Buffer>): Buffer {
  const pieces = Object.entries(files).flatMap(([name, content]) => {
    const bytes = Buffer.from(content);
    return [tarHeader(name, bytes.length), bytes, tarPadding(bytes.length)];
  });
  return Buffer.concat([...pieces, tarEnd]);
}

async function componentsOf(layers: readonly Buffer[], runtimeVersion = 'v1.34.0'): Promise<Component[]> {
  const rootfs = [];
  for (const tar of layers)
    rootfs.push({ ...(await store.addBlob(gzipSync(tar))), diffId: digestOf(tar), createdBy: 'COPY . .' });
  const image = await putTestClusterImage(store, {
    name: 'shop:1.0',
    config: { rootfs, runtime: { type: 'kubernetes', version: runtimeVersion } },
  });
  return (await makeSbom(store, image)).components;
}

test.each([1, 7, 64, 4096, 100_000])('build info is found in pieces of %i bytes, behind a decoy', (size) => {
  // Programs that read build info hold the magic as a text.
  const decoy = Buffer.concat([Buffer.from('\xff Go buildinf:', 'latin1'), randomBytes(3), Buffer.alloc(40)]);
  const file = Buffer.concat([randomBytes(3000), decoy, randomBytes(2000), buildInfo(), randomBytes(3000)]);
  const finder = new GoBuildInfoFinder();
  for (let at = 0; at < file.length; at += size) finder.push(file.subarray(at, at + size));
  expect(finder.found).toEqual({
    goVersion: 'go1.25.1',
    packagePath: 'example.org/tool/cmd/tool',
    main: { path: 'example.org/tool', version: 'v1.2.3' },
    dependencies: [
      { path: 'example.org/a', version: 'v0.1.0' },
      { path: 'example.org/fork', version: 'v0.3.0' },
    ],
  });
});

test('programs, packages and charts are components; the label tells the version of Kubernetes', async () => {
  const kubernetes = buildInfo('go1.25.1', 'path\tk8s.io/kubernetes/cmd/kubelet\nmod\tk8s.io/kubernetes\t(devel)\t\n');
  const components = await componentsOf(
    [
      layer({
        'bin/tool': elf(),
        'bin/kubelet': elf(kubernetes),
        'bin/script': '#!/bin/sh\n',
        'var/lib/dpkg/status':
          'Package: tar\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.34+dfsg-1\n',
        'charts/web/Chart.yaml': 'name: web\nversion: 0.1.0\nappVersion: 1.27\n',
        'charts/db.tgz': gzipSync(
          layer({ 'db/Chart.yaml': 'name: db\nversion: 2.0.0\n', 'db/charts/sub/Chart.yaml': 'name: sub\n' }),
        ),
        'charts/broken.tgz': 'no archive',
        'charts/odd/Chart.yaml': 'a: [',
      }),
    ],
    'v1.34.4',
  );
  const rows = components.map(({ type, name, version, purl }) => [type, name, version, purl]);
  expect(rows).toEqual([
    ['application', 'db', '2.0.0', undefined],
    ['application', 'sub', undefined, undefined],
    ['application', 'web', '0.1.0', undefined],
    ['application', 'kubelet', 'v1.34.4', 'pkg:golang/k8s.io/kubernetes@v1.34.4'],
    ['application', 'tool', 'v1.2.3', 'pkg:golang/example.org/tool@v1.2.3'],
    ['library', 'tar', '1.34+dfsg-1', 'pkg:deb/debian/tar@1.34%2Bdfsg-1?arch=amd64'],
  ]);
  expect(components[4]?.components?.map(({ purl }) => purl)).toEqual([
    'pkg:golang/stdlib@1.25.1',
    'pkg:golang/example.org/a@v0.1.0',
    'pkg:golang/example.org/fork@v0.3.0',
  ]);
});

test('a later layer replaces, removes, and empties', async () => {
  const names = async (upper: Record<string, string>) => {
    const lower = layer({ 'bin/a': elf(), 'bin/b': elf(), 'opt/c': elf() });
    return (await componentsOf([lower, layer(upper)])).map(({ name }) => name);
  };
  expect(await names({ 'bin/.wh.a': '' })).toEqual(['b', 'c']);
  expect(await names({ '.wh.bin': '' })).toEqual(['c']);
  expect(await names({ 'bin/.wh..wh..opq': '' })).toEqual(['c']);
  expect(await names({ 'bin/b': '#!/bin/sh\n' })).toEqual(['a', 'c']);
});

test('a damaged layer is named', async () => {
  await componentsOf([layer({ 'bin/a': elf() })]);
  const image = await store.open('shop:1.0', { os: 'linux', architecture: 'amd64' });
  const [rootfs] = image.config.rootfs;
  await truncate(store.blobPath(rootfs?.digest as never), 3000);
  await expect(makeSbom(store, image)).rejects.toMatchObject({ code: 'BLOB_DAMAGED' });
});

test('databases: what was removed is not installed', () => {
  const status =
    'Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: here\nVersion: 2\nDescription: x\n more: y\n';
  expect(parseDatabase('deb', status)).toEqual([{ manager: 'deb', name: 'here', version: '2' }]);
  expect(parseDatabase('apk', 'C:Q1=\nP:musl\nV:1.2.5-r0\nA:x86_64\n\n')).toEqual([
    { manager: 'apk', name: 'musl', version: '1.2.5-r0', architecture: 'x86_64' },
  ]);
});

test('package URLs', () => {
  expect(packageUrl('golang', 'github.com/A/B', 'v1.0.0+incompatible')).toBe(
    'pkg:golang/github.com/a/b@v1.0.0%2Bincompatible',
  );
  expect(packageUrl('oci', 'shop', 'sha256:ab', { tag: '1', repository_url: 'r.example:5000/shop' })).toBe(
    'pkg:oci/shop@sha256:ab?repository_url=r.example:5000%2Fshop&tag=1',
  );
});

test('made twice it is the same; without an attached one it is made', async () => {
  await componentsOf([layer({ 'bin/a': elf() })]);
  const image = await store.open('shop:1.0', { os: 'linux', architecture: 'amd64' });
  const found = await findSbom(store, image);
  expect(found.attached).toBe(false);
  expect(await makeSbom(store, image)).toEqual(found.sbom);
});
