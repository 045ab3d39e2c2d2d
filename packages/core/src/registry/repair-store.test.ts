import { randomBytes } from 'node:crypto';
import { readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { ingestBundleImage } from '../build/ingest.js';
import { openStore } from '../go-sealer/open-store.js';
import type { Digest } from '../image/descriptor.js';
import { parseImageList } from '../image/image-list.js';
import { checkStore } from '../store/check-store.js';
import type { ImageStore } from '../store/store.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { writeTestImage } from '../testing/container-image.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { attachToStore, referrer } from '../trust/new-attachment.js';
import { pushImage } from './push-image.js';
import { repairStore } from './repair-store.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: ImageStore;
let registry: FakeRegistry;
let name: string;
/** Path of a repository that the registry does not have. */
let closed: string | undefined;
let digests: Record<string, Digest>;
const access = () => ({ plainHttp: true, sealerHome: folder.path });

/** In a registry: a cluster image, something attached to it, and the container image it carries, under a name of its own. */
beforeEach(async () => {
  folder = await temporaryDirectory();
  store = await openStore(join(folder.path, 'store'));
  closed = undefined;
  registry = await FakeRegistry.start({
    referrersApi: true,
    intercept: (request, response) => {
      if (closed === undefined || !request.url?.startsWith(closed)) return false;
      response.writeHead(404).end();
      return true;
    },
  });
  const domain = `127.0.0.1:${registry.port}`;
  name = `${domain}/team/shop:1`;
  await writeTestImage(join(folder.path, 'oci'), 'web', { layerBytes: 2_000_000 });
  const [entry] = parseImageList(`${domain}/library/web:1 from oci:oci`, 'list.txt');
  const platform = { os: 'linux', architecture: 'amd64' };
  const web = await ingestBundleImage(entry!, { store, platform, baseDirectory: folder.path });
  const image = await putTestClusterImage(store, { name, bundle: [web], rootfs: randomBytes(50_000) });
  const note = referrer(image.descriptor, 'application/x-note', Buffer.from('a note'));
  await attachToStore(store, [note]);
  digests = {
    manifest: image.digest,
    config: image.manifest.config.digest,
    rootfs: image.config.rootfs[0]!.digest,
    'manifest of the bundled image': web.image.digest,
    'config of the bundled image': web.image.blobs[1]!,
    'layer of the bundled image': web.image.blobs[2]!,
    attachment: note.descriptor.digest,
  };
  return async () => {
    await registry[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
});

const faults = {
  damaged: (path: string) => writeFile(path, randomBytes(77)),
  emptied: (path: string) => truncate(path, 0),
  missing: (path: string) => rm(path),
};
const everything = async (what: keyof typeof faults) => {
  for (const digest of Object.values(digests)) await faults[what](store.blobPath(digest));
};

test.each(Object.keys(faults) as (keyof typeof faults)[])(
  'all blobs %s come back from the image itself',
  async (what) => {
    await pushImage(store, name, access());
    await everything(what);
    const found = await checkStore(store);
    // What a missing or damaged manifest names is not known before it is there again.
    expect(found.problems.length).toBeGreaterThan(0);
    const { problems } = await repairStore(store, access());
    expect(problems.map(({ digest }) => digest).sort()).toEqual(Object.values(digests).sort());
    expect(
      problems.every(({ repaired, images }) => repaired?.startsWith('fetched again from') && images[0] === name),
    ).toBe(true);
    expect(await checkStore(store)).toMatchObject({ problems: [], files: [], images: 1, attachments: 1 });
    expect(await readdir(join(store.directory, 'damaged')).catch(() => [])).toEqual([]);
  },
);

test('a bundled image comes back from its own registry, when the cluster image was never pushed', async () => {
  const domain = `127.0.0.1:${registry.port}`;
  const own = `${domain}/library/web:1`;
  const bundled = digests['manifest of the bundled image']!;
  const size = (await store.blobSize(bundled))!;
  await store.setName(own, { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: bundled, size });
  await pushImage(store, own, access());
  await store.remove(own);
  closed = '/v2/team/shop/';
  const bundle = Object.entries(digests).flatMap(([what, digest]) => (what.includes('bundled') ? [digest] : []));
  for (const digest of [...bundle, digests.rootfs!]) await faults.damaged(store.blobPath(digest));
  const { problems } = await repairStore(store, access());
  const done = problems.filter(({ repaired }) => repaired === `fetched again from ${domain}/library/web`);
  expect(done.map(({ digest }) => digest).sort()).toEqual([...bundle].sort());
  expect(problems.filter((one) => !done.includes(one)).map(({ digest }) => digest)).toEqual([digests.rootfs]);
});

test('what no registry has is left, said, and moved aside; what is attached is taken off the list', async () => {
  await everything('damaged');
  const { problems } = await repairStore(store, access());
  const left = problems.filter(({ repaired }) => repaired === undefined);
  expect(left.map(({ digest }) => digest).sort()).toEqual([digests.attachment, digests.manifest].sort());
  expect(left.map(({ failures }) => failures?.[0])).toEqual(left.map(() => expect.stringContaining('/team/shop: ')));
  expect(await store.attachments()).toEqual([]);
  expect((await store.list()).map((image) => image.name)).toEqual([name]);
  expect(await readdir(join(store.directory, 'damaged'))).toHaveLength(Object.keys(digests).length);
  await expect(store.collectGarbage()).rejects.toMatchObject({ code: 'STORE_NOT_COLLECTED' });
  await store.remove(name);
  expect(await checkStore(store)).toMatchObject({ problems: [], files: [] });
});

test('a damaged blob that no image needs is moved aside, and files that are no blobs are left alone', async () => {
  const { digest } = await store.addBlob(randomBytes(500));
  await faults.damaged(store.blobPath(digest));
  await writeFile(join(store.directory, 'blobs/sha256', 'notes.txt'), 'mine');
  const found = await repairStore(store, access());
  expect(found.problems).toMatchObject([{ digest, images: [], repaired: 'moved aside' }]);
  expect(found.foreign).toEqual(['notes.txt']);
  expect((await checkStore(store)).problems).toEqual([]);
});
