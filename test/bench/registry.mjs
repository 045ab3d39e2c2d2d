/** Debian's docker-registry (CNCF distribution 2.8) on loopback, plain HTTP, for the time of a benchmark. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa, execaSync } from 'execa';
import { cache, root } from './places.mjs';

/** Its program; fetched by apt-get and unpacked into the lab's cache when it is not installed. */
function program() {
  const installed = '/usr/bin/docker-registry';
  if (existsSync(installed)) return installed;
  const folder = join(cache, '..', 'docker-registry');
  const unpacked = join(folder, 'root', installed);
  if (existsSync(unpacked)) return unpacked;
  mkdirSync(folder, { recursive: true });
  execaSync(join(root, 'test/support/apt.sh'), ['download', folder, 'docker-registry'], { stdio: 'inherit' });
  const name = readdirSync(folder).find((file) => /^docker-registry_.*\.deb$/.test(file));
  execaSync('dpkg-deb', ['-x', name, 'root'], { cwd: folder });
  return unpacked;
}

/** @returns {Promise<{host: string, empty: () => Promise<void>, stop: () => Promise<void>}>} */
export async function startRegistry(directory) {
  const port = await freePort();
  const config = join(directory, 'registry.json');
  const data = join(directory, 'registry');
  mkdirSync(directory, { recursive: true });
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: data } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  let child;
  const start = async () => {
    child = execa(program(), ['serve', config], { stdio: 'ignore', reject: false });
    for (let attempt = 0; !(await accepts(port)); attempt++) {
      if (child.exitCode !== null || attempt > 200) throw new Error('docker-registry did not start');
      await sleep(50);
    }
  };
  const stop = async () => {
    child.kill('SIGKILL');
    await child;
    rmSync(data, { recursive: true, force: true });
  };
  const empty = async () => {
    await stop();
    await start();
  };
  await start();
  return { host: `127.0.0.1:${port}`, empty, stop };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket.destroy() && true)).once('error', () => resolve(false));
  });
}
