import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { beforeEach, expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { writeOutput } from '../store/output-file.js';
import type { ImageStore } from '../store/store.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { loadImages } from './load-archive.js';
import { saveImages } from './save-archive.js';

let store: ImageStore;
let out: string;
const machine = hostname().replace(/[^\w-]/g, '_');
const dead = `4194300.1.${machine}`;

beforeEach(async () => {
  const folder = await temporaryDirectory();
  store = await openStore(join(folder.path, 'store'));
  out = await mkdtemp(join(folder.path, 'out-'));
  await putTestClusterImage(store, { name: 'a:1', rootfs: randomBytes(50_000) });
  return async () => await folder[Symbol.asyncDispose]();
});

const owners: [string, string, boolean][] = [
  ['of a process that was killed', dead, false],
  ['of another machine', '1.1.elsewhere', true],
  ['of a process at work', `${process.pid}.0.${machine}`, true],
];
test.each(owners)('an unfinished file %s, when the next one is written there', async (_title, owner, stays) => {
  const name = `.sealer-output~${owner}~aa`;
  await writeFile(join(out, name), 'half');
  await saveImages(store, ['a:1'], join(out, 'a.tar'));
  expect((await readdir(out)).sort()).toEqual(stays ? [name, 'a.tar'].sort() : ['a.tar']);
  await writeOutput(join(out, 'b.json'), '{}');
  expect(await readdir(out)).toHaveLength(stays ? 3 : 2);
});

test('what a killed save has left goes with a prune as well, wherever it lies', async () => {
  await writeFile(join(out, `.sealer-output~${dead}~aa`), 'half');
  await writeFile(join(store.directory, 'tmp', `output~${dead}~bb`), out);
  await store.collectGarbage();
  expect(await readdir(out)).toEqual([]);
  expect(await readdir(join(store.directory, 'tmp'))).toEqual([]);
});

test('while an archive is written a note of it lies in the store, and none afterwards', async () => {
  const notes = async () => (await readdir(join(store.directory, 'tmp'))).filter((name) => name.startsWith('output~'));
  let during: string[] = [];
  await saveImages(store, ['a:1'], join(out, 'a.tar'), {
    emit: (event) => {
      if (event.type === 'progress') notes().then((found) => (during = during.length > 0 ? during : found));
    },
  });
  expect(during).toHaveLength(1);
  expect(await notes()).toEqual([]);
});

test('more parts than 999 are read in their order', async () => {
  const path = join(out, 'a.tar');
  await saveImages(store, ['a:1'], path);
  const bytes = await readFile(path);
  const size = Math.floor(bytes.length / 1001);
  for (let at = 0; at * size < bytes.length; at++)
    await writeFile(`${path}.part${String(at + 1).padStart(3, '0')}`, bytes.subarray(at * size, (at + 1) * size));
  await rm(path);
  expect(await readdir(out)).toContain('a.tar.part1000');
  const target = await openStore(join(out, 'store'));
  expect(await loadImages(target, path)).toHaveLength(1);
});

test('what went into a stream is not said to be gone', async () => {
  const full = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
  });
  const stream = await saveImages(store, ['a:1'], full).catch((cause) => cause);
  expect(stream).toMatchObject({ code: 'ARCHIVE_NOT_WRITTEN', hint: expect.stringContaining('throw it away') });
  const device = await saveImages(store, ['a:1'], '/dev/full').catch((cause) => cause);
  expect(device).toMatchObject({ code: 'ARCHIVE_NOT_WRITTEN', hint: expect.stringContaining('throw it away') });
  const nowhere = await saveImages(store, ['a:1'], join(out, 'no/such/a.tar')).catch((cause) => cause);
  expect(nowhere).toMatchObject({ code: 'ARCHIVE_NOT_WRITTEN', hint: expect.stringContaining('nothing is left') });
});

test('an output is written as a whole: its mode stays, a link is followed, a file that must not be there is left', async () => {
  const path = join(out, 'a.json');
  await writeFile(path, 'older', { mode: 0o640 });
  await symlink('a.json', join(out, 'link'));
  await writeOutput(join(out, 'link'), 'newer');
  expect(await readFile(path, 'utf8')).toBe('newer');
  expect((await stat(path)).mode & 0o777).toBe(0o640);
  await writeOutput(path, 'secret', { mode: 0o600 });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await expect(writeOutput(path, 'key', { exclusive: true })).rejects.toMatchObject({ code: 'FILE_UNUSABLE' });
  expect(await readFile(path, 'utf8')).toBe('secret');
  await mkdir(join(out, 'folder'));
  await expect(writeOutput(join(out, 'folder'), 'x')).rejects.toMatchObject({ code: 'FILE_UNUSABLE' });
  await writeOutput('/dev/null', 'x');
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
});
