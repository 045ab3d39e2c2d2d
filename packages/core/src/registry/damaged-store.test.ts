/** Everything that reads a store whose disk has gone bad: an error with a code, and nothing wrong in the other place. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadImages } from '../archive/load-archive.js';
import { saveImages } from '../archive/save-archive.js';
import { openStore } from '../go-sealer/open-store.js';
import type { Digest } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { annotations, mediaTypes } from '../image/media-types.js';
import { diffImages } from '../inspect/diff-images.js';
import { inspectImage } from '../inspect/inspect-image.js';
import { listImages } from '../inspect/list-images.js';
import { unpackLayer } from '../rootfs/unpack-layer.js';
import { findMapping } from '../rootfs/user-mapping.js';
import { makeSbom, sbomAttachment } from '../sbom/attach-sbom.js';
import { mergeImages } from '../store/merge-images.js';
import type { ImageStore } from '../store/store.js';
import { tagImage } from '../store/tag-image.js';
import { tarEnd, tarHeader, tarPadding } from '../tar/tar-header.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { newSigningKey } from '../testing/signing-key.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { attachToStore } from '../trust/new-attachment.js';
import { signImage } from '../trust/sign-image.js';
import { inStore } from '../trust/signed-place.js';
import { verifySignatures } from '../trust/verify-image.js';
import { pullImage } from './pull-image.js';
import { pushImage } from './push-image.js';
import { repairStore } from './repair-store.js';

type Folder = Awaited<ReturnType<typeof temporaryDirectory>>;
let folder: Folder;
let store: ImageStore;
let image: Awaited<ReturnType<typeof putTestClusterImage>>;
let bundled: Digest;
const linux = { os: 'linux', architecture: 'amd64' };
const name = 'shop:1.0';

const tarOf = (content: Buffer) =>
  Buffer.concat([tarHeader('bin/tool', content.length), content, tarPadding(content.length), tarEnd]);

beforeEach(async () => {
  folder = await temporaryDirectory();
  store = await openStore(join(folder.path, 'store'));
  const blob = await store.addBlob(randomBytes(200_000));
  bundled = blob.digest;
  const descriptor = { mediaType: mediaTypes.ociLayer, ...blob, annotations: { [annotations.role]: 'bundle' } };
  const row = {
    name: 'web:1',
    digest: bundled,
    mediaType: mediaTypes.ociLayer,
    size: blob.size,
    blobs: [bundled],
    origin: 'l:1',
  };
  image = await putTestClusterImage(store, {
    name,
    rootfs: tarOf(randomBytes(300_000)),
    bundle: [{ image: row, descriptors: [descriptor] }],
  });
  return async () => await folder[Symbol.asyncDispose]();
});

const faults = {
  flipped: async (path: string) => {
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
  },
  'cut off': async (path: string) => await truncate(path, 100),
  emptied: async (path: string) => await truncate(path, 0),
  gone: async (path: string) => await rm(path),
};
const fault = Object.keys(faults) as (keyof typeof faults)[];
const damage = async (digest: Digest, what: keyof typeof faults) => await faults[what](store.blobPath(digest));
const blobs: Record<string, () => Digest> = {
  manifest: () => image.digest,
  config: () => image.manifest.config.digest,
  'rootfs layer': () => image.config.rootfs[0]!.digest,
  'bundled blob': () => bundled,
};
const told = { code: expect.stringMatching(/^(BLOB_(DAMAGED|MISSING|SIZE_MISMATCH))$/) };

/** Takes whatever it is sent, under whatever digest. */
const trustful = async () => {
  const received: string[] = [];
  const registry: FakeRegistry = await FakeRegistry.start({
    intercept: (request, response) => {
      const digest = new URL(request.url ?? '/', 'http://x').searchParams.get('digest');
      if (request.method !== 'PUT' || !digest) return false;
      request.on('end', () => {
        received.push(digest);
        response.writeHead(201).end();
      });
      request.resume();
      return true;
    },
  });
  return { registry, received };
};

