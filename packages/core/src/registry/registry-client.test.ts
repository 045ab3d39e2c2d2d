import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { ingestBundleImage } from '../build/ingest.js';
import { openStore } from '../go-sealer/open-store.js';
import { digestOf } from '../image/digest.js';
import { parseImageList } from '../image/image-list.js';
import { mediaTypes } from '../image/media-types.js';
import { Secret } from '../secrets/secret.js';
import { writeTestImage } from '../testing/container-image.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { copyImageToRegistry } from './copy-image-to-registry.js';
import { findCredentials } from './credentials.js';
import { createRegistryClient } from './registry-client.js';
import { searchRegistry } from './search-registry.js';

const code = (value: string) => expect.objectContaining({ code: value });
const user = { username: 'ops', password: new Secret('correct horse') };
const auth = { username: 'ops', password: 'correct horse' };
const bytes = randomBytes(600_000);
const blob = { digest: digestOf(bytes), size: bytes.length };

afterEach(() => vi.unstubAllEnvs());

test.each(['basic', 'bearer'] as const)('%s: push and pull of blob and manifest', async (scheme) => {
  await using registry = await FakeRegistry.start({ auth: { scheme, ...auth } });
  const client = createRegistryClient({ baseUrl: registry.url, credentials: user });
  let sent = 0;
  const onBytes = (count: number) => {
    sent += count;
  };
  expect(await client.headBlob('a/b', blob.digest)).toBeUndefined();
  expect(await client.uploadBlob('a/b', blob.digest, blob.size, () => Readable.from([bytes]), { onBytes })).toBe(true);
  expect(sent).toBe(blob.size);
  expect(await client.uploadBlob('a/b', blob.digest, blob.size, () => Readable.from([bytes]))).toBe(false);
  expect(await client.mountBlob('a/c', blob.digest, 'a/b')).toBe(true);
  expect((await buffer(client.getBlob('a/b', blob))).equals(bytes)).toBe(true);
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, layers: [] }));
  const digest = await client.putManifest('a/b', 'v1', mediaTypes.ociManifest, manifest);
  expect(await client.headManifest('a/b', 'v1')).toEqual({
    mediaType: mediaTypes.ociManifest,
    digest,
    size: manifest.length,
  });
  expect((await client.getManifest('a/b', digest)).bytes.equals(manifest)).toBe(true);
  await expect(client.getManifest('a/b', 'v2')).rejects.toEqual(code('REGISTRY_NOT_FOUND'));
  await client.close();
});

test.each(['basic', 'bearer'] as const)('%s: without and with wrong credentials', async (scheme) => {
  await using registry = await FakeRegistry.start({ auth: { scheme, ...auth } });
  const anonymous = createRegistryClient({ baseUrl: registry.url });
  await expect(anonymous.getManifest('a', 'b')).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
  const wrong = createRegistryClient({
    baseUrl: registry.url,
    credentials: { username: 'ops', password: new Secret('wrong') },
  });
  await expect(wrong.getManifest('a', 'b')).rejects.toMatchObject({
    message: expect.stringContaining('with the credentials'),
  });
  await Promise.all([anonymous.close(), wrong.close()]);
});

