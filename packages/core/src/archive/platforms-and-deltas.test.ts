/** Images for several platforms, merging, differences, archives in parts, deltas, pruning. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prune } from '../build/prune.js';
import { openStore } from '../go-sealer/open-store.js';
import { diffImages } from '../inspect/diff-images.js';
import { mergeImages } from '../store/merge-images.js';
import type { ImageStore } from '../store/store.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { loadImages } from './load-archive.js';
import { saveImages } from './save-archive.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: ImageStore;
const code = (value: string) => expect.objectContaining({ code: value });
const arm64 = { os: 'linux', architecture: 'arm64' };
const amd64 = { os: 'linux', architecture: 'amd64' };

beforeEach(async () => {
  folder = await temporaryDirectory();
  store = await openStore(join(folder.path, 'store'));
});
afterEach(() => folder[Symbol.asyncDispose]());
const other = async (name: string) => await openStore(join(folder.path, name));

test('images of two platforms come under one index, in whatever order they are given', async () => {
  await putTestClusterImage(store, { name: 'a:amd64' });
  await putTestClusterImage(store, { name: 'a:arm64', config: { architecture: 'arm64' } });
  const one = await mergeImages(store, ['a:amd64', 'a:arm64'], 'a:1');
  const two = await mergeImages(store, ['a:arm64', 'a:amd64'], 'a:2');
  expect(one.descriptor.digest).toBe(two.descriptor.digest);
  expect(one.platforms).toEqual(['linux/amd64', 'linux/arm64']);
  expect((await store.open('a:1', arm64)).config.architecture).toBe('arm64');
  expect((await store.open('a:1', amd64)).config.architecture).toBe('amd64');
  await expect(store.open('a:1', { os: 'linux', architecture: 's390x' })).rejects.toEqual(
    code('IMAGE_PLATFORM_MISSING'),
  );
  // One platform of an index, merged again, is a plain image.
  await saveImages(store, ['a:1'], join(folder.path, 'both.tar'));
  const target = await other('target');
  await loadImages(target, join(folder.path, 'both.tar'));
  expect((await target.open('a:1', arm64)).digest).toBe((await store.open('a:1', arm64)).digest);
});

test('images of one platform are laid over each other; contradictions are named', async () => {
  const base = await putTestClusterImage(store, { name: 'base:1', config: { env: { A: '1', B: '1' } } });
  const app = { name: 'x', files: ['x.yaml'], commands: [], env: {} };
  await putTestClusterImage(store, {
    name: 'app:1',
    config: {
      type: 'app-installer',
      runtime: base.config.runtime!,
      env: { B: '2' },
      apps: [app],
      launch: { apps: ['x'], commands: [] },
    },
  });
  await mergeImages(store, ['base:1', 'app:1'], 'all:1');
  const { config, manifest } = await store.open('all:1');
  expect(config).toMatchObject({ type: 'kube-installer', env: { A: '1', B: '2' }, launch: { apps: ['x'] } });
  expect(config.rootfs).toHaveLength(2);
  expect(manifest.layers).toHaveLength(2);
  await putTestClusterImage(store, {
    name: 'app:2',
    config: { runtime: base.config.runtime!, apps: [{ ...app, files: ['y.yaml'] }] },
  });
  await expect(mergeImages(store, ['all:1', 'app:2'], 'bad:1')).rejects.toEqual(code('IMAGE_MERGE_CONFLICT'));
  expect((await store.list()).map(({ name }) => name)).not.toContain('docker.io/library/bad:1');
});

test('a difference says what changed and how much is new', async () => {
  await putTestClusterImage(store, {
    name: 'a:1',
    config: { env: { A: '1', GONE: 'x' } },
    rootfs: Buffer.from('same'),
  });
  await putTestClusterImage(store, { name: 'a:2', config: { env: { A: '2', NEW: 'y' } }, rootfs: Buffer.from('same') });
  const diff = await diffImages(store, 'a:1', 'a:2');
  expect(diff.changes).toEqual([
    { what: 'env', name: 'A', before: '1', after: '2' },
    { what: 'env', name: 'GONE', before: 'x' },
    { what: 'env', name: 'NEW', after: 'y' },
  ]);
  // Only the config is new.
  expect(diff.newBytes).toBeLessThan(diff.bytes);
  expect((await diffImages(store, 'a:1', 'a:1')).changes).toEqual([]);
});

test.each(['none', 'gzip', 'zstd'] as const)('an archive (%s) in parts is one again', async (compress) => {
  await putTestClusterImage(store, { name: 'a:1', rootfs: randomBytes(300_000) });
  const path = join(folder.path, 'a.tar');
  const { files } = await saveImages(store, ['a:1'], path, { compress, splitBytes: 100_000 });
  expect(files.length).toBeGreaterThan(3);
  expect(files[0]).toBe(`${path}.part001`);
  for (const given of [path, files[1] as string]) {
    const target = await other(`target-${given.length}`);
    await loadImages(target, given);
    expect((await target.open('a:1')).digest).toBe((await store.open('a:1')).digest);
  }
  // Fewer parts the next time: none of the old ones is left to be read.
  await saveImages(store, ['a:1'], path, { compress, splitBytes: 200_000 });
  await loadImages(await other('again'), path);
  const names = (await readdir(folder.path)).filter((name) => name.startsWith('a.tar'));
  await rm(join(folder.path, names[0] as string));
  const broken = await other('broken');
  await expect(loadImages(broken, path)).rejects.toEqual(code('ARCHIVE_INVALID'));
  await expect(loadImages(broken, path)).rejects.toThrow(/part001 is missing/);
});

test.each(['gzip', 'zstd'] as const)('a cut %s archive is refused, and nothing gets a name', async (compress) => {
  await putTestClusterImage(store, { name: 'a:1', rootfs: randomBytes(300_000) });
  const path = join(folder.path, 'a.tar');
  await saveImages(store, ['a:1'], path, { compress });
  const whole = await readFile(path);
  await writeFile(path, whole.subarray(0, whole.length - 20_000));
  const target = await other('target');
  await expect(loadImages(target, path)).rejects.toThrow();
  expect(await target.list()).toEqual([]);
});

test('a delta carries what the base lacks, and is refused without it', async () => {
  const common = randomBytes(400_000);
  await putTestClusterImage(store, { name: 'a:1', rootfs: common });
  const newer = await putTestClusterImage(store, { name: 'a:2', rootfs: common, config: { env: { NEW: '1' } } });
  const path = join(folder.path, 'delta.tar');
  const saved = await saveImages(store, ['a:2'], path, { base: 'a:1' });
  expect(saved.bytes).toBeLessThan(10_000);
  expect(saved.baseBytes).toBeGreaterThan(390_000);
  const target = await other('target');
  const failure = await loadImages(target, path).catch((cause) => cause);
  expect(failure).toEqual(code('DELTA_BASE_MISSING'));
  expect(failure.message).toContain('docker.io/library/a:1');
  expect(await target.list()).toEqual([]);
  await saveImages(store, ['a:1'], join(folder.path, 'base.tar'));
  await loadImages(target, join(folder.path, 'base.tar'));
  await loadImages(target, path);
  expect((await target.open('a:2')).digest).toBe(newer.digest);
});

test('prune says what it would remove, then removes it, and nothing that is named', async () => {
  await putTestClusterImage(store, { name: 'a:1' });
  const { digest } = await store.addBlob(randomBytes(1000));
  const stateDirectory = join(folder.path, 'build');
  // A note that a power failure left empty.
  await mkdir(join(stateDirectory, 'layers'), { recursive: true });
  await writeFile(join(stateDirectory, 'layers', 'half'), '');
  // A lease of this very process would keep the blob: it ends with the next name.
  await putTestClusterImage(store, { name: 'b:1' });
  const would = await prune(store, { stateDirectory, dryRun: true });
  expect(would).toEqual([
    { what: 'blob', name: digest, bytes: 1000 },
    { what: 'cache note', name: 'half', bytes: 0 },
  ]);
  expect(await store.blobSize(digest)).toBe(1000);
  expect(await prune(store, { stateDirectory })).toEqual(would);
  expect(await store.blobSize(digest)).toBeUndefined();
  await store.open('a:1');
  expect(await prune(store, { stateDirectory })).toEqual([]);
});
