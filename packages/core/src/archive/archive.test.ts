import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { ingestBundleImage } from '../build/ingest.js';
import { openStore } from '../go-sealer/open-store.js';
import { digestOf } from '../image/digest.js';
import { parseImageList } from '../image/image-list.js';
import { annotations, mediaTypes } from '../image/media-types.js';
import { inspectImage } from '../inspect/inspect-image.js';
import { listImages } from '../inspect/list-images.js';
import { tagImage } from '../store/tag-image.js';
import { readTar } from '../tar/read-tar.js';
import { tarEnd, tarHeader, tarPadding } from '../tar/tar-header.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { writeTestImage } from '../testing/container-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { loadImages } from './load-archive.js';
import { saveImages } from './save-archive.js';

const code = (value: string) => expect.objectContaining({ code: value });

/** Two cluster images that share their rootfs; the first carries a container image. */
async function twoImages(folder: string) {
  const store = await openStore(join(folder, 'store'));
  await writeTestImage(join(folder, 'oci'), 'web');
  const [entry] = parseImageList('web from oci:oci', 'l');
  const web = await ingestBundleImage(entry!, {
    store,
    platform: { os: 'linux', architecture: 'amd64' },
    baseDirectory: folder,
  });
  const rootfs = randomBytes(300_000);
  const first = await putTestClusterImage(store, { name: 'first:1', rootfs, bundle: [web] });
  const second = await putTestClusterImage(store, { name: 'second:1', rootfs });
  return { store, first, second, web, archive: join(folder, 'images.tar') };
}

test.each(['none', 'gzip'] as const)('saved (%s) and loaded elsewhere it is the same', async (compress) => {
  await using folder = await temporaryDirectory();
  const { store, archive, first } = await twoImages(folder.path);
  const { images } = await saveImages(store, ['first:1', 'second:1'], archive, { compress });
  const other = await openStore(join(folder.path, 'other'));
  expect(await loadImages(other, archive)).toEqual(images);
  expect(await other.list()).toEqual(await store.list());
  expect((await other.open('first:1')).config).toEqual(first.config);
  const again = await openStore(join(folder.path, 'again'));
  expect((await loadImages(again, createReadStream(archive))).length).toBe(2);
});

test('the archive is the same each time, and has shared blobs once', async () => {
  await using folder = await temporaryDirectory();
  const { store, archive } = await twoImages(folder.path);
  await saveImages(store, ['first:1', 'second:1'], archive);
  const out = createWriteStream(`${archive}.2`);
  await saveImages(store, ['second:1', 'first:1', 'first:1'], out);
  expect((await readFile(archive)).equals(await readFile(`${archive}.2`))).toBe(true);
  const names: string[] = [];
  for await (const { name } of readTar(createReadStream(archive))) names.push(name);
  expect(names.slice(0, 4)).toEqual(['oci-layout', 'index.json', 'blobs/', 'blobs/sha256/']);
  expect(new Set(names).size).toBe(names.length);
  // 2 manifests, 2 configs, 1 shared rootfs, 3 blobs of the bundled image.
  expect(names.length).toBe(4 + 8);
});

test('a cut archive gives no name, wherever it is cut', async () => {
  await using folder = await temporaryDirectory();
  const { store, archive } = await twoImages(folder.path);
  for (const compress of ['none', 'gzip'] as const) {
    await saveImages(store, ['first:1', 'second:1'], archive, { compress });
    const bytes = await readFile(archive);
    for (const part of [0, 0.001, 0.3, 0.7, 0.99]) {
      const other = await openStore(join(folder.path, `${compress}-${part}`));
      const cut = Readable.from([bytes.subarray(0, Math.floor(bytes.length * part))]);
      await expect(loadImages(other, cut), `${compress} ${part}`).rejects.toEqual(code('ARCHIVE_INVALID'));
      expect(await other.list()).toEqual([]);
    }
  }
});

test('cut in a header, behind one, in a small file, between files, in the last filling, before the end', async () => {
  await using folder = await temporaryDirectory();
  const { store, archive } = await twoImages(folder.path);
  await saveImages(store, ['first:1', 'second:1'], archive);
  const bytes = await readFile(archive);
  const starts: number[] = [];
  for await (const { start, offset } of readTar(createReadStream(archive))) starts.push(start, offset);
  const end = bytes.length - 1024;
  const cuts = [100, 511, 512, ...starts.slice(1), (starts[3] as number) + 20, end - 1, end];
  for (const [index, cut] of cuts.entries()) {
    const other = await openStore(join(folder.path, `cut-${index}`));
    const part = Readable.from([bytes.subarray(0, cut)]);
    await expect(loadImages(other, part), `cut at ${cut}`).rejects.toEqual(code('ARCHIVE_INVALID'));
    expect(await other.list()).toEqual([]);
  }
});