test('a cut download goes on where it stopped', async () => {
  let cuts = 0;
  await using registry = await FakeRegistry.start({
    intercept: (request, response) => {
      if (!request.url?.includes('/blobs/') || cuts >= 2) return false;
      cuts++;
      const start = Number(/=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(start ? 206 : 200, { 'content-length': bytes.length - start });
      response.write(bytes.subarray(start, start + 200_000), () => setTimeout(() => response.destroy(), 20));
      return true;
    },
  });
  registry.blobs.set(blob.digest, bytes);
  const client = createRegistryClient({ baseUrl: registry.url });
  expect(digestOf(await buffer(client.getBlob('a', blob)))).toBe(blob.digest);
  expect(cuts).toBe(2);
  expect(registry.requests.length).toBe(3);
  await client.close();
});

test('changed bytes are an error at the end of the stream', async () => {
  await using registry = await FakeRegistry.start();
  registry.blobs.set(blob.digest, Buffer.concat([bytes.subarray(1), bytes.subarray(0, 1)]));
  const client = createRegistryClient({ baseUrl: registry.url });
  await expect(buffer(client.getBlob('a', blob))).rejects.toEqual(code('BLOB_DIGEST_MISMATCH'));
  await client.close();
});

test('429 and 503 are waited for, as long as Retry-After says', async () => {
  const answers = [429, 503];
  await using registry = await FakeRegistry.start({
    intercept: (_request, response) => {
      const status = answers.shift();
      if (status) response.writeHead(status, { 'retry-after': '0' }).end();
      return status !== undefined;
    },
  });
  registry.blobs.set(blob.digest, bytes);
  const client = createRegistryClient({ baseUrl: registry.url });
  expect(await client.headBlob('a', blob.digest)).toBe(blob.size);
  expect(registry.requests.length).toBe(3);
  await client.close();
});

test('an upload that breaks begins again', async () => {
  let broken = false;
  await using registry = await FakeRegistry.start({
    intercept: (request) => {
      if (request.method !== 'PUT' || broken) return false;
      broken = true;
      request.once('data', () => request.socket.destroy());
      return true;
    },
  });
  const client = createRegistryClient({ baseUrl: registry.url });
  let sent = 0;
  const onBytes = (count: number) => {
    sent += count;
  };
  await client.uploadBlob('a', blob.digest, blob.size, () => Readable.from([bytes]), { onBytes });
  expect(registry.blobs.has(blob.digest)).toBe(true);
  expect(sent).toBe(blob.size);
  await client.close();
});

test('credentials do not follow a redirect to another host', async () => {
  await using storage = await FakeRegistry.start();
  storage.blobs.set(blob.digest, bytes);
  await using registry = await FakeRegistry.start({
    auth: { scheme: 'basic', ...auth },
    intercept: (request, response) => {
      if (!request.headers.authorization || !request.url?.includes('/blobs/')) return false;
      response.writeHead(307, { location: storage.url + request.url }).end();
      return true;
    },
  });
  const client = createRegistryClient({ baseUrl: registry.url, credentials: user });
  expect(digestOf(await buffer(client.getBlob('a', blob)))).toBe(blob.digest);
  expect(storage.requests).toEqual([`GET /v2/a/blobs/${blob.digest}`]);
  await client.close();
});

test('a tunnel is used for every connection, and the address need not exist', async () => {
  await using registry = await FakeRegistry.start();
  registry.blobs.set(blob.digest, bytes);
  let opened = 0;
  const client = createRegistryClient({
    baseUrl: 'http://sea.hub:5000',
    connect: async () => {
      opened++;
      return connect(registry.port, '127.0.0.1');
    },
  });
  expect(digestOf(await buffer(client.getBlob('a', blob)))).toBe(blob.digest);
  expect(opened).toBe(1);
  await client.close();
});

test('an unreachable registry is an error that names it', async () => {
  const client = createRegistryClient({
    baseUrl: 'http://127.0.0.1:1',
    connect: async () => Promise.reject(new Error('no channel')),
  });
  await expect(client.ping()).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('127.0.0.1:1'),
  });
  await client.close();
});

test('a line of an image list is pulled with the credentials of auth.json, and copied on', async () => {
  await using folder = await temporaryDirectory();
  await using registry = await FakeRegistry.start({ auth: { scheme: 'bearer', ...auth } });
  const layout = join(folder.path, 'oci');
  const root = await writeTestImage(layout, 'web', { platforms: [{ os: 'linux', architecture: 'amd64' }] });
  const store = await openStore(join(folder.path, 'store'));
  const options = { store, platform: { os: 'linux', architecture: 'amd64' }, baseDirectory: folder.path };
  const { image } = await ingestBundleImage(parseImageList('web from oci:oci', 'l')[0]!, options);
  const client = createRegistryClient({ baseUrl: registry.url, credentials: user });
  const first = await copyImageToRegistry(store, image, client, 'team/web', 'v1');
  expect(first).toMatchObject({ tagged: root.digest, sent: 2, present: 0, platformOnly: false });
  expect(await copyImageToRegistry(store, image, client, 'team/web', 'v1')).toMatchObject({ sent: 0 });
  await client.close();

  const home = join(folder.path, 'home');
  await mkdir(home);
  const encoded = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
  await writeFile(
    join(home, 'auth.json'),
    JSON.stringify({ auths: { [`127.0.0.1:${registry.port}`]: { auth: encoded } } }),
  );
  vi.stubEnv('SEALER_HOME', home);
  const [entry] = parseImageList(`127.0.0.1:${registry.port}/team/web:v1`, 'l');
  const pulled = await ingestBundleImage(entry!, { ...options, store: await openStore(join(folder.path, 'second')) });
  expect(pulled.image).toMatchObject({ digest: root.digest, mediaType: mediaTypes.ociIndex, blobs: image.blobs });
});

