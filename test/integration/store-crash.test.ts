import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import { digestOf } from '../../packages/core/src/image/digest.js';
import { imageBlobs } from '../../packages/core/src/store/image-blobs.js';
import { readIndexCopy } from '../../packages/core/src/store/index-file.js';
import { putTestClusterImage } from '../../packages/core/src/testing/cluster-image.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
let program: string;

/** A writer in a process of its own, by what `npm run build` has made. */
beforeAll(async () => {
  const folder = await temporaryDirectory();
  const built = (path: string) => JSON.stringify(join(repository, 'packages/core/dist', path));
  await writeFile(join(folder.path, 'package.json'), '{"type":"module"}');
  program = join(folder.path, 'writer.js');
  await writeFile(
    program,
    `import { randomBytes } from 'node:crypto';
     import { Readable } from 'node:stream';
     import { openStore } from ${built('go-sealer/open-store.js')};
     import { putTestClusterImage } from ${built('testing/cluster-image.js')};
     const [directory, name, rounds] = process.argv.slice(2);
     for (let round = 0; round < Number(rounds); round++) {
       const store = await openStore(directory);
       await store.addBlob(Readable.from([randomBytes(700_000), randomBytes(700_000)]));
       await putTestClusterImage(store, { name: name + ':' + round, rootfs: randomBytes(200_000) });
       if (round % 3 === 2) await store.remove(name + ':' + (round - 1));
       process.stdout.write(round + '\\n');
     }`,
  );
  return async () => await folder[Symbol.asyncDispose]();
});

function writer(directory: string, name: string, rounds: number) {
  const options = { stdin: 'ignore', lines: { stdout: true }, reject: false } as const;
  const child = execa(process.execPath, [program, directory, name, String(rounds)], options);
  const ended = child.then(({ exitCode, signal, stdout, stderr }) => ({
    status: exitCode,
    signal,
    done: stdout.length,
    errors: stderr,
  }));
  return { child, ended };
}

/** Every blob has the bytes its name says, and every named image is whole. */
async function expectSound(directory: string): Promise<void> {
  for (const name of await readdir(join(directory, 'blobs/sha256'))) {
    expect(digestOf(await readFile(join(directory, 'blobs/sha256', name)))).toBe(`sha256:${name}`);
  }
  const store = await openStore(directory);
  // The copy of the list is never older than the list, and names nothing that is not whole.
  const copy = await readIndexCopy(directory);
  expect(copy).toBeDefined();
  for (const image of copy?.names ?? [])
    for (const { digest } of (await imageBlobs(store, image)).values())
      expect(await store.blobSize(digest), image.name).toBeDefined();
  for (const { name } of await store.list()) {
    const { manifest } = await store.open(name);
    for (const { digest, size } of [manifest.config, ...manifest.layers])
      expect(await store.blobSize(digest), name).toBe(size);
  }
}

test('writers killed at any moment leave a sound store, and hinder nobody afterwards', async () => {
  await using folder = await temporaryDirectory();
  const directory = join(folder.path, 'store');
  // How long a writer needs to begin depends on what else the machine does.
  const before = performance.now();
  await writer(directory, 'first', 1).ended;
  const beginning = performance.now() - before;
  for (let attempt = 0; attempt < 12; attempt++) {
    const writers = ['a', 'b'].map((name) => writer(directory, `${name}${attempt}`, 1000));
    await new Promise((resolve) => setTimeout(resolve, beginning * 0.8 + attempt * 80));
    for (const { child } of writers) child.kill('SIGKILL');
    for (const { ended } of writers) expect(await ended).toMatchObject({ signal: 'SIGKILL', errors: '' });
    await expectSound(directory);
  }
  const store = await openStore(directory);
  const names = (await store.list()).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(5);
  await putTestClusterImage(store, { name: 'after' });
  for (const name of [...names, 'after']) await store.remove(name);
  expect(await readdir(join(directory, 'blobs/sha256'))).toEqual([]);
  expect(await readdir(join(directory, 'tmp'))).toEqual([]);
}, 60_000);

test('writers and collections of several processes at once lose nothing', async () => {
  await using folder = await temporaryDirectory();
  const directory = join(folder.path, 'store');
  const writers = ['a', 'b', 'c', 'd'].map((name) => writer(directory, name, 9));
  for (const { ended } of writers) expect(await ended).toEqual({ status: 0, signal: undefined, done: 9, errors: '' });
  const store = await openStore(directory);
  // Of nine, each removes three.
  expect((await store.list()).length).toBe(4 * 6);
  await expectSound(directory);
}, 60_000);
