import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadImages } from '../../packages/core/src/archive/load-archive.js';
import { saveImages } from '../../packages/core/src/archive/save-archive.js';
import { ingestBundleImage } from '../../packages/core/src/build/ingest.js';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import type { ImageIndex, ImageManifest } from '../../packages/core/src/image/descriptor.js';
import { digestOf } from '../../packages/core/src/image/digest.js';
import { parseImageList } from '../../packages/core/src/image/image-list.js';
import { mediaTypes } from '../../packages/core/src/image/media-types.js';
import { copyImageToRegistry } from '../../packages/core/src/registry/copy-image-to-registry.js';
import { createRegistryClient } from '../../packages/core/src/registry/registry-client.js';
import { openRemoteSource } from '../../packages/core/src/registry/remote-source.js';
import { Secret } from '../../packages/core/src/secrets/secret.js';
import { putTestClusterImage } from '../../packages/core/src/testing/cluster-image.js';
import { writeTestImage } from '../../packages/core/src/testing/container-image.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { account, type RunningRegistry, registryVersions, startDockerRegistry } from '../support/docker-registry.js';
import { requireSkopeo, skopeo } from '../support/skopeo.js';

const amd64 = { os: 'linux', architecture: 'amd64' };
const credentials = { username: account.username, password: new Secret(account.password) };
const code = (value: string) => expect.objectContaining({ code: value });

