import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import type { SealerEvent } from '../events/events.js';
import { openStore } from '../go-sealer/open-store.js';
import type { ImageManifest } from '../image/descriptor.js';
import { digestOf, hexOf } from '../image/digest.js';
import { parseImageList } from '../image/image-list.js';
import { mediaTypes } from '../image/media-types.js';
import { writeTestImage } from '../testing/container-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { ingestBundleImage } from './ingest.js';

const platform = { os: 'linux', architecture: 'amd64' };
const code = (value: string) => expect.objectContaining({ code: value });

async function ingest(line: string, baseDirectory: string, emit?: (event: SealerEvent) => void) {
  const store = await openStore(join(baseDirectory, 'store'));
  const [entry] = parseImageList(line, 'manifests/imageList');
  return { store, ...(await ingestBundleImage(entry!, { store, platform, baseDirectory, emit })) };
}

async function packFiles(path: string, files: Record<string, Buffer | string>): Promise<void> {
  const tar = pack();
  const written = pipeline(tar as unknown as NodeJS.ReadableStream, createWriteStream(path));
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content);
  tar.finalize();
  await written;
}

async function blobOf(layout: string, digest: string): Promise<Buffer> {
  return await readFile(join(layout, 'blobs/sha256', digest.slice(7)));
}

test('an image of a layout comes in with its own bytes and digests', async () => {
  await using folder = await temporaryDirectory();
  const root = await writeTestImage(join(folder.path, 'oci'), 'web', { refName: 'v1' });
  await writeTestImage(join(folder.path, 'oci'), 'other', { refName: 'v2' });
  const events: SealerEvent[] = [];
  const { store, image, descriptors } = await ingest('example.org/web:1 from oci:oci:v1', folder.path, (event) =>
    events.push(event),
  );
  expect(image).toMatchObject({ name: 'example.org/web:1', digest: root.digest, origin: 'manifests/imageList:1' });
  expect(image.blobs.length).toBe(3);
  for (const { digest, size, annotations } of descriptors) {
    expect(digestOf(await readFile(store.blobPath(digest)))).toBe(digest);
    expect(await store.blobSize(digest)).toBe(size);
    expect(annotations).toEqual({ 'vnd.sealer.layer.role': 'bundle' });
  }
  expect(image.size).toBe(descriptors.reduce((sum, { size }) => sum + size, 0));
  expect(events.at(-1)).toMatchObject({ type: 'progress', current: image.size, total: image.size, done: true });
});

test('an index stays an index with its digest, and only the wanted platform comes along', async () => {
  await using folder = await temporaryDirectory();
  const platforms = [platform, { os: 'linux', architecture: 'arm64' }];
  const root = await writeTestImage(join(folder.path, 'oci'), 'web', { platforms });
  const { image } = await ingest('web from oci:oci', folder.path);
  expect(image).toMatchObject({
    name: 'docker.io/library/web:latest',
    digest: root.digest,
    mediaType: mediaTypes.ociIndex,
  });
  expect(image.blobs.length).toBe(4);
  await expect(ingestRiscv(folder.path)).rejects.toMatchObject({
    code: 'IMAGE_PLATFORM_MISSING',
    message: expect.stringContaining('linux/amd64, linux/arm64'),
  });
});

async function ingestRiscv(baseDirectory: string) {
  const store = await openStore(join(baseDirectory, 'store'));
  const [entry] = parseImageList('web from oci:oci', 'l');
  return await ingestBundleImage(entry!, { store, baseDirectory, platform: { os: 'linux', architecture: 'riscv64' } });
}

