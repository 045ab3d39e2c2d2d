/** CNCF distribution on loopback for one test: Debian's docker-registry 2.8, or 3.1 built from its Go module. No service is started. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { makeCertificates } from './certificates.js';
import { startTokenServer, type TokenServer } from './token-server.js';

const aptScript = fileURLToPath(new URL('apt.sh', import.meta.url));
const goTool = fileURLToPath(new URL('go-tool.sh', import.meta.url));
const cache = join(process.env.SEALER_LAB_CACHE ?? join(homedir(), '.cache', 'sealer-lab'), 'docker-registry');

/** The bcrypt hash is of the password; the registry reads nothing else. */
export const account = {
  username: 'ops',
  password: 'correct horse',
  htpasswd: 'ops:$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2',
};

/** Versions of distribution that sealer is tested with. */
export const registryVersions = ['2.8', '3.1'] as const;
export type RegistryVersion = (typeof registryVersions)[number];

export interface RegistryOptions {
  version?: RegistryVersion;
  /** `htpasswd` (the default), or bearer tokens of a token server. */
  auth?: 'htpasswd' | 'token';
}

export interface RunningRegistry extends AsyncDisposable {
  /** `127.0.0.1:40000`. */
  host: string;
  port: number;
  /** PEM of the authority that signed its certificate. */
  ca: string;
  /** A folder with `ca.crt` alone, for tools that want one. */
  certificates: string;
  /** With `auth: 'token'`. */
  tokens?: TokenServer;
  restart(): Promise<void>;
}

/** Also built by test/setup.sh, in parallel with the rest: it takes minutes the first time. */
const go = ['github.com/distribution/distribution/v3/cmd/registry', 'v3.1.0'] as const;
/** An OAuth2 refresh token the token server takes. */
export const refreshToken = 'refresh-token-of-ops';

export async function registryProgram(version: RegistryVersion): Promise<string> {
  if (version === '2.8') return await dockerRegistryProgram();
  return (await execa(goTool, go)).stdout.trim();
}

/** Path of the program; fetched by apt-get and unpacked into the lab's cache when it is not installed. */
export async function dockerRegistryProgram(): Promise<string> {
  const installed = '/usr/bin/docker-registry';
  if (await exists(installed)) return installed;
  const unpacked = join(cache, 'root', installed);
  if (await exists(unpacked)) return unpacked;
  await mkdir(cache, { recursive: true });
  await execa(aptScript, ['download', cache, 'docker-registry']);
  const { stdout } = await execa('sh', ['-c', 'ls docker-registry_*.deb'], { cwd: cache });
  await execa('dpkg-deb', ['-x', stdout.trim().split('\n')[0] as string, 'root'], { cwd: cache });
  return unpacked;
}

/** With TLS (own authority, certificate for 127.0.0.1 and sea.hub) and a login, data below `directory`. */
export async function startDockerRegistry(
  directory: string,
  { version = '2.8', auth = 'htpasswd' }: RegistryOptions = {},
): Promise<RunningRegistry> {
  const program = await registryProgram(version);
  const certificates = join(directory, 'certificates');
  await mkdir(certificates, { recursive: true });
  await makeCertificates(certificates);
  const port = await freePort();
  const config = join(directory, 'config.yml');
  await writeFile(join(directory, 'htpasswd'), `${account.htpasswd}\n`);
  const pem = async (name: string) => await readFile(join(certificates, name), 'utf8');
  const service = `registry on ${port}`;
  const tokens =
    auth === 'token'
      ? await startTokenServer({
          key: await pem('server.key'),
          cert: await pem('server.crt'),
          ...account,
          refreshToken,
          service,
        })
      : undefined;
  const rootcertbundle = join(certificates, 'ca.crt');
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
      auth: tokens
        ? { token: { realm: tokens.realm, service, issuer: 'test', rootcertbundle } }
        : { htpasswd: { realm: 'test', path: join(directory, 'htpasswd') } },
    }),
  );
  const start = async () => {
    const stdio = ['ignore', 'ignore', 'pipe'] as const;
    const child = execa(program, ['serve', config], { stdio, buffer: false, reject: false });
    let log = '';
    child.stderr.on('data', (chunk) => {
      log = (log + chunk).slice(-4000);
    });
    for (let attempt = 0; !(await accepts(port)); attempt++) {
      if (child.exitCode !== null || attempt > 200) throw new Error(`distribution ${version} did not start:\n${log}`);
      await sleep(50);
    }
    return { child };
  };
  let { child } = await start();
  const stop = async () => {
    child.kill('SIGKILL');
    await child;
  };
  return {
    host: `127.0.0.1:${port}`,
    port,
    ca: await pem('ca.crt'),
    certificates: join(certificates, 'trust'),
    ...(tokens ? { tokens } : {}),
    restart: async () => {
      await stop();
      ({ child } = await start());
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await tokens?.[Symbol.asyncDispose]();
      await rm(join(directory, 'data'), { recursive: true, force: true });
    },
  };
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