describe.each(registryVersions)('distribution %s', (version) => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let registry: RunningRegistry;

  beforeAll(async () => {
    await requireSkopeo();
    folder = await temporaryDirectory();
    registry = await startDockerRegistry(folder.path, { version });
  });

  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  function client() {
    return createRegistryClient({ baseUrl: `https://${registry.host}`, ca: registry.ca, credentials });
  }

  /** A layout, ingested into a store of its own. */
  async function ingested(label: string, platforms?: (typeof amd64)[]) {
    const home = join(folder.path, label);
    const root = await writeTestImage(join(home, 'oci'), label, {
      layerBytes: 400_000,
      ...(platforms ? { platforms } : {}),
    });
    const store = await openStore(join(home, 'store'));
    const [entry] = parseImageList(`${label} from oci:oci`, 'l');
    const bundle = await ingestBundleImage(entry!, { store, platform: amd64, baseDirectory: home });
    return { home, root, store, ...bundle };
  }

  const skopeoTarget = (name: string) => `docker://${registry.host}/${name}`;
  const source = () => [
    '--src-cert-dir',
    registry.certificates,
    '--src-creds',
    `${account.username}:${account.password}`,
  ];
  const destination = () => [
    '--dest-cert-dir',
    registry.certificates,
    '--dest-creds',
    `${account.username}:${account.password}`,
  ];
  const inspection = () => ['--cert-dir', registry.certificates, '--creds', `${account.username}:${account.password}`];

  test('an image is filled in, a second time nothing is sent, and skopeo reads it with its digest', async () => {
    const { store, image, root } = await ingested('plain');
    const registryClient = client();
    let bytes = 0;
    const onBytes = (count: number) => {
      bytes += count;
    };
    const first = await copyImageToRegistry(store, image, registryClient, 'team/plain', 'v1', { onBytes });
    expect(first).toMatchObject({
      tagged: root.digest,
      digests: [root.digest],
      sent: 2,
      present: 0,
      platformOnly: false,
    });
    const manifest = JSON.parse(String(await store.readSmallBlob(root.digest))) as ImageManifest;
    expect(bytes).toBe(manifest.config.size + manifest.layers[0]!.size);
    expect(await copyImageToRegistry(store, image, registryClient, 'team/plain', 'v1')).toMatchObject({
      sent: 0,
      tagged: root.digest,
    });
    // Another repository takes the blobs over without a byte sent.
    const mounted = await copyImageToRegistry(store, image, registryClient, 'other/plain', 'v1', {
      mountFrom: () => 'team/plain',
    });
    expect(mounted).toMatchObject({ sent: 0, present: 2 });
    await registryClient.close();
    const raw = await skopeo('inspect', '--raw', ...inspection(), skopeoTarget('other/plain:v1'));
    expect(digestOf(raw)).toBe(root.digest);
  });

  test('a whole index is kept; of a sparse one the registry takes the platform only', async () => {
    const whole = await ingested('whole', [amd64]);
    const registryClient = client();
    const kept = await copyImageToRegistry(whole.store, whole.image, registryClient, 'team/whole', 'v1');
    expect(kept).toMatchObject({ tagged: whole.root.digest, platformOnly: false });
    expect(kept.digests).toContain(whole.root.digest);

    const sparse = await ingested('sparse', [amd64, { os: 'linux', architecture: 'arm64' }]);
    expect(sparse.image).toMatchObject({ digest: sparse.root.digest, mediaType: mediaTypes.ociIndex });
    const index = JSON.parse(String(await sparse.store.readSmallBlob(sparse.root.digest))) as ImageIndex;
    const bytes = await sparse.store.readSmallBlob(sparse.root.digest);
    await expect(registryClient.putManifest('team/sparse', 'v0', mediaTypes.ociIndex, bytes)).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringMatching(/status 400: MANIFEST_BLOB_UNKNOWN/),
    });
    const copied = await copyImageToRegistry(sparse.store, sparse.image, registryClient, 'team/sparse', 'v1');
    expect(copied).toMatchObject({ tagged: index.manifests[0]!.digest, platformOnly: true });
    expect((await registryClient.headManifest('team/sparse', 'v1'))?.digest).toBe(index.manifests[0]!.digest);
    expect(await registryClient.headManifest('team/sparse', sparse.root.digest)).toBeUndefined();
    expect(await copyImageToRegistry(sparse.store, sparse.image, registryClient, 'team/sparse', 'v1')).toMatchObject({
      sent: 0,
    });
    await registryClient.close();
  });

  test('through a tunnel: TLS for the name in the certificate over a stream we open', async () => {
    const { store, image, root } = await ingested('tunnel');
    let opened = 0;
    const tunnelled = createRegistryClient({
      baseUrl: 'https://sea.hub:5000',
      ca: registry.ca,
      credentials,
      connect: async () => {
        opened++;
        // Not a net.Socket, as an ssh channel is none.
        const socket = connect(registry.port, '127.0.0.1');
        return Duplex.from({ readable: socket, writable: socket });
      },
    });
    expect(await copyImageToRegistry(store, image, tunnelled, 'team/tunnel', 'v1')).toMatchObject({
      tagged: root.digest,
      sent: 2,
    });
    expect(opened).toBeGreaterThan(0);
    await tunnelled.close();
    const wrongName = createRegistryClient({
      baseUrl: 'https://other.hub:5000',
      ca: registry.ca,
      connect: async () => connect(registry.port, '127.0.0.1'),
    });
    await expect(wrongName.ping()).rejects.toEqual(code('REGISTRY_TLS'));
    await wrongName.close();
  });

  test('no trust, no credentials, wrong credentials: each its own error', async () => {
    const untrusted = createRegistryClient({ baseUrl: `https://${registry.host}`, credentials });
    await expect(untrusted.ping()).rejects.toEqual(code('REGISTRY_TLS'));
    const anonymous = createRegistryClient({ baseUrl: `https://${registry.host}`, ca: registry.ca });
    await expect(anonymous.getManifest('team/plain', 'v1')).rejects.toEqual(code('REGISTRY_UNAUTHORIZED'));
    const wrong = { username: account.username, password: new Secret('wrong password') };
    const refused = createRegistryClient({ baseUrl: `https://${registry.host}`, ca: registry.ca, credentials: wrong });
    await expect(refused.headBlob('team/plain', digestOf('x'))).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: expect.not.stringContaining('wrong password'),
    });
    const down = createRegistryClient({ baseUrl: 'https://127.0.0.1:1', ca: registry.ca });
    await expect(down.ping({ signal: AbortSignal.timeout(1_000) })).rejects.toThrow();
    for (const each of [untrusted, anonymous, refused, down]) await each.close();
  });

  test('a registry that restarts in the middle of a large download is waited for', async () => {
    const bytes = randomBytes(64 * 1024 * 1024);
    const digest = digestOf(bytes);
    const registryClient = client();
    const { Readable } = await import('node:stream');
    const content = () =>
      Readable.from(
        (function* () {
          for (let at = 0; at < bytes.length; at += 65536) yield bytes.subarray(at, at + 65536);
        })(),
      );
    expect(await registryClient.uploadBlob('team/large', digest, bytes.length, content)).toBe(true);
    const stream = registryClient.getBlob('team/large', { digest, size: bytes.length });
    let restarted: Promise<void> | undefined;
    let received = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received > 1024 * 1024) restarted ??= registry.restart();
      // Slower than the network, so that the cut comes before the end.
      if (received < 8 * 1024 * 1024) await new Promise((next) => setTimeout(next, 5));
    }
    await restarted;
    expect(received).toBe(bytes.length);
    await registryClient.close();
  });

  test('an imageList line is pulled with the credentials of auth.json', async () => {
    const { root, store, image } = await ingested('pulled');
    const registryClient = client();
    await copyImageToRegistry(store, image, registryClient, 'team/pulled', 'v1');
    await registryClient.close();
    const home = join(folder.path, 'home');
    await mkdir(home, { recursive: true });
    const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
    await writeFile(join(home, 'auth.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    vi.stubEnv('SEALER_HOME', home);
    const { findCredentials } = await import('../../packages/core/src/registry/credentials.js');
    expect((await findCredentials(`${registry.host}/team/pulled`))?.username).toBe(account.username);
    vi.unstubAllEnvs();
    const second = client();
    const [entry] = parseImageList(`${registry.host}/team/pulled:v1`, 'l');
    const target = await openStore(join(folder.path, 'pulled-store'));
    const pulled = await ingestBundleImage(entry!, {
      store: target,
      platform: amd64,
      baseDirectory: folder.path,
      registry: async (reference, signal) => await openRemoteSource(reference, { signal }, second),
    });
    expect(pulled.image).toMatchObject({ digest: root.digest, blobs: image.blobs });
    await second.close();
  });

  test('skopeo takes a saved cluster image through the registry and back with every digest unchanged', async () => {
    const platforms = [amd64, { os: 'linux', architecture: 'arm64' }];
    const { home, store, image, descriptors } = await ingested('bundled', platforms);
    const cluster = await putTestClusterImage(store, {
      name: 'registry.example/shop:1.0',
      bundle: [{ image, descriptors }],
    });
    const archive = join(home, 'shop.tar');
    await saveImages(store, ['registry.example/shop:1.0'], archive);
    await skopeo('copy', '--preserve-digests', ...destination(), `oci-archive:${archive}`, skopeoTarget('shop:1.0'));
    const raw = await skopeo('inspect', '--raw', ...inspection(), skopeoTarget('shop:1.0'));
    expect(digestOf(raw)).toBe(cluster.digest);
    await skopeo(
      'copy',
      '--preserve-digests',
      ...source(),
      skopeoTarget('shop:1.0'),
      `oci-archive:${home}/back.tar:registry.example/shop:1.0`,
    );
    const back = await openStore(join(home, 'back'));
    expect((await loadImages(back, join(home, 'back.tar')))[0]).toMatchObject({
      name: 'registry.example/shop:1.0',
      descriptor: { digest: cluster.digest },
    });
    expect((await back.open('registry.example/shop:1.0')).config).toEqual(cluster.config);
    for (const digest of image.blobs) expect(await back.hasBlob(digest), digest).toBe(true);
    // And by our own client.
    const registryClient = client();
    expect(digestOf((await registryClient.getManifest('shop', '1.0')).bytes)).toBe(cluster.digest);
    const layer = cluster.manifest.layers[0]!;
    expect(digestOf(await buffer(registryClient.getBlob('shop', layer)))).toBe(layer.digest);
    await registryClient.close();
  });

  test('archives that skopeo writes are read: oci-archive and docker-archive', async () => {
    const home = join(folder.path, 'written');
    // skopeo unpacks layers for a docker-archive, so they have to be real tars.
    const { tarHeader, tarPadding, tarEnd } = await import('../../packages/core/src/tar/tar-header.js');
    const text = Buffer.from('hello\n');
    const tar = Buffer.concat([tarHeader('hello.txt', text.length), text, tarPadding(text.length), tarEnd]);
    const store = await openStore(join(home, 'source'));
    const layer = { mediaType: mediaTypes.ociLayerGzip, ...(await store.addBlob(gzipSync(tar))) };
    const configuration = { ...amd64, rootfs: { type: 'layers', diff_ids: [digestOf(tar)] }, config: {} };
    const config = {
      mediaType: mediaTypes.ociConfig,
      ...(await store.addBlob(Buffer.from(JSON.stringify(configuration)))),
    };
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
    const descriptor = {
      mediaType: mediaTypes.ociManifest,
      ...(await store.addBlob(Buffer.from(JSON.stringify(manifest)))),
    };
    await store.setName('example.org/hello:1', descriptor);
    // Our store is an OCI layout that skopeo reads as it is.
    const layout = `oci:${store.directory}:example.org/hello:1`;
    await skopeo('copy', '--preserve-digests', layout, `oci-archive:${home}/oci.tar:v1`);
    await skopeo('copy', layout, `docker-archive:${home}/docker.tar:example.org/hello:1`);
    const target = await openStore(join(home, 'target'));
    const lines = 'example.org/hello:1 from oci-archive:oci.tar\nexample.org/hello:2 from docker-archive:docker.tar';
    const [fromOci, fromDocker] = parseImageList(lines, 'l');
    const options = { store: target, platform: amd64, baseDirectory: home };
    const first = await ingestBundleImage(fromOci!, options);
    expect(first.image.digest).toBe(descriptor.digest);
    const second = await ingestBundleImage(fromDocker!, options);
    // The layer is unpacked in such an archive: its digest is the diffId.
    expect(second.descriptors[2]).toMatchObject({ digest: digestOf(tar), mediaType: mediaTypes.ociLayer });
    expect((await readFile(target.blobPath(digestOf(tar)))).equals(tar)).toBe(true);
  });
});
