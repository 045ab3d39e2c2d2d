import { randomBytes } from 'node:crypto';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { digestOf, hexOf } from '../image/digest.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const code = (value: string) => expect.objectContaining({ code: value });

test('a blob is stored under the digest of its bytes, streamed or not', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(folder.path);
  const bytes = randomBytes(3_000_000);
  const added = await store.addBlob(Readable.from([bytes.subarray(0, 5), bytes.subarray(5)]));
  expect(added).toEqual({ digest: digestOf(bytes), size: bytes.length });
  expect(digestOf(await readFile(store.blobPath(added.digest)))).toBe(added.digest);
  expect(await store.blobSize(added.digest)).toBe(bytes.length);
});

test.each([
  ['other bytes', Buffer.from('evil!'), 'BLOB_DIGEST_MISMATCH'],
  ['too few bytes', Buffer.from('goo'), 'BLOB_SIZE_MISMATCH'],
  ['too many bytes', Buffer.from('good.and.more'), 'BLOB_SIZE_MISMATCH'],
])('%s are refused and leave nothing behind', async (_title, bytes, expected) => {
  await using folder = await temporaryDirectory();
  const store = await openStore(folder.path);
  const digest = digestOf('good.');
  await expect(store.putBlob({ digest, size: 5 }, Readable.from([bytes]))).rejects.toEqual(code(expected));
  expect(await store.hasBlob(digest)).toBe(false);
  expect((await readdir(join(folder.path, 'tmp'))).filter((name) => !name.startsWith('lease~'))).toEqual([]);
});

test('a cut stream and an abort leave nothing behind', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(folder.path);
  const digest = digestOf('good.');
  const cut = Readable.from(
    (async function* () {
      yield Buffer.from('go');
      throw new Error('connection reset');
    })(),
  );
  await expect(store.putBlob({ digest }, cut)).rejects.toThrow('connection reset');
  const abort = new AbortController();
  const endless = Readable.from(
    (async function* () {
      for (;;) {
        yield randomBytes(10);
        abort.abort(new Error('enough'));
        await new Promise((next) => setImmediate(next));
      }
    })(),
  );
  await expect(store.putBlob({ digest }, endless, { signal: abort.signal })).rejects.toThrow('enough');
  expect((await readdir(join(folder.path, 'tmp'))).filter((name) => !name.startsWith('lease~'))).toEqual([]);
});

test('names are full, replace each other, and are found by name, digest and prefix', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(folder.path);
  const first = await putTestClusterImage(store, { name: 'shop:1.0' });
  const second = await putTestClusterImage(store, { name: 'shop:1.0' });
  expect(await store.list()).toEqual([{ name: 'docker.io/library/shop:1.0', descriptor: second.descriptor }]);
  for (const reference of ['shop:1.0', second.digest, hexOf(second.digest).slice(0, 12), `shop@${second.digest}`]) {
    expect((await store.find(reference))?.descriptor.digest, reference).toBe(second.digest);
  }
  expect(await store.find(first.digest)).toBeUndefined();
  expect((await store.open('shop:1.0')).config).toEqual(second.config);
  await expect(store.open('shap/shop:2')).rejects.toEqual(code('IMAGE_NOT_FOUND'));
});

test('a name is refused while a blob of the image is missing', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(folder.path);
  const image = await putTestClusterImage(store);
  const other = await openStore(join(folder.path, 'other'));
  await other.putBlob(image.descriptor, await store.readSmallBlob(image.digest));
  await expect(other.setName('a', image.descriptor)).rejects.toEqual(code('BLOB_MISSING'));
  expect(await other.list()).toEqual([]);
});

test('remove deletes what nobody refers to, and keeps what another image shares', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(folder.path);
  const rootfs = randomBytes(5000);
  const kept = await putTestClusterImage(store, { name: 'kept', rootfs });
  await putTestClusterImage(store, { name: 'gone', rootfs, config: { labels: { other: 'yes' } } });
  await store.setName('gone:alias', (await store.find('gone'))!.descriptor);
  expect(await store.remove('gone')).toEqual({
    untagged: ['docker.io/library/gone:latest'],
    deletedBlobs: 0,
    freedBytes: 0,
  });
  const removed = await store.remove('gone:alias');
  expect(removed.deletedBlobs).toBe(2);
  for (const { digest } of [kept.manifest.config, ...kept.manifest.layers])
    expect(await store.hasBlob(digest)).toBe(true);
  await expect(store.remove('gone')).rejects.toEqual(code('IMAGE_NOT_FOUND'));
});

test('remove by digest takes all names of the image', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(folder.path);
  const image = await putTestClusterImage(store, { name: 'a' });
  await store.setName('b', image.descriptor);
  const { untagged, deletedBlobs } = await store.remove(image.digest);
  expect(untagged).toEqual(['docker.io/library/a:latest', 'docker.io/library/b:latest']);
  expect(deletedBlobs).toBe(3);
});

test('a collection keeps what an unfinished build has added or found', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(folder.path);
  const build = await openStore(folder.path);
  await putTestClusterImage(store, { name: 'gone' });
  const [old, reused] = await Promise.all([
    store.addBlob(Buffer.from('old garbage')),
    store.addBlob(Buffer.from('reused')),
  ]);
  const long = new Date(Date.now() - 3_600_000);
  await Promise.all([old, reused].map(({ digest }) => utimes(store.blobPath(digest), long, long)));
  const added = await build.addBlob(Buffer.from('added by the build'));
  expect(await build.hasBlob(reused.digest)).toBe(true);
  await store.remove('gone');
  expect(await store.blobSize(old.digest)).toBeUndefined();
  expect(await store.blobSize(reused.digest)).toBe(6);
  expect(await store.blobSize(added.digest)).toBe(18);
});

test('what a dead process left is cleared: lock, lease, temporary file', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(folder.path);
  await putTestClusterImage(store, { name: 'gone' });
  const { hostname } = await import('node:os');
  const dead = `4194300.1.${hostname().replace(/[^\w-]/g, '_')}`;
  await writeFile(join(folder.path, 'index.lock'), dead);
  await writeFile(join(folder.path, 'tmp', `lease~${dead}~aa`), '');
  await writeFile(join(folder.path, 'tmp', `blob~${dead}~bb`), 'half');
  await store.remove('gone');
  expect(await readdir(join(folder.path, 'tmp'))).toEqual([]);
  expect(await readdir(folder.path)).not.toContain('index.lock');
});

test('many writers at once lose no name', async () => {
  await using folder = await temporaryDirectory();
  const names = Array.from({ length: 12 }, (_, at) => `image-${at}`);
  await Promise.all(names.map(async (name) => putTestClusterImage(await openStore(folder.path), { name })));
  const store = await openStore(folder.path);
  expect((await store.list()).length).toBe(names.length);
});
