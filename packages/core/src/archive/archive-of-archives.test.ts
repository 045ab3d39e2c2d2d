import { createHash } from 'node:crypto';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { beforeEach, expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { listImages } from '../inspect/list-images.js';
import type { ImageStore } from '../store/store.js';
import { putGoSealerImage } from '../testing/go-sealer-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { loadImages } from './load-archive.js';
import { saveImages } from './save-archive.js';

let path: string;
let store: ImageStore;
/** By name in the archive. */
let inner: Record<string, Buffer>;
let digests: string[];

beforeEach(async () => {
  const folder = await temporaryDirectory();
  path = folder.path;
  const maker = await openStore(join(path, 'maker'));
  store = await openStore(join(path, 'store'));
  inner = {};
  digests = [];
  for (const architecture of ['arm64', 'amd64']) {
    const image = await putGoSealerImage(maker, { layers: [{ [`bin/${architecture}`]: 'x' }], architecture });
    await maker.setName(`one:${architecture}`, image);
    const file = join(path, architecture);
    await saveImages(maker, [`one:${architecture}`], file);
    inner[`${createHash('sha256').update(architecture).digest('hex')}.tar`] = await readFile(file);
    digests.push(image.digest);
  }
  return () => folder[Symbol.asyncDispose]();
});

async function archive(files: Record<string, string | Buffer>): Promise<string> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content);
  tar.finalize();
  const file = join(path, 'both.tar');
  await writeFile(file, await buffer(tar as unknown as NodeJS.ReadableStream));
  return file;
}

test('the platforms of an image are one again, each with its own digest', async () => {
  await loadImages(store, await archive({ ...inner, Metadata: 'localhost/both:1' }));
  expect(await listImages(store)).toMatchObject([
    { name: 'localhost/both:1', platforms: ['linux/amd64', 'linux/arm64'], type: 'kube-installer' },
  ]);
  const arm = await store.open('localhost/both:1', { os: 'linux', architecture: 'arm64' });
  expect(arm).toMatchObject({ digest: digests[0], files: ['bin/arm64'] });
});

test('without a name, or cut off, it is refused, and no name is given', async () => {
  await expect(loadImages(store, await archive(inner))).rejects.toMatchObject({
    code: 'ARCHIVE_INVALID',
    message: expect.stringContaining('no file Metadata'),
  });
  const [[name, bytes] = ['', Buffer.alloc(0)]] = Object.entries(inner);
  const broken = await archive({ [name]: bytes.subarray(0, bytes.length - 2000), Metadata: 'both:1' });
  await expect(loadImages(store, broken)).rejects.toThrow(`${name} in ${broken} is not a usable image archive`);
  const whole = await archive({ ...inner, Metadata: 'both:1' });
  await truncate(whole, 5000);
  await expect(loadImages(store, whole)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  expect(await store.list()).toEqual([]);
});

test('an archive in an archive in an archive is not looked into', async () => {
  const [name = ''] = Object.keys(inner);
  const deep = await readFile(await archive({ ...inner, Metadata: 'both:1' }));
  await expect(loadImages(store, await archive({ [name]: deep, Metadata: 'deep:1' }))).rejects.toThrow(
    'not a usable image archive',
  );
});
