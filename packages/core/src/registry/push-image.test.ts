import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { annotations } from '../image/media-types.js';
import type { ImageStore } from '../store/store.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { pushImage } from './push-image.js';

/** Two versions that share twenty blobs, and a registry that has the first. */
async function twoVersions(folder: string, registry: FakeRegistry) {
  const store = await openStore(join(folder, 'store'));
  const shared = await Promise.all(Array.from({ length: 20 }, async () => await layer(store)));
  const domain = `127.0.0.1:${registry.port}`;
  const put = async (tag: string) => {
    const image = {
      name: 'web',
      digest: shared[0]!.digest,
      mediaType: 'application/x',
      size: 1,
      blobs: [],
      origin: 'test',
    };
    await putTestClusterImage(store, { name: `${domain}/team/shop:${tag}`, bundle: [{ image, descriptors: shared }] });
    return `${domain}/team/shop:${tag}`;
  };
  const access = { sealerHome: folder, plainHttp: true };
  await pushImage(store, await put('1'), access);
  registry.requests.length = 0;
  return { second: await put('2'), store, access, shared };
}

async function layer(store: ImageStore) {
  return {
    mediaType: 'application/x',
    ...(await store.addBlob(randomBytes(500))),
    annotations: { [annotations.role]: 'bundle' },
  };
}
const asked = (registry: FakeRegistry) => registry.requests.filter((line) => /^HEAD .*\/blobs\//.test(line)).length;

test('a second version asks about what is new alone', async () => {
  await using folder = await temporaryDirectory();
  await using registry = await FakeRegistry.start();
  const { second, store, access } = await twoVersions(folder.path, registry);
  // Its rootfs and its config are other ones.
  expect(await pushImage(store, second, access)).toMatchObject({ sent: 2, present: 20 });
  expect(asked(registry)).toBe(2);
});

test('a registry that has lost blobs of the version before gets them', async () => {
  await using folder = await temporaryDirectory();
  let refusals = 0;
  await using registry: FakeRegistry = await FakeRegistry.start({
    intercept: (request, response) => {
      const whole = registry.blobs.size >= 22;
      if (request.method !== 'PUT' || !request.url?.includes('/manifests/') || whole) return false;
      refusals++;
      request.resume().on('end', () => response.writeHead(400).end('{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}'));
      return true;
    },
  });
  const { second, store, access, shared } = await twoVersions(folder.path, registry);
  registry.blobs.clear();
  let progress = 0;
  const emit = (event: { type: string; current?: number }) => {
    if (event.type === 'progress') progress = event.current ?? 0;
  };
  const pushed = await pushImage(store, second, { ...access, emit });
  expect(refusals).toBe(1);
  expect(pushed.sent).toBe(20);
  for (const { digest } of shared) expect(registry.blobs.has(digest)).toBe(true);
  expect(progress).toBeLessThanOrEqual(pushed.size);
});