test('a cut upload goes on with what the registry lacks', async () => {
  const large = randomBytes(12_000_000);
  const entry = { digest: digestOf(large), size: large.length };
  let cuts = 0;
  await using registry = await FakeRegistry.start({
    intercept: (request) => {
      if (request.method !== 'PATCH' || cuts >= 2) return false;
      let arrived = 0;
      request.on('data', (piece: Buffer) => {
        arrived += piece.length;
        if (arrived < 3_000_000) return;
        cuts += 1;
        request.destroy();
      });
      return false;
    },
  });
  const client = createRegistryClient({ baseUrl: registry.url });
  const starts: number[] = [];
  let sent = 0;
  const content = (start = 0) => {
    starts.push(start);
    return Readable.from([large.subarray(start, start + 2_000_000), large.subarray(start + 2_000_000)]);
  };
  const onBytes = (count: number) => {
    sent += count;
  };
  expect(await client.uploadBlob('a/b', entry.digest, entry.size, content, { onBytes })).toBe(true);
  expect(registry.blobs.get(entry.digest)?.equals(large)).toBe(true);
  expect(starts).toHaveLength(3);
  expect(starts[0]).toBe(0);
  expect(starts[1]).toBeGreaterThanOrEqual(3_000_000);
  expect(starts[2]).toBeGreaterThanOrEqual(starts[1]! + 3_000_000);
  expect(sent).toBe(entry.size);
  await client.close();
});

test('a registry without PATCH gets one PUT', async () => {
  const large = randomBytes(9_000_000);
  await using registry = await FakeRegistry.start({
    intercept: (request, response) => {
      if (request.method !== 'PATCH') return false;
      request.resume().on('end', () => response.writeHead(405).end());
      return true;
    },
  });
  const client = createRegistryClient({ baseUrl: registry.url });
  const content = (start = 0) => Readable.from([large.subarray(start)]);
  expect(await client.uploadBlob('a/b', digestOf(large), large.length, content)).toBe(true);
  expect(registry.blobs.size).toBe(1);
  await client.close();
});

test('tags and repositories come in pages', async () => {
  await using registry = await FakeRegistry.start({
    intercept: (request, response) => {
      const url = new URL(request.url ?? '', 'http://registry');
      if (!/tags\/list|_catalog/.test(url.pathname)) return false;
      const first = !url.searchParams.has('last');
      const key = url.pathname.endsWith('list') ? 'tags' : 'repositories';
      if (first) response.setHeader('link', `<${url.pathname}?n=1&last=one>; rel="next"`);
      response.end(JSON.stringify({ [key]: [first ? 'one' : 'two'] }));
      return true;
    },
  });
  const client = createRegistryClient({ baseUrl: registry.url });
  expect(await client.listTags('a/b')).toEqual(['one', 'two']);
  expect(await client.listRepositories()).toEqual(['one', 'two']);
  await client.close();
});

test('credential helpers are asked, and what they say is not printed', async () => {
  await using folder = await temporaryDirectory();
  const program = join(folder.path, 'docker-credential-fake');
  const script =
    '#!/bin/sh\nread server\n[ "$server" = known.example ] || { echo "credentials not found in native keychain"; exit 1; }\necho \'{"Username":"ops","Secret":"from-helper"}\'\n';
  await writeFile(program, script, { mode: 0o755 });
  await writeFile(
    join(folder.path, 'config.json'),
    JSON.stringify({ auths: { 'known.example': {} }, credsStore: 'fake' }),
  );
  vi.stubEnv('PATH', `${folder.path}:${process.env.PATH}`);
  const files = { sealerHome: folder.path, dockerConfig: folder.path };
  const found = await findCredentials('known.example/team/app', files);
  expect(found?.username).toBe('ops');
  expect(found?.password.reveal()).toBe('from-helper');
  expect(JSON.stringify(found)).not.toContain('from-helper');
  expect(await findCredentials('other.example/app', files)).toBeUndefined();
  await writeFile(program, '#!/bin/sh\nexit 3\n');
  await expect(findCredentials('known.example/app', files)).rejects.toEqual(code('CREDENTIALS_HELPER_FAILED'));
});

test('a registry that does not give its catalog out is searched', async () => {
  await using registry = await FakeRegistry.start({
    intercept: (request, response) => {
      if (request.url?.startsWith('/v1/search?q=ngin'))
        response.end('{"results":[{"name":"team/nginx"},{"name":7},{}]}');
      else if (request.url?.startsWith('/v2/_catalog')) response.writeHead(401).end();
      else return false;
      return true;
    },
  });
  const domain = `127.0.0.1:${registry.port}`;
  const access = { plainHttp: true, sealerHome: '/nonexistent' };
  expect(await searchRegistry(`${domain}/ngin`, access)).toEqual([`${domain}/team/nginx`]);
  await expect(searchRegistry(`${domain}/other`, access)).rejects.toEqual(code('REGISTRY_UNAUTHORIZED'));
});
