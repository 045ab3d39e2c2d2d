/** Images in Go sealer's form in a store: what they become, and what is refused. Real tars, real digests. */

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { execaSync } from 'execa';
import { beforeEach, expect, test } from 'vitest';
import type { Descriptor, ImageManifest } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { mediaTypes } from '../image/media-types.js';
import { inspectImage } from '../inspect/inspect-image.js';
import { listImages } from '../inspect/list-images.js';
import type { ImageStore } from '../store/store.js';
import {
  type GoSealerImageOptions,
  putGoSealerImage,
  registryBlob,
  registryFiles,
} from '../testing/go-sealer-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { convertImage } from './convert-image.js';
import { prepareGoSealerImages } from './open-image.js';
import { openStore } from './open-store.js';

let store: ImageStore;
beforeEach(async () => {
  const folder = await temporaryDirectory();
  store = await openStore(folder.path);
  return () => folder[Symbol.asyncDispose]();
});

const linux = { os: 'linux', architecture: 'amd64' };
async function named(options: GoSealerImageOptions, name = 'registry.example/shop:1'): Promise<Descriptor> {
  const descriptor = await putGoSealerImage(store, options);
  await store.setName(name, descriptor);
  return descriptor;
}
const open = (name = 'registry.example/shop:1') => store.open(name, linux);
/** Names in the layers hosts get, as tar lists them. */
async function rootfsNames(): Promise<string[]> {
  const { config } = await open();
  return config.rootfs.flatMap(({ digest }) => {
    return execaSync('tar', ['-tzf', store.blobPath(digest)], { lines: true }).stdout;
  });
}

const nginx = registryFiles('library/nginx', '1.27', 'nginx');
const apiserver = registryFiles('kube-apiserver', 'v1.22.15', 'apiserver', ['amd64']);

test('becomes a cluster image under its own digest, its registry data the bundle', async () => {
  const descriptor = await named({
    layers: [
      {
        'etc/': '',
        'etc/kubeadm.yml': 'kind: ClusterConfiguration\n',
        'bin/tool': 'tool',
        'application/apps/web/w.yaml': '',
      },
      { ...nginx.files, ...apiserver.files },
    ],
    extension: {
      buildClient: { sealerVersion: 'v0.11.0' },
      schemaVersion: 'v1alpha1',
      type: 'kube-installer',
      env: { A: 'b' },
      applications: [
        { name: 'web', type: 'kube', files: ['w.yaml'] },
        { name: 'chart', type: 'helm', files: ['chart'] },
        { name: 'init', type: 'shell', files: ["it's.sh"] },
        { name: 'raw', cmds: ['make', 'install'], env: { X: 'y' } },
      ],
      launch: { app_names: ['web'], cmds: ['kubectl get nodes'] },
    },
    containerImages: [{ image: 'nginx:1.27', appName: 'web' }, { image: 'registry.k8s.io/kube-apiserver:v1.22.15' }],
    labels: { 'cluster.alpha.sealer.io/kube-cni-calico': 'true', other: 'label' },
  });
  const { digest, config, manifest, original, files } = await open();
  expect(digest).toBe(descriptor.digest);
  expect(config).toMatchObject({
    type: 'kube-installer',
    architecture: 'amd64',
    runtime: { type: 'kubernetes', version: 'v1.22.15' },
    env: { A: 'b' },
    cni: ['calico'],
    csi: [],
    apps: [
      { name: 'web', type: 'kube', files: ['w.yaml'], commands: [] },
      { name: 'chart', type: 'helm', files: ['.'], commands: [] },
      { name: 'init', type: 'shell', commands: ["cd ../../.. && bash 'application/apps/init/it'\\''s.sh'"] },
      { name: 'raw', commands: ['make install'], env: { X: 'y' } },
    ],
    launch: { apps: ['web'], commands: ['kubectl get nodes'] },
    documents: { 'etc/kubeadm.yml': 'kind: ClusterConfiguration\n' },
  });
  expect(config.containerRuntime).toBeUndefined();
  expect(config.bundle.map(({ name, digest: of, origin }) => [name, of, origin])).toEqual([
    ['docker.io/library/nginx:1.27', nginx.digest, 'sealer.image.container.images (app web)'],
    ['registry.k8s.io/kube-apiserver:v1.22.15', apiserver.digest, 'sealer.image.container.images'],
    ['sea.hub:5000/kube-apiserver:v1.22.15', apiserver.digest, 'registry/ (kube-apiserver:v1.22.15)'],
    ['sea.hub:5000/library/nginx:1.27', nginx.digest, 'registry/ (library/nginx:1.27)'],
  ]);
  // Index, manifest, config, layer; each is a layer descriptor of the manifest in our form, with its own bytes.
  expect(config.bundle[1]?.blobs).toHaveLength(4);
  const bundled = manifest.layers.filter((layer) => layer.annotations?.['vnd.sealer.layer.role'] === 'bundle');
  expect(bundled).toHaveLength(7);
  for (const { digest: blob } of bundled) expect(digestOf(await readAll(blob))).toBe(blob);
  // The first layer goes to hosts as it is, that of the registry not at all.
  expect(config.rootfs).toEqual([
    {
      ...pick(original?.layers[0]),
      diffId: digestOf(gunzipSync(await readAll(original!.layers[0]!.digest))),
      createdBy: 'COPY layer 1',
    },
  ]);
  expect(files).toEqual(['application/apps/web/w.yaml', 'bin/tool', 'etc/kubeadm.yml']);
});

