/** What is attached goes with an image to a registry that lists referrers itself, and comes back. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { serveStore } from '../serve/serve-store.js';
import type { ImageStore } from '../store/store.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { newSigningKey } from '../testing/signing-key.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { signImage } from '../trust/sign-image.js';
import { inStore } from '../trust/signed-place.js';
import { verifySignatures } from '../trust/verify-image.js';
import { pullImage } from './pull-image.js';
import { pushImage } from './push-image.js';
import { inRegistry } from './remote-place.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: ImageStore;

beforeEach(async () => {
  folder = await temporaryDirectory();
  store = await openStore(join(folder.path, 'store'));
});
afterEach(async () => await folder[Symbol.asyncDispose]());

test.each([true, false])('with the API of referrers: %s', async (referrersApi) => {
  await using registry = await FakeRegistry.start({ referrersApi });
  const name = `127.0.0.1:${registry.port}/team/shop:1.0`;
  const access = { sealerHome: folder.path, plainHttp: true };
  const { descriptor } = await putTestClusterImage(store, { name });
  const [a, b, c] = [await newSigningKey('a'), await newSigningKey('b'), await newSigningKey('c')];
  await signImage(await inStore(store, { name, descriptor }), a);
  expect(await pushImage(store, name, access)).toMatchObject({ attachments: 2 });
  expect(await pushImage(store, name, access)).toMatchObject({ attachments: 0, sent: 0 });

  // One signs in the registry, another in the store: after push and pull all are everywhere.
  await signImage(await inRegistry(name, access), b);
  await signImage(await inStore(store, { name, descriptor }), c);
  expect(await pushImage(store, name, access)).toMatchObject({ attachments: 2 });
  const all = { keys: [a, b, c], required: 3 };
  const remote = await inRegistry(name, access);
  expect((await verifySignatures(remote, [remote.root], all)).keys).toHaveLength(3);

  const other = await openStore(join(folder.path, 'other'));
  await pullImage(other, name, { ...access, trust: { policy: 'always', ...all } });
  const here = await inStore(other, { name, descriptor });
  expect((await verifySignatures(here, [descriptor], all)).keys).toHaveLength(3);
  await pullImage(store, name, access);
  const mine = await inStore(store, { name, descriptor });
  expect((await verifySignatures(mine, [descriptor], all)).keys).toHaveLength(3);
});

test('a served store offers the signatures, of both forms', async () => {
  const { descriptor } = await putTestClusterImage(store, { name: 'registry.example/team/shop:1.0' });
  const key = await newSigningKey('a');
  await signImage(await inStore(store, { name: 'registry.example/team/shop:1.0', descriptor }), key);
  const ended = new AbortController();
  const url = await new Promise<string>((onListening, fail) => {
    serveStore(store, { address: '127.0.0.1:0', signal: ended.signal, onListening }).catch(fail);
  });
  const place = await inRegistry(`${new URL(url).host}/team/shop:1.0`, { sealerHome: folder.path, plainHttp: true });
  expect((await place.attached(descriptor.digest)).map(({ tag }) => tag !== undefined).sort()).toEqual([false, true]);
  expect((await verifySignatures(place, [descriptor], { keys: [key] })).keys).toHaveLength(1);
  ended.abort();
});

test('a registry that fails when asked for signatures: refused where they are asked for, else a warning', async () => {
  await using registry = await FakeRegistry.start({
    intercept: ({ url }, response) => {
      if (!url?.includes('/referrers/') && !url?.includes('.sig')) return false;
      response.writeHead(403).end('{}');
      return true;
    },
  });
  const name = `127.0.0.1:${registry.port}/team/shop:1.0`;
  const access = { sealerHome: folder.path, plainHttp: true };
  await putTestClusterImage(store, { name });
  await pushImage(store, name, access);
  const other = await openStore(join(folder.path, 'other'));
  const trust = { policy: 'always' as const, keys: [await newSigningKey('a')], required: 1 };
  await expect(pullImage(other, name, { ...access, trust })).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
  expect(await other.list()).toEqual([]);
  const said: string[] = [];
  await pullImage(other, name, {
    ...access,
    emit: (event) => void (event.type === 'message' && said.push(event.text)),
  });
  expect(said.at(-1)).toContain('without what is attached to it');
  expect(await other.list()).toHaveLength(1);
});
