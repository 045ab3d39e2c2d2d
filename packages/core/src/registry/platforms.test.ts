/** A platform that an image does not have is not had in its place by another one. */
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { ingestBundleImage } from '../build/ingest.js';
import type { SealerEvent } from '../events/events.js';
import { openStore } from '../go-sealer/open-store.js';
import type { Platform } from '../image/descriptor.js';
import { parseImageList } from '../image/image-list.js';
import { defaultPlatform, platformName } from '../image/platform.js';
import { diffImages } from '../inspect/diff-images.js';
import { inspectImage } from '../inspect/inspect-image.js';
import { mountImage } from '../rootfs/mount-image.js';
import { imageHere } from '../store/find-platform.js';
import { manifestBytes } from '../store/manifest-of.js';
import { mergeImages } from '../store/merge-images.js';
import type { ImageStore } from '../store/store.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { writeTestImage } from '../testing/container-image.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { pullImage } from './pull-image.js';
import { pushImage } from './push-image.js';

const here = defaultPlatform();
const elsewhere: Platform = { os: 'linux', architecture: here.architecture === 'amd64' ? 'arm64' : 'amd64' };
const missing = { code: 'IMAGE_PLATFORM_MISSING', message: expect.stringContaining(`it has ${platformName(here)}`) };
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: ImageStore;

beforeEach(async () => {
  folder = await temporaryDirectory();
  store = await openStore(join(folder.path, 'store'));
  await putTestClusterImage(store, { name: 'one:1', config: here });
  return async () => await folder[Symbol.asyncDispose]();
});

test.each<[string, () => Promise<unknown>]>([
  ['inspect', () => inspectImage(store, 'one:1', elsewhere)],
  ['inspect --raw', () => manifestBytes(store, 'one:1', elsewhere)],
  ['diff', () => diffImages(store, 'one:1', 'one:1', { platform: elsewhere })],
  ['sbom, FROM', () => store.open('one:1', elsewhere)],
  [
    'mount',
    () =>
      mountImage(store, 'one:1', {
        directory: join(folder.path, 'm'),
        platform: elsewhere,
        records: join(folder.path, 'r'),
        stateDirectory: folder.path,
      }),
  ],
])('%s', async (_command, act) => {
  await expect(act()).rejects.toMatchObject(missing);
});

test('the platform it has is found', async () => {
  expect((await store.open('one:1', here)).config.architecture).toBe(here.architecture);
  expect((await store.open('one:1', { ...here, variant: 'v8' })).name).toBe('docker.io/library/one:1');
});

test('pull: an image for one platform, and an index; without --platform the other is said', async () => {
  await using registry = await FakeRegistry.start();
  const access = { plainHttp: true, sealerHome: folder.path };
  const at = (name: string) => `127.0.0.1:${registry.port}/${name}`;
  await putTestClusterImage(store, { name: 'other:1', config: elsewhere });
  await mergeImages(store, ['one:1', 'other:1'], 'both:1');
  for (const name of ['one:1', 'other:1', 'both:1']) await pushImage(store, name, { ...access, to: at(name) });
  const target = await openStore(join(folder.path, 'target'));
  registry.requests.length = 0;
  await expect(pullImage(target, at('one:1'), { ...access, platform: elsewhere })).rejects.toMatchObject(missing);
  expect(await target.list()).toEqual([]);
  // Nothing but the manifest and the config was asked for.
  expect(registry.requests.filter((line) => line.includes('/blobs/'))).toHaveLength(1);
  const said: string[] = [];
  const emit = (event: SealerEvent) => event.type === 'message' && said.push(event.text);
  await pullImage(target, at('other:1'), { ...access, emit });
  expect(said).toEqual([expect.stringContaining(`is for ${platformName(elsewhere)}`)]);
  await pullImage(target, at('other:1'), { ...access, platform: elsewhere });
  // What is asked for is here, or it is not.
  const sparse = await openStore(join(folder.path, 'sparse'));
  await pullImage(sparse, at('both:1'), { ...access, platform: here });
  expect(await imageHere(sparse, at('both:1'), { platform: here })).toBeDefined();
  expect(await imageHere(sparse, at('both:1'), { platform: elsewhere })).toBeUndefined();
  expect(await imageHere(sparse, at('both:1'), { allPlatforms: true })).toBeUndefined();
  expect(await imageHere(target, at('other:1'), { platform: here })).toBeUndefined();
  expect(await imageHere(target, at('nobody:1'), {})).toBeUndefined();
});

test('an image that is bundled for another platform than its only one is said', async () => {
  await writeTestImage(join(folder.path, 'oci'), 'web');
  const [entry] = parseImageList('web from oci:oci', 'l');
  const said: string[] = [];
  const emit = (event: SealerEvent) => event.type === 'message' && said.push(event.text);
  const options = { store, baseDirectory: folder.path, emit };
  await ingestBundleImage(entry!, { ...options, platform: { os: 'linux', architecture: 'amd64' } });
  expect(said).toEqual([]);
  await ingestBundleImage(entry!, { ...options, platform: { os: 'linux', architecture: 'arm64' } });
  expect(said).toEqual([expect.stringContaining('is for linux/amd64 alone; the image is built for linux/arm64')]);
});