const pick = (layer: Descriptor | undefined) => ({ digest: layer?.digest, size: layer?.size });
async function readAll(digest: Descriptor['digest']): Promise<Buffer> {
  return await store.readSmallBlob(digest);
}

test('images and inspect show it; what was made of it stays until it is removed', async () => {
  const descriptor = await putGoSealerImage(store, {
    layers: [{ 'bin/tool': 'x' }, nginx.files],
    extension: { buildClient: { sealerVersion: 'v0.9.3' }, type: 'app-installer' },
  });
  await store.setName('registry.example/shop:1', descriptor);
  expect(await listImages(store)).toMatchObject([{ type: 'app-installer', platforms: ['linux/amd64'], bundled: 0 }]);
  const seen = await inspectImage(store, 'registry.example/shop:1', linux);
  expect(seen).toMatchObject({ digest: descriptor.digest, madeBy: 'Go sealer v0.9.3' });
  expect(seen.manifest.annotations).toHaveProperty(['sealer.image.extension']);
  expect(seen.bundle).toMatchObject([{ name: 'sea.hub:5000/library/nginx:1.27', digest: nginx.digest }]);
  expect(await listImages(store)).toMatchObject([{ type: 'app-installer', bundled: 1 }]);
  expect(await store.collectGarbage()).toEqual([]);
  expect((await open()).config.bundle).toHaveLength(1);
  const [row] = await listImages(store);
  const { deletedBlobs, freedBytes } = await store.remove('registry.example/shop:1');
  expect(deletedBlobs).toBeGreaterThan(6);
  expect(row).toMatchObject({ size: seen.size, uniqueSize: freedBytes });
  expect(await store.hasBlob(nginx.digest)).toBe(false);
});

test('what was made of it is made again when it is damaged', async () => {
  await named({ layers: [nginx.files] });
  const before = await open();
  const other = await openStore(store.directory);
  await rm(store.blobPath(nginx.digest));
  expect((await other.open('registry.example/shop:1', linux)).config).toEqual(before.config);
  expect(await other.hasBlob(nginx.digest)).toBe(true);
  const [file] = await readdir(`${store.directory}/derived`);
  await writeFile(`${store.directory}/derived/${file}`, '{"schemaVersion":1');
  expect((await other.open('registry.example/shop:1', linux)).config).toEqual(before.config);
});

