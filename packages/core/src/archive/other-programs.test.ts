/** Archives as other programs write them, entry by entry. */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { beforeEach, expect, test } from 'vitest';
import type { SealerEvent } from '../events/events.js';
import { openStore } from '../go-sealer/open-store.js';
import type { Descriptor, ImageManifest } from '../image/descriptor.js';
import { digestOf, hexOf } from '../image/digest.js';
import { isIndex } from '../image/manifest-document.js';
import { annotations, mediaTypes } from '../image/media-types.js';
import { pushImage } from '../registry/push-image.js';
import type { ImageStore } from '../store/store.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { loadImages } from './load-archive.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: ImageStore;
beforeEach(async () => {
  folder = await temporaryDirectory();
  store = await openStore(join(folder.path, 'store'));
  return async () => await folder[Symbol.asyncDispose]();
});

type Entries = Record<string, Buffer | object | string>;

/** Strings are links. */
async function tar(entries: Entries): Promise<Readable> {
  const packed = pack();
  for (const [name, content] of Object.entries(entries)) {
    if (typeof content === 'string') packed.entry({ name, type: 'symlink', linkname: content });
    else packed.entry({ name }, Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content)));
  }
  packed.finalize();
  return Readable.from(packed as unknown as AsyncIterable<Buffer>, { objectMode: false });
}

/** Content that lies under its digest, with the descriptor for it. */
class Layout {
  readonly blobs: Entries = {};
  put(content: Buffer | object, mediaType: string, more: Partial<Descriptor> = {}): Descriptor {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = digestOf(bytes);
    this.blobs[`blobs/sha256/${hexOf(digest)}`] = bytes;
    return { mediaType, digest, size: bytes.length, ...more };
  }
  /** With what the index says of it; blobs that are named in `without` are left out. */
  files(manifests: Descriptor[], more: Entries = {}, without: string[] = []): Entries {
    const kept = Object.entries(this.blobs).filter(
      ([name]) => !without.some((digest) => name.endsWith(digest.slice(7))),
    );
    return {
      ...Object.fromEntries(kept),
      'index.json': { schemaVersion: 2, manifests },
      ...more,
      'oci-layout': { imageLayoutVersion: '1.0.0' },
    };
  }
}

const layerTar = Buffer.alloc(2048, 'a layer ');
const config = (diffIds: unknown = [digestOf(layerTar)]) => ({
  os: 'linux',
  architecture: 'amd64',
  rootfs: { type: 'layers', diff_ids: diffIds },
});
const named = (name: string, tag = name.split(':').at(-1) as string) => ({
  annotations: { 'io.containerd.image.name': name, [annotations.refName]: tag },
});
const fileOf = (digest: string) => `blobs/sha256/${digest.slice(7)}`;

/** An image of a layout, its manifest saying what `edit` makes of it. */
function image(layout: Layout, edit: (manifest: ImageManifest) => object = (manifest) => manifest, diffIds?: unknown) {
  const layer = layout.put(layerTar, mediaTypes.ociLayer);
  const own = layout.put(config(diffIds), mediaTypes.ociConfig);
  const manifest: ImageManifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: own, layers: [layer] };
  const root = layout.put(edit(manifest), mediaTypes.ociManifest);
  return {
    layer,
    config: own,
    root,
    row: (...tags: string[]) => ({ Config: fileOf(own.digest), RepoTags: tags, Layers: [fileOf(layer.digest)] }),
  };
}

const one = new Layout();
const whole = image(one);
/** As docker 25.0.0 writes it. */
const bare = new Layout();
const withoutLayers = image(bare, (manifest) => ({ ...manifest, layers: [] }));
const other = new Layout();
const second = image(other, undefined, [digestOf(layerTar)]);

const docker24 = (layers: Entries, names: string[]): Entries => ({
  'abc.json': config(),
  ...layers,
  'manifest.json': [{ Config: 'abc.json', RepoTags: ['a/b:1'], Layers: names }],
  repositories: {},
});

