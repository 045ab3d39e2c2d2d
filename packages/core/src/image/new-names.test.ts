/** Every place where a user says what an image is to be called: a digest is none that can be chosen. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadImages } from '../archive/load-archive.js';
import { openStore } from '../go-sealer/open-store.js';
import { pushImage } from '../registry/push-image.js';
import { mergeImages } from '../store/merge-images.js';
import type { ImageStore } from '../store/store.js';
import { tagImage } from '../store/tag-image.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const wrong = `127.0.0.1:1/team/x:1@sha256:${'a'.repeat(64)}`;

test.each<[string, (store: ImageStore) => Promise<unknown>]>([
  ['tag', (store) => tagImage(store, 'shop:1', wrong)],
  ['merge', (store) => mergeImages(store, ['shop:1'], wrong)],
  ['load', (store) => loadImages(store, '/nowhere.tar', { name: wrong })],
  ['push, of another digest', (store) => pushImage(store, 'shop:1', { to: wrong, sealerHome: store.directory })],
])('%s', async (_, call) => {
  await using folder = await temporaryDirectory();
  const store = await openStore(join(folder.path, 'store'));
  await putTestClusterImage(store, { name: 'shop:1' });
  await expect(call(store)).rejects.toMatchObject({ code: 'IMAGE_REFERENCE_INVALID' });
  expect((await store.list()).map(({ name }) => name)).toEqual(['docker.io/library/shop:1']);
});