/** An archive of one image whose index.json and manifest are what the test makes of them. */
async function forged(folder: string, edit: (manifest: Record<string, unknown>) => unknown, mediaType: string) {
  const blobs = new Map<string, Buffer>();
  const put = (bytes: Buffer) => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { digest, size: bytes.length };
  };
  const config = { mediaType: mediaTypes.ociConfig, ...put(Buffer.from('{"os":"linux"}')) };
  const plain = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] };
  const root = {
    mediaType,
    ...put(Buffer.from(JSON.stringify(edit(plain)))),
    annotations: { [annotations.refName]: 'x:1' },
  };
  const file = (name: string, bytes: Buffer) => [tarHeader(name, bytes.length), bytes, tarPadding(bytes.length)];
  const path = join(folder, 'forged.tar');
  await writeFile(
    path,
    Buffer.concat([
      ...file('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
      ...file('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [root] }))),
      ...[...blobs].flatMap(([digest, bytes]) => file(`blobs/${digest.replace(':', '/')}`, bytes)),
      tarEnd,
    ]),
  );
  return path;
}

test('manifests that are not what they are named as, or not whole, are refused', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(join(folder.path, 'store'));
  const missing = { mediaType: mediaTypes.ociLayer, digest: digestOf('nowhere'), size: 7 };
  const cases: [string, string, (manifest: Record<string, unknown>) => unknown][] = [
    ['ARCHIVE_INVALID', 'text/plain', (manifest) => manifest],
    ['IMAGE_MANIFEST_INVALID', mediaTypes.ociIndex, (manifest) => manifest],
    ['IMAGE_MANIFEST_INVALID', mediaTypes.dockerManifest, (manifest) => manifest],
    ['IMAGE_MANIFEST_INVALID', mediaTypes.ociManifest, () => ({ schemaVersion: 2, manifests: [] })],
    ['IMAGE_MANIFEST_INVALID', mediaTypes.ociManifest, (manifest) => ({ ...manifest, manifests: [] })],
    ['IMAGE_MANIFEST_INVALID', mediaTypes.ociManifest, (manifest) => ({ ...manifest, schemaVersion: 1 })],
    [
      'IMAGE_MANIFEST_INVALID',
      mediaTypes.ociManifest,
      (manifest) => ({ ...manifest, layers: [{ digest: 'sha256:../..' }] }),
    ],
    ['IMAGE_MANIFEST_INVALID', mediaTypes.ociManifest, () => []],
    ['BLOB_MISSING', mediaTypes.ociManifest, (manifest) => ({ ...manifest, layers: [missing] })],
    [
      'BLOB_SIZE_MISMATCH',
      mediaTypes.ociManifest,
      (manifest) => ({ ...manifest, config: { ...(manifest.config as object), size: 3 } }),
    ],
  ];
  for (const [expected, mediaType, edit] of cases) {
    const path = await forged(folder.path, edit, mediaType);
    await expect(loadImages(store, path), `${expected} ${mediaType}`).rejects.toEqual(code(expected));
    expect(await store.list()).toEqual([]);
  }
  await loadImages(store, await forged(folder.path, (manifest) => manifest, mediaTypes.ociManifest));
  expect(await store.list()).toHaveLength(1);
});

test('a compressed archive that expands without end is refused early', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(join(folder.path, 'store'));
  const zeros = gzipSync(Buffer.alloc(32 * 1024 * 1024), { level: 9 });
  const bomb = Buffer.concat([gzipSync(tarHeader('x/VERSION', 8 * 1024 ** 3 - 1)), ...Array(64).fill(zeros)]);
  await writeFile(join(folder.path, 'bomb.tar.gz'), bomb);
  const failure = await loadImages(store, join(folder.path, 'bomb.tar.gz')).catch((cause) => cause);
  expect(failure).toEqual(code('ARCHIVE_INVALID'));
  expect(failure.message).toMatch(/become more than/);
  expect((await readdir(join(store.directory, 'tmp'))).filter((name) => !name.startsWith('lease'))).toEqual([]);
});

