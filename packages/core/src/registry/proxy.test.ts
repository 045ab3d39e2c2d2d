import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { FakeRegistry } from '../testing/fake-registry.js';
import { createRegistryClient } from './registry-client.js';

afterEach(() => vi.unstubAllEnvs());

test('HTTP_PROXY is gone through, NO_PROXY is left out', async () => {
  await using registry = await FakeRegistry.start();
  const tunnels: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer();
  proxy.on('connect', (request: IncomingMessage, client: Socket) => {
    tunnels.push(request.url);
    const upstream = connect(registry.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    sockets.add(client).add(upstream);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  vi.stubEnv('NO_PROXY', '127.0.0.1');
  const name = `nowhere.example:${registry.port}`;
  const behind = createRegistryClient({ baseUrl: `http://${name}` });
  await behind.ping();
  expect(tunnels).toEqual([name]);
  const direct = createRegistryClient({ baseUrl: registry.url });
  await direct.ping();
  expect(tunnels.length).toBe(1);
  expect(registry.requests.length).toBe(2);
  await Promise.all([behind.close(), direct.close()]);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
});
