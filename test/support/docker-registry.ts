/** Debian's docker-registry (CNCF distribution 2.8) on loopback for one test; no service of it is installed or started. */
import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const aptScript = fileURLToPath(new URL('apt.sh', import.meta.url));
const cache = join(process.env.SEALER_LAB_CACHE ?? join(homedir(), '.cache', 'sealer-lab'), 'docker-registry');

/** The bcrypt hash is of the password; the registry reads nothing else. */
export const account = {
  username: 'ops',
  password: 'correct horse',
  htpasswd: 'ops:$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2',
};

export interface RunningRegistry extends AsyncDisposable {
  /** `127.0.0.1:40000`. */
  host: string;
  port: number;
  /** PEM of the authority that signed its certificate. */
  ca: string;
  /** A folder with `ca.crt` alone, for tools that want one. */
  certificates: string;
  restart(): Promise<void>;
}

/** Path of the program; fetched by apt-get and unpacked into the lab's cache when it is not installed. */
export async function dockerRegistryProgram(): Promise<string> {
  const installed = '/usr/bin/docker-registry';
  if (await exists(installed)) return installed;
  const unpacked = join(cache, 'root', installed);
  if (await exists(unpacked)) return unpacked;
  await mkdir(cache, { recursive: true });
  await run(aptScript, ['download', cache, 'docker-registry']);
  const { stdout } = await run('sh', ['-c', 'ls docker-registry_*.deb'], { cwd: cache });
  await run('dpkg-deb', ['-x', stdout.trim().split('\n')[0] as string, 'root'], { cwd: cache });
  return unpacked;
}

/** With TLS (own authority, certificate for 127.0.0.1 and sea.hub) and htpasswd, data below `directory`. */
export async function startDockerRegistry(directory: string): Promise<RunningRegistry> {
  const program = await dockerRegistryProgram();
  const certificates = join(directory, 'certificates');
  await mkdir(certificates, { recursive: true });
  await makeCertificates(certificates);
  const port = await freePort();
  const config = join(directory, 'config.yml');
  await writeFile(join(directory, 'htpasswd'), `${account.htpasswd}\n`);
  // JSON is YAML.
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'warn' },
      storage: { filesystem: { rootdirectory: join(directory, 'data') } },
      http: {
        addr: `127.0.0.1:${port}`,
        tls: { certificate: join(certificates, 'server.crt'), key: join(certificates, 'server.key') },
      },
      auth: { htpasswd: { realm: 'test', path: join(directory, 'htpasswd') } },
    }),
  );
  const start = async () => {
    const child = spawn(program, ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (chunk) => {
      log = (log + chunk).slice(-4000);
    });
    for (let attempt = 0; !(await accepts(port)); attempt++) {
      if (child.exitCode !== null || attempt > 200) throw new Error(`docker-registry did not start:\n${log}`);
      await sleep(50);
    }
    return child;
  };
  let child = await start();
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  return {
    host: `127.0.0.1:${port}`,
    port,
    ca: await readFile(join(certificates, 'ca.crt'), 'utf8'),
    certificates: join(certificates, 'trust'),
    restart: async () => {
      await stop();
      child = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(join(directory, 'data'), { recursive: true, force: true });
    },
  };
}

async function makeCertificates(directory: string): Promise<void> {
  const openssl = (...words: string[]) => run('openssl', words, { cwd: directory });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...key,
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  );
  await openssl('req', ...key, '-subj', '/CN=registry', '-keyout', 'server.key', '-out', 'server.csr');
  await writeFile(join(directory, 'ext'), 'subjectAltName=IP:127.0.0.1,DNS:sea.hub\n');
  const sign = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'ext'];
  await openssl('x509', '-req', '-in', 'server.csr', ...sign, '-out', 'server.crt');
  await mkdir(join(directory, 'trust'), { recursive: true });
  await copyFile(join(directory, 'ca.crt'), join(directory, 'trust', 'ca.crt'));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function accepts(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