test('a layer with other files beside the registry data is written anew for hosts, entries unchanged', async () => {
  const long = `etc/${'long/'.repeat(40)}name`;
  await named({
    layers: [
      {
        ...nginx.files,
        [long]: 'content',
        'bin/tool': Buffer.alloc(3000, 7),
        'bin/t': { type: 'symlink', linkname: 'tool' },
      },
    ],
  });
  const { config, original } = await open();
  expect(config.rootfs[0]?.digest).not.toBe(original?.layers[0]?.digest);
  expect(await rootfsNames()).toEqual([long, 'bin/tool', 'bin/t']);
  const [layer] = config.rootfs;
  expect(digestOf(gunzipSync(await readAll(layer!.digest)))).toBe(layer?.diffId);
});

test('a layer that is not compressed is compressed for hosts', async () => {
  await named({ layers: [{ 'bin/tool': 'x' }], compress: (tar) => tar });
  expect(await rootfsNames()).toEqual(['bin/tool']);
});

test('later layers replace and remove tags, documents and files', async () => {
  const newer = registryFiles('library/nginx', '1.27', 'newer');
  const redis = registryFiles('library/redis', '7', 'redis');
  const tags = 'registry/docker/registry/v2/repositories/library/redis/_manifests/tags';
  await named({
    layers: [
      { ...nginx.files, ...redis.files, 'etc/a.yml': 'a', 'etc/b.yml': 'b', 'plugins/old.yaml': 'old' },
      {
        ...newer.files,
        [`${tags}/.wh.7`]: '',
        'etc/.wh.b.yml': '',
        'plugins/.wh..wh..opq': '',
        'plugins/new.yaml': 'new',
      },
    ],
  });
  const { config, files } = await open();
  expect(config.bundle.map(({ name, digest }) => [name, digest])).toEqual([
    ['sea.hub:5000/library/nginx:1.27', newer.digest],
  ]);
  expect(config.documents).toEqual({ 'etc/a.yml': 'a', 'plugins/new.yaml': 'new' });
  expect(files).toEqual(['etc/a.yml', 'plugins/new.yaml']);
});

test('a whited-out registry folder carries nothing', async () => {
  await named({ layers: [nginx.files, { '.wh.registry': '', a: 'b' }] });
  expect((await open()).config.bundle).toEqual([]);
});

test('two domains for one path both mean what the registry has; a digest that is carried is a name too', async () => {
  const pinned = `quay.io/team/tool@${nginx.digest}`;
  await named({
    layers: [nginx.files],
    containerImages: [
      { image: 'nginx:1.27' },
      { image: 'quay.io/library/nginx:1.27' },
      { image: pinned },
      { image: 'Not A Name' },
      { image: 'gone:1' },
    ],
  });
  expect((await open()).config.bundle.map(({ name }) => name)).toEqual([
    'docker.io/library/nginx:1.27',
    'quay.io/library/nginx:1.27',
    pinned,
    'sea.hub:5000/library/nginx:1.27',
  ]);
});

test('of an index, the platforms that are whole are carried', async () => {
  const both = registryFiles('tool', '1', 'tool', ['amd64', 'arm64']);
  const [arm] = Object.entries(both.files).filter(([, bytes]) =>
    bytes.includes('"architecture":"arm64","os":"linux","content"'),
  );
  const { [arm![0]]: _gone, ...files } = both.files;
  await named({ layers: [files] });
  const { config } = await open();
  expect(config.bundle[0]).toMatchObject({ digest: both.digest, mediaType: expect.stringContaining('manifest.list') });
  expect(config.bundle[0]?.blobs).toHaveLength(4);
});

