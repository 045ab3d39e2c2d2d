/** What fails on the way to a registry is named by what it is: over real sockets, TLS and proxies. */
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import { digestOf } from '../../packages/core/src/image/digest.js';
import { pushImage } from '../../packages/core/src/registry/push-image.js';
import { createRegistryClient, type RegistryClientOptions } from '../../packages/core/src/registry/registry-client.js';
import { putTestClusterImage } from '../../packages/core/src/testing/cluster-image.js';
import { FakeRegistry } from '../../packages/core/src/testing/fake-registry.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { makeCertificates } from '../support/certificates.js';

vi.mock('../../packages/core/src/registry/retry.js', async (original) => ({
  ...(await original<object>()),
  backOff: async () => undefined,
}));

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let tls: FakeRegistry;
let expired: FakeRegistry;
let plain: FakeRegistry;
let proxy: Server;
let ca: string;
const proxyUrl = () => `http://someone:password@127.0.0.1:${(proxy.address() as AddressInfo).port}`;

beforeAll(async () => {
  folder = await temporaryDirectory();
  const start = async (label: string, days: number) => {
    const place = join(folder.path, label);
    await makeCertificates(place, days);
    const [key = '', cert = '', authority = ''] = await Promise.all(
      ['server.key', 'server.crt', 'ca.crt'].map(async (name) => await readFile(join(place, name), 'utf8')),
    );
    return { registry: await FakeRegistry.start({ tls: { key, cert } }), authority };
  };
  const [good, old] = [await start('good', 2), await start('old', -1)];
  tls = good.registry;
  expired = old.registry;
  ca = `${good.authority}${old.authority}`;
  plain = await FakeRegistry.start();
  proxy = createServer((_request, response) => response.writeHead(407).end('who are you?'));
  proxy.on('connect', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
});
afterAll(async () => {
  for (const registry of [tls, expired, plain]) await registry[Symbol.asyncDispose]();
  proxy.close();
  await folder[Symbol.asyncDispose]();
});
afterEach(() => vi.unstubAllEnvs());

interface Case {
  what: string;
  baseUrl: () => string;
  options?: () => Partial<RegistryClientOptions>;
  env?: () => Record<string, string>;
  code: string;
  text: string | RegExp;
  hint: string;
}
const cases: Case[] = [
  {
    what: 'a name nobody knows',
    baseUrl: () => 'http://no-such-registry.invalid',
    code: 'REGISTRY_UNREACHABLE',
    text: /DNS/,
    hint: '/etc/hosts',
  },
  {
    what: 'a port nobody listens on',
    baseUrl: () => 'http://127.0.0.1:1',
    code: 'REGISTRY_UNREACHABLE',
    text: 'nothing listens on 127.0.0.1:1',
    hint: 'port',
  },
  {
    what: 'an authority nobody trusts',
    baseUrl: () => tls.url,
    code: 'REGISTRY_TLS',
    text: 'not trusted here',
    hint: 'ca.crt',
  },
  {
    what: 'another name',
    baseUrl: () => tls.url,
    options: () => ({ ca, servername: 'other.example' }),
    code: 'REGISTRY_TLS',
    text: 'for another name',
    hint: 'name',
  },
  {
    what: 'a certificate that has expired',
    baseUrl: () => expired.url,
    options: () => ({ ca }),
    code: 'REGISTRY_TLS',
    text: 'has expired',
    hint: 'clock',
  },
  {
    what: 'plain http where TLS was expected',
    baseUrl: () => plain.url.replace('http:', 'https:'),
    code: 'REGISTRY_TLS',
    text: 'does not speak TLS',
    hint: '--plain-http',
  },
  {
    what: 'a certificate that is none',
    baseUrl: () => tls.url,
    options: () => ({ ca: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n' }),
    code: 'REGISTRY_TLS',
    text: 'failed',
    hint: 'ca.crt',
  },
  {
    what: 'a proxy that is not there',
    baseUrl: () => 'https://registry.example',
    env: () => ({ HTTPS_PROXY: 'http://127.0.0.1:1' }),
    code: 'REGISTRY_UNREACHABLE',
    text: 'the proxy http://127.0.0.1:1 does not connect to it: nothing listens',
    hint: 'NO_PROXY',
  },
  {
    what: 'a proxy that refuses',
    baseUrl: () => 'https://registry.example',
    env: () => ({ HTTPS_PROXY: proxyUrl() }),
    code: 'REGISTRY_UNREACHABLE',
    text: 'it answers 403 Forbidden',
    hint: 'HTTPS_PROXY',
  },
  {
    what: 'a proxy that wants a login',
    baseUrl: () => 'http://registry.example',
    env: () => ({ HTTP_PROXY: proxyUrl() }),
    code: 'REGISTRY_UNREACHABLE',
    text: '407',
    hint: 'user and password',
  },
  {
    what: 'a proxy that is no address',
    baseUrl: () => 'https://registry.example',
    env: () => ({ HTTPS_PROXY: 'http://[' }),
    code: 'REGISTRY_UNREACHABLE',
    text: 'not an address',
    hint: 'HTTPS_PROXY',
  },
];

test.each(cases)('$what', async ({ baseUrl, options, env, code, text, hint }) => {
  for (const [name, value] of Object.entries(env?.() ?? {})) vi.stubEnv(name, value);
  const client = createRegistryClient({ baseUrl: baseUrl(), ...options?.() });
  const failure = await client.ping().catch((cause) => cause);
  expect(failure).toMatchObject({ code, hint: expect.stringContaining(hint) });
  expect(failure.message).toMatch(text);
  expect(failure.message).not.toContain('password@');
  await client.close();
});

test("a token server that is not there is named, as the registry's", async () => {
  await using registry = await FakeRegistry.start({
    intercept: (_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://127.0.0.1:1/token"' }).end();
      return true;
    },
  });
  const client = createRegistryClient({ baseUrl: registry.url });
  await expect(client.ping()).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('127.0.0.1:1: nothing listens'),
  });
  await client.close();
});

test.each([3_000, 12_000_000])('a local blob of %s bytes that is gone is no failure of the network', async (size) => {
  const store = await openStore(join(folder.path, `store-${size}`));
  const name = `127.0.0.1:${plain.port}/gone/shop:1`;
  const { manifest } = await putTestClusterImage(store, {
    name,
    rootfs: Buffer.alloc(size, 'x'),
    compress: (tar) => tar,
  });
  const [layer] = manifest.layers;
  await rm(store.blobPath(layer!.digest));
  const push = pushImage(store, name, { sealerHome: folder.path, plainHttp: true });
  await expect(push).rejects.toMatchObject({ code: 'BLOB_MISSING', message: expect.stringContaining(layer!.digest) });
});

test('other failures of what is sent pass as they are, or are said to be of this machine', async () => {
  const client = createRegistryClient({ baseUrl: plain.url });
  const send = async (content: () => Readable) =>
    await client.uploadBlob('a', digestOf('x'), 9, content).catch((cause) => cause);
  const broken = (cause: Error) => () =>
    new Readable({
      read() {
        this.destroy(cause);
      },
    });
  expect(await send(broken(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })))).toMatchObject({
    code: 'UPLOAD_UNREADABLE',
    message: expect.stringContaining('EIO'),
  });
  const mistake = () => {
    throw new TypeError('undefined is not a function');
  };
  expect(await send(mistake)).toBeInstanceOf(TypeError);
  await client.close();
});

test('a stop that was asked for is a stop', async () => {
  const client = createRegistryClient({ baseUrl: plain.url });
  await expect(client.ping({ signal: AbortSignal.abort(new Error('stopped by the user')) })).rejects.toThrow(
    'stopped by the user',
  );
  await client.close();
});
