import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SealerEvent } from '../events/events.js';
import { annotations } from '../image/media-types.js';
import { openStore } from '../images.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { pullImage } from './pull-image.js';
import { pushImage } from './push-image.js';

test('a large blob on its way is reported beside its image, by pushing and by pulling, and not where it is known', async () => {
  await using folder = await temporaryDirectory();
  await using registry = await FakeRegistry.start();
  const store = await openStore(join(folder.path, 'store'));
  const layer = async (size: number) => ({
    mediaType: 'application/x',
    ...(await store.addBlob(randomBytes(size))),
    annotations: { [annotations.role]: 'bundle' },
  });
  const large = await layer(3_000_000);
  const name = `127.0.0.1:${registry.port}/team/shop:1`;
  const bundled = { name: 'web', digest: large.digest, mediaType: 'application/x', size: 1, blobs: [], origin: 'test' };
  const descriptors = [large, await layer(500)];
  await putTestClusterImage(store, { name, bundle: [{ image: bundled, descriptors }] });
  const access = { sealerHome: folder.path, plainHttp: true };
  const reported = async (work: (emit: (event: SealerEvent) => void) => Promise<unknown>) => {
    const parts: SealerEvent[] = [];
    await work((event) => void (event.type === 'progress' && event.partOf !== undefined && parts.push(event)));
    return parts;
  };
  const other = await openStore(join(folder.path, 'other'));
  for (const [kind, work] of [
    ['push', (emit: (event: SealerEvent) => void) => pushImage(store, name, { ...access, emit })],
    ['pull', (emit: (event: SealerEvent) => void) => pullImage(other, name, { ...access, emit })],
  ] as const) {
    const parts = await reported(work);
    const common = { partOf: `${kind}:${name}`, title: `blob ${large.digest.slice(7, 19)}`, total: large.size };
    expect(parts.at(0)).toMatchObject({ ...common, current: 0 });
    expect(parts.at(-1)).toMatchObject({ ...common, current: large.size, done: true });
    expect(new Set(parts.map((event) => event.type === 'progress' && event.id)).size).toBe(1);
    expect(await reported(work)).toEqual([]);
  }
});