test('a wrong digest, a damaged blob and an unclear choice are refused', async () => {
  await using folder = await temporaryDirectory();
  const layout = join(folder.path, 'oci');
  const root = await writeTestImage(layout, 'web', { refName: 'v1' });
  await expect(ingest(`web@sha256:${'0'.repeat(64)} from oci:oci`, folder.path)).rejects.toEqual(
    code('BUNDLE_DIGEST_MISMATCH'),
  );
  await expect(ingest('web from oci:nowhere', folder.path)).rejects.toEqual(code('BUNDLE_SOURCE_MISSING'));
  await expect(ingest('web from oci:oci:v9', folder.path)).rejects.toEqual(code('BUNDLE_SOURCE_AMBIGUOUS'));
  const manifest = JSON.parse(String(await blobOf(layout, root.digest))) as ImageManifest;
  const layer = join(layout, 'blobs/sha256', hexOf(manifest.layers[0]!.digest));
  const bytes = await readFile(layer);
  bytes[20] = bytes[20]! ^ 1;
  await writeFile(layer, bytes);
  await expect(ingest('web from oci:oci', folder.path)).rejects.toEqual(code('BLOB_DIGEST_MISMATCH'));
  await writeTestImage(layout, 'second', { refName: 'v2' });
  await expect(ingest('web from oci:oci', folder.path)).rejects.toMatchObject({
    code: 'BUNDLE_SOURCE_AMBIGUOUS',
    message: expect.stringContaining('v1, v2'),
  });
});

test('an oci-archive gives the same as the layout it was made of', async () => {
  await using folder = await temporaryDirectory();
  const layout = join(folder.path, 'oci');
  const root = await writeTestImage(layout, 'web');
  const manifest = JSON.parse(String(await blobOf(layout, root.digest))) as ImageManifest;
  const files: Record<string, Buffer> = {};
  for (const { digest } of [root, manifest.config, ...manifest.layers]) {
    files[`blobs/sha256/${hexOf(digest)}`] = await blobOf(layout, digest);
  }
  for (const name of ['oci-layout', 'index.json']) files[name] = await readFile(join(layout, name));
  await packFiles(join(folder.path, 'web.tar'), files);
  const fromArchive = await ingest('web from oci-archive:web.tar', folder.path);
  const fromLayout = await ingest('web from oci:oci', folder.path);
  expect(fromArchive.image).toEqual(fromLayout.image);
  const bytes = await readFile(join(folder.path, 'web.tar'));
  await writeFile(join(folder.path, 'cut.tar'), bytes.subarray(0, bytes.length - 2000));
  await expect(ingest('web from oci-archive:cut.tar', folder.path)).rejects.toEqual(code('ARCHIVE_INVALID'));
});

test('a docker-archive gets a manifest that depends on its content only', async () => {
  await using folder = await temporaryDirectory();
  const layout = join(folder.path, 'oci');
  const root = await writeTestImage(layout, 'web');
  const manifest = JSON.parse(String(await blobOf(layout, root.digest))) as ImageManifest;
  const layer = gunzipSync(await blobOf(layout, manifest.layers[0]!.digest));
  const config = await blobOf(layout, manifest.config.digest);
  const listing = JSON.stringify([{ Config: 'c.json', RepoTags: ['web:1'], Layers: ['x/layer.tar'] }]);
  await packFiles(join(folder.path, 'a.tar'), {
    'x/layer.tar': layer,
    'x/json': '{}',
    'c.json': config,
    'manifest.json': listing,
  });
  await packFiles(join(folder.path, 'b.tar'), { 'manifest.json': listing, 'c.json': config, 'x/layer.tar': layer });
  const first = await ingest('web:1 from docker-archive:a.tar', folder.path);
  const second = await ingest('web:1 from docker-archive:b.tar', folder.path);
  expect(first.image).toEqual(second.image);
  expect(first.descriptors[2]).toMatchObject({
    mediaType: mediaTypes.ociLayer,
    digest: `sha256:${createHash('sha256').update(layer).digest('hex')}`,
  });
  await packFiles(join(folder.path, 'c.tar'), {
    'manifest.json': listing,
    'c.json': config,
    'x/layer.tar': Buffer.from('other'),
  });
  await expect(ingest('web:1 from docker-archive:c.tar', folder.path)).rejects.toEqual(code('ARCHIVE_INVALID'));
});
