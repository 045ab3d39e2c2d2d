import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { digestOf } from '../../packages/core/src/image/digest.js';
import { download } from '../../packages/core/src/registry/download.js';
import { createRegistryClient } from '../../packages/core/src/registry/registry-client.js';
import { FakeRegistry } from '../../packages/core/src/testing/fake-registry.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { makeCertificates } from '../support/certificates.js';

afterEach(() => vi.unstubAllEnvs());

/** A proxy that knows no names: everything goes to `port` of this machine. */
async function startProxy(port: number) {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((incoming: IncomingMessage, answer: ServerResponse) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const { pathname } = new URL(incoming.url ?? '');
    incoming.pipe(
      request({ port, host: '127.0.0.1', path: pathname, method: incoming.method }, (got) => {
        answer.writeHead(got.statusCode ?? 0, got.headers);
        got.pipe(answer);
      }),
    );
  });
  proxy.on('connect', (incoming: IncomingMessage, client: Socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    sockets.add(client).add(upstream);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

test('HTTP_PROXY sends requests on; NO_PROXY, and this machine, are left out', async () => {
  await using registry = await FakeRegistry.start();
  await using proxy = await startProxy(registry.port);
  vi.stubEnv('HTTP_PROXY', proxy.url);
  vi.stubEnv('NO_PROXY', 'direct.example');
  const behind = createRegistryClient({ baseUrl: `http://nowhere.example:${registry.port}` });
  await behind.ping();
  expect(proxy.asked).toEqual([`GET http://nowhere.example:${registry.port}/v2/`]);
  const itself = createRegistryClient({ baseUrl: registry.url });
  await itself.ping();
  const direct = createRegistryClient({ baseUrl: 'http://direct.example:1' });
  await expect(direct.getManifest('a', '1', { signal: AbortSignal.timeout(300) })).rejects.toThrow();
  expect(proxy.asked.length).toBe(1);
  expect(registry.requests.length).toBe(2);
  await Promise.all([behind.close(), itself.close(), direct.close()]);
});

test("HTTPS_PROXY is a tunnel: the certificate is the registry's, for its own name", async () => {
  await using folder = await temporaryDirectory();
  await makeCertificates(folder.path);
  const read = async (name: string) => await readFile(join(folder.path, name), 'utf8');
  const tls = { key: await read('server.key'), cert: await read('server.crt') };
  const ca = await read('ca.crt');
  await using registry = await FakeRegistry.start({ tls });
  await using proxy = await startProxy(registry.port);
  vi.stubEnv('HTTPS_PROXY', proxy.url);
  const name = `sea.hub:${registry.port}`;
  const trusting = createRegistryClient({ baseUrl: `https://${name}`, ca });
  await trusting.ping();
  expect(proxy.asked).toEqual([`CONNECT ${name}`]);
  const wary = createRegistryClient({ baseUrl: `https://${name}` });
  await expect(wary.ping()).rejects.toMatchObject({ code: 'REGISTRY_TLS' });
  const wrong = createRegistryClient({ baseUrl: `https://other.example:${registry.port}`, ca });
  await expect(wrong.ping()).rejects.toMatchObject({ code: 'REGISTRY_TLS' });
  await Promise.all([trusting.close(), wary.close(), wrong.close()]);
});

test('files that ADD names are fetched through the proxy too, wherever it is sent on to', async () => {
  const file = Buffer.from('a file');
  await using server = await FakeRegistry.start({
    intercept: (incoming, answer) => {
      if (incoming.url === '/moved') answer.writeHead(302, { location: 'http://elsewhere.example/file' }).end();
      else if (incoming.url === '/circle') answer.writeHead(302, { location: '/circle' }).end();
      else answer.writeHead(200).end(file);
      return true;
    },
  });
  await using proxy = await startProxy(server.port);
  vi.stubEnv('HTTP_PROXY', proxy.url);
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'deep', 'file');
  await download('http://nowhere.example/moved', digestOf(file), path);
  expect(await readFile(path)).toEqual(file);
  expect(proxy.asked).toEqual(['GET http://nowhere.example/moved', 'GET http://elsewhere.example/file']);
  const other = download('http://nowhere.example/file', digestOf('another'), join(folder.path, 'other'));
  await expect(other).rejects.toThrow(/its digest is/);
  await expect(download('http://nowhere.example/circle', digestOf(file), path)).rejects.toThrow(/in circles/);
  expect(await readdir(folder.path)).toEqual(['deep']);
});