const archives: [string, Entries, string | undefined, Record<string, number> | string][] = [
  [
    'docker 26 to 28',
    one.files([{ ...whole.root, ...named('docker.io/a/b:1') }], {
      'manifest.json': [whole.row('a/b:1')],
      repositories: {},
    }),
    undefined,
    { 'docker.io/a/b:1': 1 },
  ],
  [
    'docker 25.0.0',
    bare.files([{ ...withoutLayers.root, ...named('docker.io/a/b:1') }], {
      'manifest.json': [withoutLayers.row('a/b:1')],
    }),
    undefined,
    { 'docker.io/a/b:1': 1 },
  ],
  [
    'docker 25.0.0, manifest.json first',
    {
      'manifest.json': [withoutLayers.row('a/b:1')],
      ...bare.files([{ ...withoutLayers.root, ...named('docker.io/a/b:1') }]),
    },
    undefined,
    { 'docker.io/a/b:1': 1 },
  ],
  [
    'the same without manifest.json',
    bare.files([{ ...withoutLayers.root, ...named('docker.io/a/b:1') }]),
    undefined,
    'IMAGE_MANIFEST_INVALID',
  ],
  [
    'the same, with a manifest.json that lacks the layer',
    bare.files([{ ...withoutLayers.root, ...named('docker.io/a/b:1') }], {
      'manifest.json': [{ ...withoutLayers.row('a/b:1'), Layers: [] }],
    }),
    undefined,
    'IMAGE_MANIFEST_INVALID',
  ],
  [
    'the same, of another image',
    bare.files([{ ...withoutLayers.root, ...named('docker.io/a/b:1') }], {
      'x.json': {},
      'manifest.json': [{ Config: 'x.json', RepoTags: ['x:1'], Layers: [] }],
    }),
    undefined,
    'ARCHIVE_INVALID',
  ],
  [
    'several images of docker save',
    one.files(
      [
        { ...whole.root, ...named('docker.io/a/b:1') },
        { ...second.root, ...named('docker.io/c/d:2') },
      ],
      { 'manifest.json': [whole.row('a/b:1'), second.row('c/d:2')] },
    ),
    undefined,
    { 'docker.io/a/b:1': 1, 'docker.io/c/d:2': 1 },
  ],
  [
    'names that only manifest.json has',
    one.files([{ ...whole.root, ...named('docker.io/a/b:1') }], {
      'manifest.json': [whole.row('a/b:1', 'a/b:latest')],
    }),
    undefined,
    { 'docker.io/a/b:1': 1, 'docker.io/a/b:latest': 1 },
  ],
  [
    'no index entry at all',
    one.files([], { 'manifest.json': [whole.row('a/b:1')] }),
    undefined,
    { 'docker.io/a/b:1': 1 },
  ],
  [
    'ctr export',
    one.files([{ ...whole.root, ...named('registry.example/a/b:1') }], {
      'manifest.json': [whole.row('registry.example/a/b:1')],
    }),
    undefined,
    { 'registry.example/a/b:1': 1 },
  ],
  [
    'docker up to 24',
    docker24({ 'x/layer.tar': layerTar, 'x/VERSION': Buffer.from('1.0'), 'x/json': {} }, ['x/layer.tar']),
    undefined,
    { 'docker.io/a/b:1': 1 },
  ],
  [
    'skopeo and podman: links of the old form',
    docker24({ 'l.tar': layerTar, 'x/layer.tar': '../l.tar' }, ['l.tar']),
    undefined,
    { 'docker.io/a/b:1': 1 },
  ],
  [
    'nix: layers that are links',
    docker24({ 'x/layer.tar': '../store/l.tar', 'store/l.tar': layerTar }, ['x/layer.tar']),
    undefined,
    { 'docker.io/a/b:1': 1 },
  ],
  [
    'a link that leads nowhere',
    docker24({ 'x/layer.tar': '../store/l.tar' }, ['x/layer.tar']),
    undefined,
    'ARCHIVE_INVALID',
  ],
  [
    'kaniko and ko: compressed layers, a config named by digest',
    {
      'sha256:ab': config(),
      'l.tar.gz': gzipSync(layerTar),
      'manifest.json': [{ Config: 'sha256:ab', RepoTags: ['a/b:1'], Layers: ['l.tar.gz'] }],
    },
    undefined,
    { 'docker.io/a/b:1': 1 },
  ],
  [
    'a layer compressed by zstd',
    docker24({ l: Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.alloc(50)]) }, ['l']),
    undefined,
    { 'docker.io/a/b:1': 1 },
  ],
  [
    'a layer compressed by xz',
    docker24({ l: Buffer.concat([Buffer.from('\xfd7zXZ\0', 'latin1'), Buffer.alloc(50)]) }, ['l']),
    undefined,
    'ARCHIVE_UNSUPPORTED',
  ],
  ['a layer more in the config', { ...docker24({}, []), 'abc.json': config() }, undefined, 'ARCHIVE_INVALID'],
  [
    'an image without layers, as Go writes it',
    { c: config(null), 'manifest.json': [{ Config: 'c', RepoTags: ['a/b:1'], Layers: null }] },
    undefined,
    { 'docker.io/a/b:1': 0 },
  ],
  ['an empty manifest.json', { 'manifest.json': [] }, undefined, 'ARCHIVE_INVALID'],
];

test.each(archives)('%s', async (_title, entries, name, expected) => {
  const loading = loadImages(store, await tar(entries), { name });
  if (typeof expected === 'string') {
    await expect(loading).rejects.toMatchObject({ code: expected });
    expect(await store.list()).toEqual([]);
    return;
  }
  await loading;
  expect(await layersByName()).toEqual(expected);
});

async function layersByName(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { name, descriptor } of await store.list()) {
    const document = await store.readManifest(descriptor);
    found[name] = isIndex(document) ? -1 : document.layers.length;
  }
  return found;
}