test('a changed byte of a blob, a missing blob and a name that leads out are refused', async () => {
  await using folder = await temporaryDirectory();
  const { store, archive, first } = await twoImages(folder.path);
  await saveImages(store, ['first:1'], archive);
  const other = await openStore(join(folder.path, 'other'));
  const bytes = await readFile(archive);
  const layer = await readFile(store.blobPath(first.manifest.layers[0]!.digest));
  const changed = Buffer.from(bytes);
  changed[bytes.indexOf(layer.subarray(0, 64)) + 5_000]! ^= 1;
  await expect(loadImages(other, Readable.from([changed]))).rejects.toEqual(code('BLOB_DIGEST_MISMATCH'));

  const repack = async (edit: (name: string) => string | undefined) => {
    const tar = pack();
    const written = pipeline(tar as unknown as NodeJS.ReadableStream, createWriteStream(`${archive}.evil`));
    for await (const entry of readTar(createReadStream(archive))) {
      const content = await buffer(Readable.from(entry.content, { objectMode: false }));
      const name = edit(entry.name);
      if (entry.type === 'file' && name) tar.entry({ name }, content);
    }
    tar.finalize();
    await written;
    return `${archive}.evil`;
  };
  const without = await repack((name) => (name.endsWith(first.manifest.config.digest.slice(7)) ? undefined : name));
  const empty = await openStore(join(folder.path, 'empty'));
  await expect(loadImages(empty, without)).rejects.toEqual(code('BLOB_MISSING'));
  expect(await empty.list()).toEqual([]);
  const outside = await repack((name) => (name === 'oci-layout' ? 'x/../../etc/cron.d/evil' : name));
  await expect(loadImages(other, outside)).rejects.toMatchObject({
    message: expect.stringContaining('leads out of it'),
  });
  await writeFile(`${archive}.zst`, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0]));
  await expect(loadImages(other, `${archive}.zst`)).rejects.toEqual(code('ARCHIVE_UNSUPPORTED'));
  await expect(loadImages(other, join(folder.path, 'nowhere'))).rejects.toEqual(code('ARCHIVE_INVALID'));
  expect(await other.list()).toEqual([]);
});

test('an interrupted save leaves no file', async () => {
  await using folder = await temporaryDirectory();
  const { store, archive } = await twoImages(folder.path);
  const abort = new AbortController();
  const saving = saveImages(store, ['first:1'], archive, {
    signal: abort.signal,
    emit: () => abort.abort(new Error('enough')),
  });
  await expect(saving).rejects.toThrow();
  expect((await readdir(folder.path)).sort()).toEqual(['oci', 'store']);
});

test('list, inspect and tag', async () => {
  await using folder = await temporaryDirectory();
  const { store, first, web } = await twoImages(folder.path);
  await tagImage(store, 'first:1', 'shop/first:2');
  const rows = await listImages(store);
  expect(rows.map(({ name, type, runtime, bundled }) => [name, type, runtime?.version, bundled])).toEqual([
    ['docker.io/library/first:1', 'kube-installer', 'v1.34.0', 1],
    ['docker.io/library/second:1', 'kube-installer', 'v1.34.0', 0],
    ['docker.io/shop/first:2', 'kube-installer', 'v1.34.0', 1],
  ]);
  const rootfs = first.manifest.layers[0]!;
  expect(rows[0]!.size - rows[0]!.uniqueSize).toBe(rootfs.size);
  expect(rows[2]).toMatchObject({ digest: first.digest, platforms: ['linux/amd64'], uniqueSize: rows[0]!.uniqueSize });
  const inspection = await inspectImage(store, 'first:1');
  expect(inspection.size).toBe(rows[0]!.size);
  expect(inspection.layers[0]).toMatchObject({ digest: rootfs.digest, role: 'rootfs', createdBy: 'COPY . .' });
  expect(inspection.bundle).toEqual([
    { name: web.image.name, digest: web.image.digest, size: web.image.size, uniqueSize: web.image.size, origin: 'l:1' },
  ]);
  await expect(tagImage(store, 'nobody', 'x')).rejects.toEqual(code('IMAGE_NOT_FOUND'));
  await expect(tagImage(store, 'first:1', `x@${first.digest}`)).rejects.toEqual(code('IMAGE_REFERENCE_INVALID'));
});

test('a damaged image is listed with its problem and does not hide the others', async () => {
  await using folder = await temporaryDirectory();
  const { store, second } = await twoImages(folder.path);
  await writeFile(store.blobPath(second.digest), 'no manifest');
  const rows = await listImages(store);
  expect(rows.map(({ type, problem }) => [type, problem !== undefined])).toEqual([
    ['kube-installer', false],
    ['unknown', true],
  ]);
});
