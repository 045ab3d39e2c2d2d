/** What lies between a registry and us: mirrors, open lines, a process that is killed; and images of several platforms. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import { digestOf } from '../../packages/core/src/image/digest.js';
import { mediaTypes } from '../../packages/core/src/image/media-types.js';
import { parseReference } from '../../packages/core/src/image/reference.js';
import { pullImage } from '../../packages/core/src/registry/pull-image.js';
import { pushImage } from '../../packages/core/src/registry/push-image.js';
import { createRegistryClient } from '../../packages/core/src/registry/registry-client.js';
import { openRemoteSource } from '../../packages/core/src/registry/remote-source.js';
import { Secret } from '../../packages/core/src/secrets/secret.js';
import { copyImage } from '../../packages/core/src/store/copy-image.js';
import { putTestClusterImage } from '../../packages/core/src/testing/cluster-image.js';
import { FakeRegistry } from '../../packages/core/src/testing/fake-registry.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { account, type RunningRegistry, startDockerRegistry } from '../support/docker-registry.js';
import { expectSuccess, sealerIn } from '../support/sealer.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let registry: RunningRegistry;
let home: string;

beforeAll(async () => {
  folder = await temporaryDirectory();
  registry = await startDockerRegistry(folder.path, { version: '3.1' });
  home = join(folder.path, 'home');
  await mkdir(home);
  await settings();
}, 600_000);
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Trust in the registry, and in the same one on other ports or under other names. */
async function settings(more = '', ...others: string[]) {
  const ca = join(registry.certificates, 'ca.crt');
  const hosts = [registry.host, ...others];
  await writeFile(
    join(home, 'registries.yaml'),
    `registries:\n${hosts.map((host) => `  ${host}: { ca: ${ca} }\n`).join('')}${more}`,
  );
  const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
  await writeFile(
    join(home, 'auth.json'),
    JSON.stringify({ auths: Object.fromEntries(hosts.map((host) => [host, { auth }])) }),
  );
}

test('a pull that is killed leaves what had come to the next one', async () => {
  const store = await openStore(join(folder.path, 'source'));
  const name = `${registry.host}/big/shop:1`;
  const { digest } = await putTestClusterImage(store, { name, rootfs: randomBytes(60_000_000) });
  await pushImage(store, name, { sealerHome: home });
  const sealer = sealerIn(home);
  const onEvent = (event: Record<string, unknown>, child: { kill: (signal: 'SIGKILL') => boolean }) => {
    if (event.type === 'progress' && Number(event.current) > 20_000_000) child.kill('SIGKILL');
  };
  // Slow enough to be killed on the way.
  const slow = await slowProxy(registry.port, 40_000_000);
  await settings('', `127.0.0.1:${slow.port}`);
  const through = `127.0.0.1:${slow.port}/big/shop:1`;
  const killed = await sealer(['pull', '--json', through], { onEvent });
  expect(killed.code).toBe(137);
  const before = slow.bytes();
  const second = expectSuccess(await sealer(['pull', '--json', through]));
  expect(second.result.digest).toBe(digest);
  expect(second.result.receivedBytes).toBeLessThan(45_000_000);
  expect(slow.bytes() - before).toBeLessThan(45_000_000);
  await slow.close();
  await settings();
}, 60_000);

test('mirrors are asked first; one that lacks the image, or is down, leaves it to the registry', async () => {
  const store = await openStore(join(folder.path, 'mirrored'));
  const name = `${registry.host}/team/mirrored:1`;
  const { digest } = await putTestClusterImage(store, { name });
  await pushImage(store, name, { sealerHome: home, to: `${registry.host}/cache/upstream/team/mirrored:1` });
  await settings(
    `  up.example: { mirrors: ["https://127.0.0.1:1", "https://${registry.host}/nothing", "https://${registry.host}/cache/upstream"] }\n`,
  );
  const target = await openStore(join(folder.path, 'mirror-target'));
  const pulled = await pullImage(target, 'up.example/team/mirrored:1', { sealerHome: home });
  expect(pulled).toMatchObject({ name: 'up.example/team/mirrored:1', digest });
  await settings();
}, 60_000);

test('a mirror that has only a part of an image is helped out by the registry', async () => {
  const bytes = { whole: randomBytes(3_000_000), config: Buffer.from('{}') };
  const blob = (mediaType: string, content: Buffer) => ({ mediaType, digest: digestOf(content), size: content.length });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: blob('application/vnd.oci.image.config.v1+json', bytes.config),
      layers: [blob('application/vnd.oci.image.layer.v1.tar', bytes.whole)],
    }),
  );
  await using partial = await FakeRegistry.start({
    intercept: (request, response) => {
      if (!request.url?.endsWith(digestOf(bytes.whole))) return false;
      response.writeHead(404).end();
      return true;
    },
  });
  await using complete = await FakeRegistry.start();
  for (const at of [partial, complete]) {
    at.manifests.set('team/app:1', { mediaType: mediaTypes.ociManifest, bytes: manifest });
    for (const content of [bytes.whole, bytes.config]) at.blobs.set(digestOf(content), content);
  }
  const domain = `127.0.0.1:${complete.port}`;
  await settings(`  ${domain}: { mirrors: ["${partial.url}"] }\n`);
  const source = await openRemoteSource(parseReference(`${domain}/team/app:1`), { sealerHome: home });
  const store = await openStore(join(folder.path, 'helped'));
  await copyImage(source, 'app', { store, platform: { os: 'linux', architecture: 'amd64' } });
  expect(await store.blobSize(digestOf(bytes.whole))).toBe(bytes.whole.length);
  expect(partial.requests.some((request) => request.endsWith(digestOf(bytes.config)))).toBe(true);
  expect(complete.requests.filter((request) => request.includes('/blobs/'))).toEqual([
    `GET /v2/team/app/blobs/${digestOf(bytes.whole)}`,
  ]);
  await settings();
});