test('a container image of which a blob is missing is refused', async () => {
  const files = Object.fromEntries(
    Object.entries(nginx.files).filter(([path, bytes]) => path === nginx.link || bytes[0] !== 0x1f),
  );
  await named({ layers: [files] });
  await expect(open()).rejects.toMatchObject({
    code: 'GO_IMAGE_BUNDLE_INCOMPLETE',
    message: expect.stringContaining('sea.hub:5000/library/nginx:1.27'),
  });
  await named({ layers: [{ [nginx.link]: 'not a digest' }] }, 'two:1');
  await expect(open('two:1')).rejects.toMatchObject({
    code: 'GO_IMAGE_INVALID',
    message: expect.stringContaining('"not a digest"'),
  });
});

test.each([
  ['flipped', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 40), Buffer.from('x'), bytes.subarray(41)])],
  ['cut off', (bytes: Buffer) => bytes.subarray(0, 60)],
])('a layer that is %s in the store is told from one that was made wrong', async (_what, damage) => {
  const { digest } = await named({ layers: [{ 'bin/tool': 'a tool', ...nginx.files }] });
  const manifest = await store.readManifest({ mediaType: '', digest, size: 0 });
  const path = store.blobPath((manifest as ImageManifest).layers[0]!.digest);
  await writeFile(path, damage(await readFile(path)));
  await expect(open()).rejects.toMatchObject({ code: 'BLOB_DAMAGED' });
});

test('a blob that is not what its path says is refused', async () => {
  await named({ layers: [{ [registryBlob(nginx.digest)]: 'other bytes' }] });
  await expect(open()).rejects.toMatchObject({ code: 'BLOB_DIGEST_MISMATCH' });
  expect(await store.hasBlob(nginx.digest)).toBe(false);
});

test.each([
  ['a name with ..', { '../../etc/passwd': 'x' }, 'leads out of the root'],
  ['an absolute name', { '/etc/passwd': 'x' }, 'leads out of the root'],
  ['a device', { 'dev/null': { type: 'character-device', devmajor: 1, devminor: 3 } }, 'is a device'],
  ['a pipe', { pipe: { type: 'fifo' } }, 'is a device, pipe'],
  ['a link out', { 'etc/x': { type: 'symlink', linkname: '../../shadow' } }, 'out of the root'],
  ['a hard link out', { x: { type: 'link', linkname: '/etc/shadow' } }, 'out of the root'],
  ['a hard link into the registry data', { x: { type: 'link', linkname: 'registry/y' } }, 'hard link into registry/'],
  [
    'a name behind a link',
    { etc: { type: 'symlink', linkname: '/etc' }, 'etc/cron.d/x': 'x' },
    'lies behind the link "etc"',
  ],
  [
    'a document without end',
    {
      'etc/big.yml': Buffer.alloc(200_000),
      ...Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`etc/${at}.yml`, Buffer.alloc(200_000)])),
    },
    'more than 2097152 bytes',
  ],
] as const)('%s is refused', async (_title, layer, reason) => {
  await named({ layers: [layer as never] });
  const refused = open();
  await expect(refused).rejects.toMatchObject({ code: 'GO_IMAGE_LAYER_REFUSED' });
  await expect(refused).rejects.toThrow(reason);
});

test('a link of one layer is seen by the next, and is forgotten when it is replaced', async () => {
  const link = { etc: { type: 'symlink', linkname: '/etc' } } as const;
  await named({ layers: [link, { 'etc/x': 'x' }] });
  await expect(open()).rejects.toThrow('lies behind the link "etc"');
  await named({ layers: [link, { 'etc/': '' }, { 'etc/x': 'x' }] }, 'two:1');
  expect((await open('two:1')).files).toEqual(['etc/x']);
});