const plain = (ref: string | undefined, digest = whole.root) => ({
  ...digest,
  ...(ref === undefined ? {} : { annotations: { [annotations.refName]: ref } }),
});
test.each<[string, (string | undefined)[], string | undefined, string[] | string]>([
  ['a whole name', ['registry.example/a:1'], undefined, ['registry.example/a:1']],
  ['a name with a tag', ['a:1'], undefined, ['docker.io/library/a:1']],
  ['a bare tag', ['1.0'], undefined, 'ARCHIVE_INVALID'],
  ['a bare word', ['latest'], undefined, 'ARCHIVE_INVALID'],
  ['a bare tag, and a name for it', ['1.0'], 'shop:2', ['docker.io/library/shop:2']],
  ['two bare tags', ['1.0', '1.1'], undefined, 'ARCHIVE_INVALID'],
  [
    'two bare tags, and their repository',
    ['1.0', '1.1'],
    'registry.example/shop',
    ['registry.example/shop:1.0', 'registry.example/shop:1.1'],
  ],
  ['no name', [undefined], undefined, 'ARCHIVE_INVALID'],
  ['no name, and one for it', [undefined], 'shop:2', ['docker.io/library/shop:2']],
])('named by %s', async (_title, refs, name, expected) => {
  const loading = loadImages(store, await tar(one.files(refs.map((ref) => plain(ref)))), { name });
  if (typeof expected === 'string') await expect(loading).rejects.toMatchObject({ code: expected });
  else expect((await loading).map((loaded) => loaded.name)).toEqual(expected);
});

test.each<[string, unknown, (manifest: ImageManifest) => object, number]>([
  ['null, and the layers are null', null, (manifest) => ({ ...manifest, layers: null }), 0],
  ['null, and there is a layer', null, (manifest) => manifest, 1],
  ['an empty list, and the layers are null', [], (manifest) => ({ ...manifest, layers: null }), 0],
])('diff_ids that are %s, as containerd and skopeo take them', async (_title, diffIds, edit, layers) => {
  const layout = new Layout();
  const { root } = image(layout, edit, diffIds);
  await loadImages(store, await tar(layout.files([plain('a:1', root)])));
  expect(await layersByName()).toEqual({ 'docker.io/library/a:1': layers });
});

test('an index in an index is followed, through entries that name no platform', async () => {
  const layout = new Layout();
  const { root, config: own } = image(layout);
  const inner = layout.put(
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [root] },
    mediaTypes.ociIndex,
  );
  const outer = layout.put(
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [inner] },
    mediaTypes.ociIndex,
  );
  const files = layout.files([plain('a:1', outer)]);
  await loadImages(store, await tar(files));
  const { manifestBytes, platformRows } = await import('../store/manifest-of.js');
  const { listImages } = await import('../inspect/list-images.js');
  const linux = { os: 'linux', architecture: 'amd64' };
  expect(digestOf(await manifestBytes(store, 'a:1', linux))).toBe(root.digest);
  await expect(manifestBytes(store, 'a:1', { ...linux, architecture: 'arm64' })).rejects.toMatchObject({
    code: 'IMAGE_PLATFORM_MISSING',
  });
  expect(await listImages(store)).toMatchObject([{ type: 'container', platforms: ['linux/amd64'] }]);
  expect(await platformRows(store, 'a:1')).toHaveLength(1);
  // What it consists of is kept.
  expect(await store.collectGarbage()).toEqual([]);
  expect(await store.blobSize(own.digest)).toBe(own.size);
});

test('attestations that are named and not there: said when it is loaded, and pushed without them, as docker does', async () => {
  const layout = new Layout();
  const { root } = image(layout);
  const platform = { os: 'linux', architecture: 'amd64' };
  const gone = { ...root, digest: digestOf('nowhere'), platform: { os: 'unknown', architecture: 'unknown' } };
  const index = (manifests: Descriptor[]) =>
    layout.put({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }, mediaTypes.ociIndex);
  const arm = layout.put(
    { ...JSON.parse(String(layout.blobs[fileOf(root.digest)])), annotations: { arm: '64' } },
    mediaTypes.ociManifest,
  );
  const alone = index([{ ...root, platform }, gone]);
  const both = index([{ ...root, platform }, { ...arm, platform: { os: 'linux', architecture: 'arm64' } }, gone]);
  await using registry = await FakeRegistry.start();
  const access = { plainHttp: true, sealerHome: folder.path };
  for (const [tag, entry] of [
    ['alone', alone],
    ['both', both],
  ] as const) {
    const name = `127.0.0.1:${registry.port}/a:${tag}`;
    const said: string[] = [];
    const emit = (event: SealerEvent) => event.type === 'message' && said.push(event.text);
    await loadImages(store, await tar(layout.files([{ ...entry, annotations: { [annotations.refName]: name } }])), {
      emit,
    });
    expect(said).toEqual([expect.stringContaining(gone.digest)]);
    expect((await store.find(name))?.descriptor.digest).toBe(entry.digest);
    const pushed = await pushImage(store, name, { ...access, emit });
    expect(said[1]).toContain(`as ${pushed.digest}, not ${entry.digest}`);
    if (tag === 'alone') expect(pushed.digest).toBe(root.digest);
    const there = JSON.parse(String(registry.manifests.get(`a:${tag}`)?.bytes));
    expect(JSON.stringify(there)).not.toContain(gone.digest);
    expect(there.manifests?.length).toBe(tag === 'both' ? 2 : undefined);
  }
});
