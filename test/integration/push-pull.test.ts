/** push, pull, login, tags, search by the built CLI, against CNCF distribution 2.8 and 3.1 with TLS and htpasswd. */
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import { pullImage } from '../../packages/core/src/registry/pull-image.js';
import { pushImage } from '../../packages/core/src/registry/push-image.js';
import { putTestClusterImage } from '../../packages/core/src/testing/cluster-image.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { account, type RunningRegistry, registryVersions, startDockerRegistry } from '../support/docker-registry.js';

const cli = fileURLToPath(new URL('../../packages/cli/bin/run.js', import.meta.url));
describe.each(registryVersions)('distribution %s', (version) => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let registry: RunningRegistry;
  let home: string;

  beforeAll(async () => {
    folder = await temporaryDirectory();
    registry = await startDockerRegistry(folder.path, { version });
    home = join(folder.path, 'home');
    const store = await openStore(join(home, 'store'));
    await putTestClusterImage(store, { name: 'shop:1.0', rootfs: randomBytes(12_000_000) });
    await writeFile(join(home, 'ca.crt'), registry.ca);
    await writeFile(join(home, 'registries.yaml'), `registries:\n  ${registry.host}:\n    ca: ca.crt\n`);
  });

  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function sealer(words: string[], input = '', sealerHome = home) {
    const env = { SEALER_HOME: sealerHome, DOCKER_CONFIG: folder.path, CI: 'true' };
    const options = { env, input, reject: false, stripFinalNewline: false } as const;
    const { exitCode, stdout, stderr } = await execa(process.execPath, [cli, ...words], options);
    return { code: exitCode, stdout, stderr };
  }

  test('push without login says what to do; a wrong password is not kept', async () => {
    const target = `${registry.host}/team/shop:1.0`;
    const refused = await sealer(['push', 'shop:1.0', target]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('REGISTRY_UNAUTHORIZED');
    expect(refused.stderr).toContain(`sealer login ${registry.host}`);
    const wrong = await sealer(['login', registry.host, '-u', account.username, '--passwd-stdin'], 'wrong\n');
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).not.toContain('wrong\n');
    await expect(stat(join(home, 'auth.json'))).rejects.toThrow(/ENOENT/);
  });

  test('login, push, push again, tags, search, pull elsewhere, logout', async () => {
    const target = `${registry.host}/team/shop:1.0`;
    const login = ['login', registry.host, '-u', account.username, '--passwd-stdin'];
    expect(await sealer(login, `${account.password}\n`)).toMatchObject({ code: 0 });
    expect((await stat(join(home, 'auth.json'))).mode & 0o777).toBe(0o600);
    const first = await sealer(['push', 'shop:1.0', target, '--json']);
    expect(first).toMatchObject({ code: 0 });
    const pushed = JSON.parse(first.stdout.trim().split('\n').at(-1) as string).result;
    expect(pushed.sent).toBeGreaterThan(0);
    const again = JSON.parse((await sealer(['push', 'shop:1.0', target, '--json'])).stdout.trim().split('\n').at(-1)!);
    expect(again.result).toMatchObject({ sent: 0, digest: pushed.digest });
    expect((await sealer(['tags', `${registry.host}/team/shop`])).stdout).toBe('1.0\n');
    expect((await sealer(['search', `${registry.host}/sho`])).stdout).toBe(`${registry.host}/team/shop\n`);

    const other = join(folder.path, 'other');
    await openStore(join(other, 'store'));
    for (const name of ['auth.json', 'registries.yaml', 'ca.crt'])
      await writeFile(join(other, name), await readFile(join(home, name)));
    const pulled = await sealer(['pull', target], '', other);
    expect(pulled).toMatchObject({ code: 0 });
    expect(pulled.stdout).toContain(pushed.digest);
    const { stdout } = await sealer(['images', '--json'], '', other);
    expect(stdout).toContain(pushed.digest);
    expect((await sealer(['pull', target], '', other)).stdout).toMatch(/\b0 B of/);

    expect((await sealer(['logout', registry.host])).stdout).toContain('logged out');
    expect((await sealer(['push', 'shop:1.0', `${registry.host}/team/more:1`])).code).not.toBe(0);
  });

  test('a push that is cut is repeated, and a blob of another repository is mounted', async () => {
    const store = await openStore(join(folder.path, 'cut', 'store'));
    const proxy = await cuttingProxy(registry.port, 5_000_000);
    try {
      // 127.0.0.1 is in the certificate, whatever the port.
      const name = `127.0.0.1:${proxy.port}/cut/shop:1`;
      await writeFile(
        join(folder.path, 'cut', 'registries.yaml'),
        `registries:\n  127.0.0.1:${proxy.port}:\n    ca: ../home/ca.crt\n`,
      );
      const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
      await writeFile(
        join(folder.path, 'cut', 'auth.json'),
        JSON.stringify({ auths: { [`127.0.0.1:${proxy.port}`]: { auth } } }),
      );
      await putTestClusterImage(store, { name, rootfs: randomBytes(20_000_000) });
      const access = { sealerHome: join(folder.path, 'cut') };
      const pushed = await pushImage(store, name, access);
      expect(pushed.sent).toBeGreaterThan(0);
      expect(proxy.cuts()).toBe(2);
      const moved = await pushImage(store, name, { ...access, to: `127.0.0.1:${proxy.port}/cut/second:1` });
      expect(moved.sentBytes).toBe(0);

      const target = await openStore(join(folder.path, 'cut', 'target'));
      const { digest } = await pullImage(target, name, access);
      expect(digest).toBe(pushed.digest);
      expect(await target.open(name)).toMatchObject({ digest });
    } finally {
      await proxy.close();
    }
  });
});

/** Forwards to a port and cuts the first two connections that have sent `bytes`. */
async function cuttingProxy(port: number, bytes: number) {
  let cut = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connectTcp(port, '127.0.0.1');
    let sent = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.pipe(client);
    client.on('data', (chunk) => {
      sent += chunk.length;
      upstream.write(chunk);
      if (sent > bytes && cut < 2) {
        cut += 1;
        client.resetAndDestroy();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    cuts: () => cut,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