test('one platform of several, or all of them', async () => {
  const source = sealerIn(join(folder.path, 'platforms'));
  await mkdir(source.home);
  for (const file of ['registries.yaml', 'auth.json'])
    await writeFile(join(source.home, file), await readFile(join(home, file)));
  const store = await openStore(join(source.home, 'store'));
  for (const architecture of ['amd64', 'arm64'])
    await putTestClusterImage(store, { name: `registry.example/part:${architecture}`, config: { architecture } });
  const name = `${registry.host}/team/many:1`;
  const parts = ['registry.example/part:amd64', 'registry.example/part:arm64'];
  expectSuccess(await source(['merge', '-t', name, ...parts]));
  const pushed = expectSuccess(await source(['push', '--json', name]));
  const target = sealerIn(join(folder.path, 'platform'));
  await mkdir(target.home);
  for (const file of ['registries.yaml', 'auth.json'])
    await writeFile(join(target.home, file), await readFile(join(home, file)));
  const one = expectSuccess(await target(['pull', '--json', '--platform', 'linux/arm64', name]));
  const opened = await openStore(join(target.home, 'store'));
  expect((await opened.open(name, { os: 'linux', architecture: 'arm64' })).config.architecture).toBe('arm64');
  await expect(opened.open(name, { os: 'linux', architecture: 'amd64' })).rejects.toThrow();
  // An index of which a part is here is not pushed as if it were whole.
  const half = await target(['push', name, `${registry.host}/team/half:1`]);
  expect(half.stderr).toContain('IMAGE_INCOMPLETE');
  const all = expectSuccess(await target(['pull', '--json', '--all-platforms', name]));
  expect([one.result.digest, all.result.digest]).toEqual([pushed.result.digest, pushed.result.digest]);
  expect((await opened.open(name, { os: 'linux', architecture: 'amd64' })).config.architecture).toBe('amd64');
  const missing = await target(['pull', '--platform', 'linux/s390x', name]);
  expect(missing.stderr).toContain('IMAGE_PLATFORM_MISSING');
}, 60_000);

test('https is never left for http: not by a redirect, and not for an upload', async () => {
  const certificates = join(folder.path, 'certificates');
  const [key, cert] = await Promise.all(
    ['server.key', 'server.crt'].map((name) => readFile(join(certificates, name), 'utf8')),
  );
  const bytes = randomBytes(1000);
  const blob = { digest: digestOf(bytes), size: bytes.length };
  await using open = await FakeRegistry.start();
  open.blobs.set(blob.digest, bytes);
  let lie = true;
  await using secure = await FakeRegistry.start({
    tls: { key: key!, cert: cert! },
    intercept: (request, response) => {
      if (request.method === 'GET' && lie) response.writeHead(307, { location: `${open.url}${request.url}` }).end();
      else if (request.method === 'POST' && lie)
        response.writeHead(202, { location: `${open.url.replace('127.0.0.1', 'localhost')}/put` }).end();
      else if (request.method === 'POST') {
        // As behind a proxy that ends TLS: the registry thinks that it is http.
        const writeHead = response.writeHead.bind(response);
        const answer = (status: number, { location, ...headers }: Record<string, string>) =>
          writeHead(status, { ...headers, location: `http://127.0.0.1:${secure.port}${location}` });
        response.writeHead = answer as typeof response.writeHead;
      }
      return response.writableEnded;
    },
  });
  const credentials = { username: 'ops', password: new Secret('pw') };
  const client = createRegistryClient({ baseUrl: secure.url, ca: registry.ca, credentials });
  const refused = { code: 'REGISTRY_PROTOCOL', message: expect.stringContaining('not encrypted') };
  await expect(client.getManifest('a', '1')).rejects.toMatchObject(refused);
  const upload = () => client.uploadBlob('a', blob.digest, blob.size, () => Readable.from([bytes]));
  await expect(upload()).rejects.toMatchObject(refused);
  expect(open.requests).toEqual([]);
  lie = false;
  expect(await upload()).toBe(true);
  const manifest = Buffer.from('{"schemaVersion":2}');
  await client.putManifest('a', '1', mediaTypes.ociManifest, manifest);
  await client.close();
});

/** Forwards to a port, `rate` bytes a second to the client. */
async function slowProxy(port: number, rate: number) {
  let bytes = 0;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined);
      socket.on('close', () => [client, upstream].forEach((each) => void each.destroy()));
    }
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      bytes += chunk.length;
      client.write(chunk);
      upstream.pause();
      setTimeout(() => upstream.resume(), (chunk.length / rate) * 1000);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    bytes: () => bytes,
    close: async () => await new Promise((resolve) => server.close(resolve)),
  };
}
