/** A sealer that is process 1 of a container and is killed: the next one, in a container or not, goes on. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { sealerIn } from '../support/sealer.js';

const container = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
let home: Awaited<ReturnType<typeof temporaryDirectory>>;
/** A host that takes connections and says nothing: whoever connects has the lock by then. */
let silent: ReturnType<typeof createServer>;
let port: number;
const sockets = new Set<Socket>();

beforeEach(async () => {
  home = await temporaryDirectory();
  silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  port = (silent.address() as { port: number }).port;
  const folder = join(home.path, 'clusters', 'alone');
  await mkdir(folder, { recursive: true });
  const digest = `sha256:${'0'.repeat(64)}`;
  const state = { schemaVersion: 1, cluster: 'alone', image: { name: 'a:1', digest }, hosts: [], status: 'installed' };
  await writeFile(join(folder, 'state.json'), JSON.stringify(state));
  await writeFile(join(folder, 'image-config.json'), JSON.stringify({ env: {}, documents: {} }));
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  silent.close();
  await home[Symbol.asyncDispose]();
});

test('a lock of a killed process 1 is broken, one of a living process 1 is kept', async () => {
  const sealer = sealerIn(home.path);
  const clusterfile = `apiVersion: sealer.io/v2
kind: Cluster
metadata: {name: alone}
spec:
  image: a:1
  hosts: [{ips: [127.0.0.1], roles: [master], ssh: {port: ${port}}}]
`;
  await writeFile(join(home.path, 'clusters', 'alone', 'Clusterfile'), clusterfile);
  const lock = join(home.path, 'clusters', 'alone', 'lock');
  const begun = async () => {
    while (sockets.size === 0) await sleep(20);
    expect(await readFile(lock, 'utf8')).toMatch(/^1\.\d+\.\d+\.\w{8}\./);
  };
  const again = ['delete', '-a', '-y', '-c', 'alone', '--port', '1'];
  for (const prefix of [container, []]) {
    sockets.clear();
    const first = sealer(['delete', '-a', '-y', '-c', 'alone'], { prefix: container });
    await begun();
    // From outside, all containers are seen.
    const kept = await sealer(again);
    expect(kept.stderr).toContain('[CLUSTER_LOCKED]');
    expect(kept.stderr).toContain('process 1 on this machine');
    first.child.kill('SIGKILL');
    expect((await first).code).toBe(137);
    const next = await sealer(again, { prefix });
    expect(next.stderr).toContain('[HOST_UNREACHABLE]');
    await expect(readFile(lock)).rejects.toThrow('ENOENT');
  }
}, 120_000);