describe.each(fault)('%s', (what) => {
  test.each(Object.keys(blobs))('%s: it is not pushed, even where nobody checks', async (which) => {
    const digest = blobs[which]!();
    await damage(digest, what);
    const { registry, received } = await trustful();
    await using _registry = registry;
    const to = `127.0.0.1:${registry.port}/shop:1`;
    await expect(pushImage(store, name, { to, plainHttp: true, sealerHome: folder.path })).rejects.toMatchObject(told);
    expect(received).not.toContain(digest);
    expect([...registry.manifests.keys()]).toEqual([]);
  });

  test.each(Object.keys(blobs))('%s: no archive is left of it', async (which) => {
    await damage(blobs[which]!(), what);
    await expect(saveImages(store, [name], join(folder.path, 'a.tar'))).rejects.toMatchObject(told);
    const pipe = new Writable({ write: (_chunk, _encoding, done) => done() });
    await expect(saveImages(store, [name], pipe)).rejects.toMatchObject(told);
    expect((await readdir(folder.path)).filter((one) => one !== 'store')).toEqual([]);
  });
});

const signed = async () => {
  const key = await newSigningKey('a.pub');
  await signImage(await inStore(store, (await store.find(name))!), key);
  return key;
};
const layer = () => image.config.rootfs[0]!;
const actions: [string, keyof typeof blobs, () => Promise<unknown>][] = [
  ['inspect', 'config', () => inspectImage(store, name)],
  ['inspect', 'manifest', () => inspectImage(store, name)],
  ['diff', 'config', () => diffImages(store, name, name)],
  ['diff --files', 'rootfs layer', () => diffImages(store, name, name, { files: true })],
  ['merge', 'config', () => mergeImages(store, [name, name], 'both:1')],
  ['merge', 'manifest', () => mergeImages(store, [name, name], 'both:1')],
  ['tag', 'manifest', () => tagImage(store, name, 'other:1')],
  ['sbom', 'rootfs layer', () => makeSbom(store, image)],
  ['sign', 'manifest', () => signed()],
  ['mount', 'rootfs layer', async () => await unpackLayer(store, layer(), folder.path, await findMapping())],
];

test.each(actions.flatMap((row) => (['flipped', 'gone'] as const).map((what) => [...row, what] as const)))(
  '%s reads a %s',
  async (_command, which, act, what) => {
    await damage(blobs[which]!(), what);
    await expect(act()).rejects.toMatchObject(told);
  },
);

test.each(fault)(
  '%s: an image that is signed is not said to be, when its manifest is not what was signed',
  async (what) => {
    const key = await signed();
    await damage(image.digest, what);
    const place = await inStore(store, (await store.find(name))!);
    await expect(verifySignatures(place, [place.root], { keys: [key] })).rejects.toMatchObject(told);
  },
);

test.each(fault)('%s: what is attached is not left out', async (what) => {
  const bill = sbomAttachment(image.descriptor, await makeSbom(store, image));
  await attachToStore(store, [bill]);
  await damage(bill.descriptor.digest, what);
  await using registry = await FakeRegistry.start();
  const to = `127.0.0.1:${registry.port}/shop:1`;
  await expect(pushImage(store, name, { to, plainHttp: true, sealerHome: folder.path })).rejects.toMatchObject(told);
  await expect(saveImages(store, [name], join(folder.path, 'a.tar'))).rejects.toMatchObject(told);
  expect((await inspectImage(store, name)).attached[0]?.problem).toContain(bill.descriptor.digest);
  // Naming another image takes nothing off the list.
  await putTestClusterImage(store, { name: 'another:1' });
  expect(await store.attachments()).toHaveLength(1);
});

