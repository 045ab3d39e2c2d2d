/** A gateway before the real CNCF distribution that lets no large request through and loses answers: the push gets there. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer, request as forward } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import { pullImage } from '../../packages/core/src/registry/pull-image.js';
import { pushImage } from '../../packages/core/src/registry/push-image.js';
import { putTestClusterImage } from '../../packages/core/src/testing/cluster-image.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { account, type RunningRegistry, registryVersions, startDockerRegistry } from '../support/docker-registry.js';

const MiB = 1024 * 1024;

interface Gateway {
  /** Bytes of the largest request. */
  limit?: number;
  /** What becomes of an answer that the registry has given: passed on when undefined. */
  answer?: (request: IncomingMessage) => 504 | 'cut' | undefined;
}

describe.each(registryVersions)('distribution %s', (version) => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let registry: RunningRegistry;

  beforeAll(async () => {
    folder = await temporaryDirectory();
    registry = await startDockerRegistry(folder.path, { version });
  }, 600_000);
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  /** With the registry's own certificate, and a home that knows both. */
  async function startGateway(label: string, { limit = Number.MAX_SAFE_INTEGER, answer }: Gateway) {
    const [key, cert] = await Promise.all(
      ['server.key', 'server.crt'].map(async (name) => await readFile(join(folder.path, 'certificates', name))),
    );
    const seen: string[] = [];
    const server = createServer({ key, cert }, (incoming, outgoing) => {
      const length = Number(incoming.headers['content-length'] ?? 0);
      seen.push(`${incoming.method} ${length}`);
      if (length > limit) return void outgoing.writeHead(413, { connection: 'close' }).end();
      const { method, headers, url: path } = incoming;
      const target = { host: '127.0.0.1', port: registry.port, method, headers, path, rejectUnauthorized: false };
      const upstream = forward(target, (got) => {
        const instead = answer?.(incoming);
        if (instead === 'cut') return void outgoing.destroy();
        outgoing.writeHead(instead ?? got.statusCode ?? 0, instead ? {} : got.headers);
        if (instead) got.resume().on('end', () => outgoing.end());
        else got.pipe(outgoing);
      });
      upstream.on('error', () => outgoing.destroy());
      incoming.pipe(upstream);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const sealerHome = join(folder.path, label);
    await mkdir(sealerHome);
    const ca = join(registry.certificates, 'ca.crt');
    const hosts = [registry.host, host];
    const lines = hosts.map((each) => `  ${each}: { ca: ${ca} }\n`);
    await writeFile(join(sealerHome, 'registries.yaml'), `registries:\n${lines.join('')}`);
    const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
    const auths = Object.fromEntries(hosts.map((each) => [each, { auth }]));
    await writeFile(join(sealerHome, 'auth.json'), JSON.stringify({ auths }));
    const dispose = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    return { host, access: { sealerHome }, seen, [Symbol.asyncDispose]: dispose };
  }

  /** Pushed through the gateway, pulled from the registry itself. */
  async function thereAndBack(label: string, gateway: Gateway) {
    await using setting = await startGateway(label, gateway);
    const { host, access, seen } = setting;
    const store = await openStore(join(access.sealerHome, 'store'));
    const name = `${host}/${label}/shop:1`;
    const { digest } = await putTestClusterImage(store, { name, rootfs: randomBytes(18 * MiB) });
    const pushed = await pushImage(store, name, access);
    const back = await openStore(join(access.sealerHome, 'back'));
    expect((await pullImage(back, `${registry.host}/${label}/shop:1`, access)).digest).toBe(digest);
    return { pushed, seen };
  }

  test('requests of more than 4 MiB are refused', async () => {
    const { seen } = await thereAndBack('small', { limit: 4 * MiB });
    expect(seen.filter((line) => line === `PATCH ${4 * MiB}`)).toHaveLength(4);
  }, 60_000);

  test('the answers to commits and to the manifest are lost', async () => {
    const lost = new Set<string>();
    const { pushed, seen } = await thereAndBack('lost', {
      answer: ({ method, url = '' }) => {
        const key = url.replace(/\?.*/, '');
        if (method !== 'PUT' || lost.has(key)) return undefined;
        lost.add(key);
        return url.includes('/manifests/') ? 'cut' : 504;
      },
    });
    expect(pushed.sent).toBe(2);
    // Each is sent once, and looked for after that.
    expect(seen.filter((line) => /^PATCH/.test(line))).toHaveLength(1);
    expect(lost.size).toBe(3);
  }, 60_000);
});
