/** An image that is used is pulled when it is not here, if its name says from where. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import type { SealerEvent } from '../events/events.js';
import { openStore } from '../go-sealer/open-store.js';
import { namesRegistry } from '../image/registry-of-name.js';
import { mergeImages } from '../store/merge-images.js';
import type { ImageStore } from '../store/store.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { newSigningKey } from '../testing/signing-key.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { type PresentOptions, presentImage } from './present-image.js';
import { pushImage } from './push-image.js';

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let registry: FakeRegistry;
let store: ImageStore;
let access: PresentOptions;
let events: SealerEvent[];
let name: string;

beforeEach(async () => {
  folder = await temporaryDirectory();
  registry = await FakeRegistry.start();
  events = [];
  access = { sealerHome: folder.path, plainHttp: true, platform: amd64, emit: (event) => void events.push(event) };
  name = `127.0.0.1:${registry.port}/team/shop:1`;
  const origin = await openStore(join(folder.path, 'origin'));
  for (const platform of [amd64, arm64])
    await putTestClusterImage(origin, { name: platform.architecture, config: platform });
  await mergeImages(origin, ['amd64', 'arm64'], name);
  await pushImage(origin, name, access);
  store = await openStore(join(folder.path, 'store'));
  registry.requests.length = 0;
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});
const texts = () => events.flatMap((event) => (event.type === 'message' ? [event.text] : []));

test.each([
  ['registry.example/shop', true],
  ['registry.example:5000/team/shop:1.0', true],
  ['localhost/shop', true],
  ['10.0.0.5:5000/shop@sha256:0', true],
  ['[::1]:5000/shop', true],
  ['docker.io/library/nginx', true],
  ['shop', false],
  ['shop:1.0', false],
  ['team/shop:1.0', false],
  ['shop.example:1.0', false],
  ['sha256:0123456789abcdef', false],
  ['0123456789abcdef', false],
  ['/shop', false],
])('%s names a registry: %s', (text, expected) => expect(namesRegistry(text)).toBe(expected));

test('missing: it is pulled once, then for another platform, and not again', async () => {
  await presentImage(store, name, access);
  expect((await store.open(name, amd64)).config.architecture).toBe('amd64');
  expect(texts()).toContain(`${name} is not in the local store: it is pulled`);
  expect(events.some((event) => event.type === 'progress')).toBe(true);
  registry.requests.length = 0;
  await presentImage(store, name, access);
  await presentImage(store, (await store.open(name, amd64)).digest, access).catch(() => undefined);
  await presentImage(store, name, { ...access, platform: { os: 'linux', architecture: 's390x' } });
  await presentImage(store, name, { ...access, platform: arm64, allPlatforms: true });
  expect(registry.requests).toEqual([]);
  await presentImage(store, name, { ...access, platform: arm64 });
  expect((await store.open(name, arm64)).config.architecture).toBe('arm64');
});

test('always asks each time, never does not ask', async () => {
  await presentImage(store, name, { ...access, pull: 'never' });
  expect(registry.requests).toEqual([]);
  await expect(store.open(name)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  await presentImage(store, name, { ...access, pull: 'always' });
  registry.requests.length = 0;
  await presentImage(store, name, { ...access, pull: 'always' });
  expect(registry.requests.length).toBeGreaterThan(0);
  await expect(presentImage(store, name.replace(':1', ':2'), access)).rejects.toMatchObject({
    code: expect.stringMatching(/^REGISTRY_/),
  });
});

test('a name without a registry is local only, and the error says how to name it', async () => {
  const refusal = (await presentImage(store, 'shop:1', access).catch((cause) => cause)) as SealerError;
  expect(refusal).toMatchObject({ code: 'IMAGE_NOT_FOUND', hint: expect.stringContaining('registry.example/shop:1') });
  await putTestClusterImage(store, { name: 'shop:1' });
  await presentImage(store, 'shop:1', { ...access, pull: 'always' });
  expect(texts().at(-1)).toContain('names no registry');
  expect(registry.requests).toEqual([]);
});

test('whose signatures are asked for is decided before anything comes', async () => {
  const trust = { policy: 'always' as const, keys: [await newSigningKey('a')], required: 1 };
  await expect(presentImage(store, name, { ...access, trust })).rejects.toMatchObject({ code: 'TRUST_UNSIGNED' });
  expect(registry.requests.filter((line) => line.includes('/blobs/'))).toEqual([]);
  expect(await store.list()).toEqual([]);
});
