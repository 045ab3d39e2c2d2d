/** Cluster images of earlier versions name bundled blobs by their own media types, manifests and indexes among them: all that is done with an image is done with those, and what is built of them is in today's form. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadImages } from '../archive/load-archive.js';
import { saveImages } from '../archive/save-archive.js';
import { ingestBundleImage } from '../build/ingest.js';
import { openStore } from '../go-sealer/open-store.js';
import type { Descriptor } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { parseImageList } from '../image/image-list.js';
import { manifestMediaTypes } from '../image/manifest-document.js';
import { annotations, clusterArtifactType, mediaTypes } from '../image/media-types.js';
import { inspectImage } from '../inspect/inspect-image.js';
import { mergeImages } from '../store/merge-images.js';
import { collectReachable } from '../store/reachable-blobs.js';
import type { ImageStore } from '../store/store.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { writeTestImage } from '../testing/container-image.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { pullImage } from './pull-image.js';
import { pushImage } from './push-image.js';

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: ImageStore;

beforeEach(async () => {
  folder = await temporaryDirectory();
  store = await openStore(join(folder.path, 'store'));
});
afterEach(async () => await folder[Symbol.asyncDispose]());

/** With a sparse index, under an index that says its artifact type, as earlier versions wrote them. */
async function putOlderImage(name: string) {
  await writeTestImage(join(folder.path, 'oci'), 'web', { platforms: [amd64, arm64], layerBytes: 40_000 });
  const [entry] = parseImageList('web from oci:oci', 'list');
  const web = await ingestBundleImage(entry!, { store, platform: amd64, baseDirectory: folder.path });
  const today = await putTestClusterImage(store, { name, bundle: [web] });
  const own = (mediaType: string, { digest, size }: Descriptor, role: string) => ({
    mediaType,
    digest,
    size,
    annotations: { [annotations.role]: role },
  });
  const layers = [
    own(mediaTypes.ociLayerGzip, today.manifest.layers[0] as Descriptor, 'rootfs'),
    ...web.descriptors.map((one) => own(one.mediaType, one, 'bundle')),
  ];
  expect(layers.some(({ mediaType }) => mediaType === mediaTypes.ociIndex)).toBe(true);
  const manifest = await store.addBlob(Buffer.from(JSON.stringify({ ...today.manifest, layers })));
  const artifactType = clusterArtifactType;
  const entries = [{ mediaType: mediaTypes.ociManifest, ...manifest, artifactType, platform: amd64 }];
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, artifactType, manifests: entries };
  const root = { mediaType: mediaTypes.ociIndex, ...(await store.addBlob(Buffer.from(JSON.stringify(index)))) };
  await store.setName(name, root);
  return { root, blobs: web.image.blobs };
}

test('push, pull, save, load, inspect and garbage collection', async () => {
  await using registry = await FakeRegistry.start();
  const name = `127.0.0.1:${registry.port}/shop:1`;
  const access = { sealerHome: folder.path, plainHttp: true };
  const { root, blobs } = await putOlderImage(name);
  expect((await pushImage(store, name, access)).digest).toBe(root.digest);
  const second = await openStore(join(folder.path, 'second'));
  expect((await pullImage(second, name, { ...access, platform: amd64 })).digest).toBe(root.digest);
  const archive = join(folder.path, 'shop.tar');
  await saveImages(second, [name], archive);
  const third = await openStore(join(folder.path, 'third'));
  expect((await loadImages(third, archive))[0]?.descriptor.digest).toBe(root.digest);
  await third.collectGarbage();
  const reachable = await collectReachable(third, root);
  for (const digest of blobs) {
    expect(await third.hasBlob(digest)).toBe(true);
    expect(reachable.has(digest)).toBe(true);
  }
  expect((await inspectImage(third, name, amd64)).bundle).toHaveLength(1);
});

test('an image that is merged of one is in the form of today', async () => {
  const { blobs } = await putOlderImage('older:1');
  await mergeImages(store, ['older:1'], 'newer:1');
  const { manifest, config } = await store.open('newer:1');
  for (const { mediaType } of manifest.layers) expect(manifestMediaTypes).not.toContain(mediaType);
  expect(config.bundle[0]).toMatchObject({ mediaType: mediaTypes.ociIndex, digest: blobs[0] });
  expect(manifest.layers.map(({ digest }) => digest)).toEqual(expect.arrayContaining(blobs));
  const [index] = blobs;
  expect(digestOf(await store.readSmallBlob(index!))).toBe(index);
});