test('a large blob, which is sent in a stream, is not pushed either', async () => {
  const blob = await store.addBlob(randomBytes(9 * 1024 * 1024));
  const descriptor = { mediaType: mediaTypes.ociLayer, ...blob, annotations: { [annotations.role]: 'bundle' } };
  const row = { name: 'web:2', mediaType: mediaTypes.ociLayer, blobs: [blob.digest], origin: 'l:1', ...blob };
  await putTestClusterImage(store, { name, bundle: [{ image: row, descriptors: [descriptor] }] });
  await damage(blob.digest, 'flipped');
  const { registry, received } = await trustful();
  await using _registry = registry;
  const to = `127.0.0.1:${registry.port}/shop:1`;
  await expect(pushImage(store, name, { to, plainHttp: true, sealerHome: folder.path })).rejects.toMatchObject(told);
  expect(received).not.toContain(blob.digest);
  expect([...registry.manifests.keys()]).toEqual([]);
});

test('a base that is damaged gives no delta, and none is applied to one', async () => {
  await putTestClusterImage(store, { name: 'shop:2.0', rootfs: tarOf(randomBytes(300_000)) });
  const [base, delta] = ['base.tar', 'delta.tar'].map((file) => join(folder.path, file)) as [string, string];
  await saveImages(store, [name], base);
  await saveImages(store, ['shop:2.0'], delta, { base: name });
  await damage(layer().digest, 'flipped');
  await expect(saveImages(store, ['shop:2.0'], delta, { base: name })).rejects.toMatchObject(told);
});

test('loading an archive mends what is damaged here', async () => {
  await saveImages(store, [name], join(folder.path, 'a.tar'));
  for (const which of Object.values(blobs)) await damage(which(), 'flipped');
  await loadImages(store, join(folder.path, 'a.tar'));
  for (const which of Object.values(blobs)) expect(digestOf(await readFile(store.blobPath(which())))).toBe(which());
});

test('a platform that was here and is gone is missed; one that never was is not', async () => {
  const arm = { os: 'linux', architecture: 'arm64' };
  await putTestClusterImage(store, { name: 'arm:1', config: arm });
  const { descriptor } = await mergeImages(store, [name, 'arm:1'], 'both:1');
  const target = await openStore(join(folder.path, 'target'));
  await using registry = await FakeRegistry.start();
  const at = `127.0.0.1:${registry.port}/both:1`;
  const access = { plainHttp: true, sealerHome: folder.path };
  await pushImage(store, 'both:1', { ...access, to: at });
  await pullImage(target, at, { ...access, platform: linux });
  await saveImages(target, [at], join(folder.path, 'sparse.tar'));
  await pullImage(target, at, { ...access, allPlatforms: true });
  const armed = await target.open(at, arm);
  await rm(target.blobPath(armed.digest));
  await expect(saveImages(target, [at], join(folder.path, 'cut.tar'))).rejects.toMatchObject(told);
  await expect(tagImage(target, at, 'other:1')).rejects.toMatchObject(told);
  await expect(target.collectGarbage()).rejects.toMatchObject({ code: 'STORE_NOT_COLLECTED' });
  const found = await repairStore(target, access);
  expect(found.problems.map(({ digest, fault: kind, repaired }) => [digest, kind, repaired])).toEqual([
    [armed.digest, 'missing', `fetched again from 127.0.0.1:${registry.port}/both`],
  ]);
  expect((await target.find(at))?.descriptor.digest).toBe(descriptor.digest);
  expect(await target.collectGarbage()).toEqual([]);
});

test('a damaged image takes no blob with it: prune refuses, and rmi of another removes the name alone', async () => {
  const other = await putTestClusterImage(store, { name: 'other:1' });
  await damage(image.digest, 'flipped');
  await expect(store.collectGarbage()).rejects.toMatchObject({ code: 'STORE_NOT_COLLECTED' });
  expect(await store.remove('other:1')).toMatchObject({
    deletedBlobs: 0,
    problem: expect.stringContaining('shop:1.0'),
  });
  expect(await store.blobSize(other.digest)).toBeGreaterThan(0);
  expect((await listImages(store)).map(({ problem }) => problem)).toEqual([expect.stringContaining('is damaged')]);
  // Given up, it is no hindrance any more.
  expect((await store.remove(name)).deletedBlobs).toBe(7);
  expect(await readdir(join(store.directory, 'blobs/sha256'))).toEqual([]);
});