test('a layer cut off, one with a lying diff id, and one that is no tar are refused', async () => {
  const descriptor = await putGoSealerImage(store, {
    layers: [{ a: Buffer.alloc(5000, 1) }],
    compress: (tar) => tar.subarray(0, 3000),
  });
  await store.setName('registry.example/shop:1', descriptor);
  await expect(open()).rejects.toMatchObject({
    code: 'GO_IMAGE_LAYER_REFUSED',
    message: expect.stringContaining('cut off'),
  });
  // In the middle of a blob of the registry data.
  const large = { [registryBlob(digestOf(Buffer.alloc(5000, 1)))]: Buffer.alloc(5000, 1) };
  await named({ layers: [large], compress: (tar) => tar.subarray(0, 3000) }, 'blob:1');
  await expect(open('blob:1')).rejects.toMatchObject({
    code: 'GO_IMAGE_LAYER_REFUSED',
    message: expect.stringContaining('cut off'),
  });
  await named({ layers: [large], compress: (tar) => gzipSync(tar).subarray(0, 60) }, 'gzip:1');
  await expect(open('gzip:1')).rejects.toMatchObject({ code: 'GO_IMAGE_LAYER_REFUSED' });
  await named({ layers: [{ a: 'b' }], diffIds: [`sha256:${'0'.repeat(64)}`] }, 'two:1');
  await expect(open('two:1')).rejects.toMatchObject({
    code: 'GO_IMAGE_INVALID',
    message: expect.stringContaining('its config says'),
  });
  await named({ layers: [{ a: 'b' }], compress: () => Buffer.alloc(2000, 65) }, 'three:1');
  await expect(open('three:1')).rejects.toMatchObject({ code: 'GO_IMAGE_LAYER_REFUSED' });
});

test('reading that is cancelled leaves nothing that would be taken for the whole', async () => {
  const descriptor = await putGoSealerImage(store, { layers: [nginx.files, { 'bin/tool': 'x' }] });
  const manifest = (await store.readManifest(descriptor)) as ImageManifest;
  const cancel = new AbortController();
  const options = { image: 'shop:1', signal: cancel.signal, onBytes: () => cancel.abort(new Error('enough')) };
  await expect(convertImage(store, manifest, options)).rejects.toThrow('enough');
  await store.setName('registry.example/shop:1', descriptor);
  expect(await readdir(join(store.directory, 'tmp'))).toEqual([]);
  expect((await open()).files).toEqual(['bin/tool']);
});

test('of several platforms under one index each is opened for itself', async () => {
  const one = await putGoSealerImage(store, { layers: [{ 'bin/amd': 'x' }] });
  const other = await putGoSealerImage(store, { layers: [{ 'bin/arm': 'x' }], architecture: 'arm64' });
  const list = {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifestList,
    manifests: [
      { ...one, platform: linux },
      { ...other, platform: { ...linux, architecture: 'arm64' } },
    ],
  };
  const index = {
    mediaType: mediaTypes.dockerManifestList,
    ...(await store.addBlob(Buffer.from(JSON.stringify(list)))),
  };
  await prepareGoSealerImages(store, 'both:1', index, {});
  await store.setName('both:1', index);
  expect((await open('both:1')).files).toEqual(['bin/amd']);
  const arm = await store.open('both:1', { os: 'linux', architecture: 'arm64' });
  expect(arm).toMatchObject({ digest: other.digest, files: ['bin/arm'], config: { architecture: 'arm64' } });
  expect(await listImages(store)).toMatchObject([
    { type: 'kube-installer', platforms: ['linux/amd64', 'linux/arm64'] },
  ]);
});

test('an image without the annotation is no cluster image; lost annotations are named as the reason', async () => {
  const descriptor = await putGoSealerImage(store, {
    layers: [{ a: 'b' }],
    labels: { 'io.sealer.version': 'v0.11.0' },
  });
  const manifest = JSON.parse(String(await readAll(descriptor.digest)));
  delete manifest.annotations;
  const plain = await store.addBlob(Buffer.from(JSON.stringify(manifest)));
  await store.setName('plain:1', { ...descriptor, ...plain });
  await expect(open('plain:1')).rejects.toMatchObject({
    code: 'IMAGE_NOT_CLUSTER',
    message: expect.stringContaining("lost when an image is stored in Docker's format"),
  });
});
