import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { repairStore } from '../registry/repair-store.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { checkStore } from './check-store.js';
import type { ImageStore } from './store.js';

let store: ImageStore;
let index: string;
let names: string[];
const damaged = expect.objectContaining({ code: 'STORE_INDEX_DAMAGED' });
const blobs = async () => (await readdir(join(store.directory, 'blobs/sha256'))).length;

beforeEach(async () => {
  const folder = await temporaryDirectory();
  store = await openStore(join(folder.path, 'store'));
  index = join(store.directory, 'index.json');
  for (const name of ['a:1', 'b:1']) await putTestClusterImage(store, { name });
  names = (await store.list()).map(({ name }) => name);
  return async () => await folder[Symbol.asyncDispose]();
});

const change = (from: string | RegExp, to: string) => async () =>
  await writeFile(index, (await readFile(index, 'utf8')).replace(from, to));
const faults: [string, () => Promise<unknown>][] = [
  ['missing', () => rm(index)],
  ['empty', () => truncate(index, 0)],
  ['cut off', () => truncate(index, 300)],
  ['full of zeros', () => writeFile(index, Buffer.alloc(500))],
  ['another document', () => writeFile(index, '{"schemaVersion":2}')],
  ['a list', () => writeFile(index, '[]')],
  ['a folder', async () => await rm(index).then(() => mkdir(index))],
  ['of another name', change('library/a:1', 'library/c:1')],
  ['of another digest', change(/sha256:./, 'sha256:g')],
  ['of another size', change(/"size":\d/, '"size":-')],
  ['without an entry', change(/\{"mediaType[^}]+\}[^}]*\},/, '')],
];

test.each(faults)('a list that is %s is no empty one: nothing is removed, and it is restored', async (_what, fault) => {
  await fault();
  const before = await blobs();
  for (const call of [
    () => store.list(),
    () => store.open('a:1'),
    () => store.remove('a:1'),
    () => store.collectGarbage(),
    () => store.attachments(),
    () => putTestClusterImage(store, { name: 'new:1', rootfs: Buffer.from('x') }),
  ])
    await expect(call()).rejects.toEqual(damaged);
  expect(await blobs()).toBeGreaterThanOrEqual(before);
  // Also for a process that comes later.
  await expect((await openStore(store.directory)).list()).rejects.toEqual(damaged);
  const found = await checkStore(store);
  expect(found.files).toEqual([expect.objectContaining({ path: index })]);
  expect(found.images).toBe(2);
  const { files } = await repairStore(store);
  expect(files[0]?.repaired).toMatch(/^restored from the copy of .*: 2 names$/);
  expect((await store.list()).map(({ name }) => name)).toEqual(names);
  expect(await checkStore(store)).toMatchObject({ files: [], images: 2 });
});

test('without the copy as well, images get names by their digests', async () => {
  const digests = (await store.list()).map(({ descriptor }) => descriptor);
  await rm(index);
  await writeFile(`${index}.last`, 'x');
  await expect(store.collectGarbage()).rejects.toEqual(damaged);
  expect((await repairStore(store)).files[0]?.repaired).toMatch(/made anew: 2 names/);
  const found = await store.list();
  expect(found.map(({ descriptor }) => descriptor)).toEqual(expect.arrayContaining(digests));
  expect(found.every(({ name }) => name.startsWith('localhost/recovered:'))).toBe(true);
});

test('of a damaged list without a copy, what is left is believed', async () => {
  await rm(`${index}.last`);
  await change('library/a:1', 'library/c:1')();
  await repairStore(store);
  expect((await store.list()).map(({ name }) => name)).toEqual(['docker.io/library/b:1', 'docker.io/library/c:1']);
});

test('names that other programs have added are taken over by a repair, when their images are whole', async () => {
  const { manifests, ...rest } = JSON.parse(await readFile(index, 'utf8'));
  const added = { ...manifests[0], annotations: { 'org.opencontainers.image.ref.name': 'registry.example/by:other' } };
  await writeFile(index, JSON.stringify({ ...rest, manifests: [...manifests, added] }));
  await expect(store.list()).rejects.toEqual(damaged);
  await repairStore(store);
  expect((await store.list()).map(({ name }) => name)).toEqual([...names, 'registry.example/by:other']);
});

test('a list of an earlier version, which says nothing of itself, is read', async () => {
  const { annotations: _said, ...older } = JSON.parse(await readFile(index, 'utf8'));
  await writeFile(index, JSON.stringify(older));
  expect((await store.list()).map(({ name }) => name)).toEqual(names);
});

test.each(['missing', 'damaged', 'older'])('a copy that is %s is written anew by a repair', async (what) => {
  const copy = `${index}.last`;
  const older = (await readFile(copy, 'utf8'))
    .replace('library/b:1', 'library/z:1')
    .replace(/,"annotations":\{"vnd.sealer.index[^}]+\}/, '');
  await (what === 'missing' ? rm(copy) : writeFile(copy, what === 'older' ? older : 'x'));
  expect((await checkStore(store)).files).toEqual([expect.objectContaining({ path: copy })]);
  await repairStore(store);
  expect(await readFile(copy, 'utf8')).toBe(await readFile(index, 'utf8'));
});

test('a new store has a list, and one that was lost does not come back as an empty one', async () => {
  const folder = join(store.directory, 'new');
  await openStore(folder);
  expect(JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')).manifests).toEqual([]);
  for (const file of ['index.json', 'index.json.last', 'oci-layout']) await rm(join(store.directory, file));
  await expect((await openStore(store.directory)).list()).rejects.toEqual(damaged);
});
