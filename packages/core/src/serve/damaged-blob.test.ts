import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SealerEvent } from '../events/events.js';
import { openStore } from '../go-sealer/open-store.js';
import type { Digest } from '../image/descriptor.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { serveStore } from './serve-store.js';

test('a damaged blob is served to nobody, whole or in part; a damaged image does not hide the others', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(join(folder.path, 'store'));
  const image = await putTestClusterImage(store, { name: 'shop:1', rootfs: randomBytes(3_000_000) });
  await putTestClusterImage(store, { name: 'other:1' });
  const rootfs = image.config.rootfs[0]!.digest;
  const flip = async (digest: Digest) => {
    const bytes = await readFile(store.blobPath(digest));
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(store.blobPath(digest), bytes);
  };
  const stop = new AbortController();
  const warnings: string[] = [];
  const emit = (event: SealerEvent) =>
    event.type === 'message' && event.level === 'warning' && warnings.push(event.text);
  let url = '';
  const served = new Promise<void>((resolve, reject) => {
    const onListening = (address: string) => {
      url = address;
      resolve();
    };
    ended = serveStore(store, { address: '127.0.0.1:0', signal: stop.signal, onListening, emit });
    ended.catch(reject);
  });
  await served;
  const get = async (path: string, range?: string) => {
    const answer = await fetch(`${url}/v2/library/${path}`, range ? { headers: { range } } : {});
    const body = await answer.arrayBuffer().catch(() => undefined);
    return { status: answer.status, bytes: body?.byteLength };
  };
  const blob = `shop/blobs/${rootfs}`;
  const ranges = ['bytes=0-99', 'bytes=1000-', 'bytes=-50'];
  for (const range of ranges) expect((await get(blob, range)).status).toBe(206);
  await flip(rootfs);
  // Cut off before its end.
  expect(await get(blob)).toEqual({ status: 200, bytes: undefined });
  for (const range of ranges) expect((await get(blob, range)).status, range).toBe(500);
  await flip(image.manifest.config.digest);
  await flip(image.digest);
  expect((await get('shop/manifests/1')).status).toBe(500);
  expect((await get('other/manifests/1')).status).toBe(200);
  expect(warnings.filter((text) => text.includes(rootfs)).length).toBe(1 + ranges.length);
  stop.abort();
  await ended;
});

let ended: Promise<unknown>;
