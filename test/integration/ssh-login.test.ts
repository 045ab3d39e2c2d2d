/** Every way to log in and to become root, and every way a host key can be wrong, against a real sshd. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHost, Secret, script } from '@sealer/core';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  askingUser,
  freePort,
  makeKey,
  plainUser,
  publicKey,
  type Sshd,
  startSshd,
  trustedUser,
  userPassword,
} from '../support/sshd.js';

type Ssh = Parameters<typeof openHost>[0]['ssh'];

let folder: string;
let sshd: Sshd;
let home: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ssh-login-'));
  sshd = await startSshd(folder);
});

afterAll(async () => {
  await sshd?.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  // Neither the keys nor the agent of whoever runs the tests.
  home = await mkdtemp(join(folder, 'home-'));
  await mkdir(join(home, '.ssh'));
  vi.stubEnv('HOME', home);
  vi.stubEnv('SSH_AUTH_SOCK', undefined);
});

afterEach(() => vi.unstubAllEnvs());

async function log(ssh: Partial<Ssh>, options: { strict?: boolean; address?: string } = {}) {
  const address = options.address ?? '127.0.0.1';
  const spec = { address, local: false, roles: [], env: {}, labels: {}, taints: [] };
  return await openHost(
    { ...spec, ssh: { user: 'root', port: sshd.port, ...ssh } },
    { sealerHome: join(home, 'sealer'), strictHostKeys: options.strict ?? false },
  );
}

/** Who a command runs as, once logged in. */
async function whoAmI(ssh: Partial<Ssh>, options?: { strict?: boolean }): Promise<string> {
  const host = await log(ssh, options);
  try {
    return await host.query.output(['id', '-un']);
  } finally {
    await host.close();
  }
}

const code = (name: string, ...parts: string[]) =>
  expect.objectContaining({
    code: name,
    ...(parts[0] ? { message: expect.stringMatching(parts.join('.*')) } : {}),
  });

async function withAgent(keys: string[], body: (socket: string) => Promise<void>): Promise<void> {
  const socket = join(home, 'agent');
  const agent = execa('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore', reject: false });
  try {
    await expect.poll(() => existsSync(socket)).toBe(true);
    for (const key of keys) await execa('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    await body(socket);
  } finally {
    agent.kill();
  }
}

test('by a key that is named, or by the usual one in the home folder', async () => {
  expect(await whoAmI({ privateKey: sshd.keyFile })).toBe('root');
  await writeFile(join(home, '.ssh', 'id_ed25519'), await readFile(sshd.keyFile), { mode: 0o600 });
  expect(await whoAmI({})).toBe('root');
});

test('by the agent; one that does not answer is passed over', async () => {
  await withAgent([sshd.keyFile], async (socket) => {
    vi.stubEnv('SSH_AUTH_SOCK', socket);
    expect(await whoAmI({})).toBe('root');
  });
  await expect(whoAmI({ privateKey: sshd.keyFile })).resolves.toBe('root');
  await writeFile(join(home, '.ssh', 'id_ed25519'), await readFile(sshd.keyFile), { mode: 0o600 });
  expect(await whoAmI({})).toBe('root');
});

test('by a key with a passphrase: with it, or with an agent that holds the key', async () => {
  const privateKey = await makeKey(join(home, 'locked'), 'open sesame');
  await sshd.authorize(`${privateKey}.pub`);
  expect(await whoAmI({ privateKey, privateKeyPassphrase: new Secret('open sesame') })).toBe('root');
  const unlocked = await readFile(privateKey);
  await expect(whoAmI({ privateKey })).rejects.toEqual(code('HOST_KEY_UNUSABLE', privateKey, 'passphrase'));
  await expect(whoAmI({ privateKey, privateKeyPassphrase: new Secret('wrong') })).rejects.toEqual(
    code('HOST_KEY_UNUSABLE', privateKey),
  );
  const copy = join(home, 'copy');
  await writeFile(copy, unlocked, { mode: 0o600 });
  await execa('ssh-keygen', ['-q', '-p', '-P', 'open sesame', '-N', '', '-f', copy]);
  await withAgent([copy], async (socket) => {
    vi.stubEnv('SSH_AUTH_SOCK', socket);
    expect(await whoAmI({ privateKey })).toBe('root');
  });
});

test('keys that are missing or no keys are named', async () => {
  await expect(whoAmI({ privateKey: join(home, 'none') })).rejects.toEqual(code('HOST_KEY_UNUSABLE', 'none', 'ENOENT'));
  await writeFile(join(home, 'text'), 'no key\n');
  await expect(whoAmI({ privateKey: join(home, 'text') })).rejects.toEqual(code('HOST_KEY_UNUSABLE', 'text'));
});

test('by a password, whose user becomes root by sudo that asks, or that does not', async () => {
  const password = new Secret(userPassword);
  expect(await whoAmI({ user: askingUser, password })).toBe('root');
  expect(await whoAmI({ user: trustedUser, password })).toBe('root');
});

test('a wrong password, an unknown key, or nothing at all is refused, and said without the password', async () => {
  const wrong = whoAmI({ user: askingUser, password: new Secret('not-the-password') });
  await expect(wrong).rejects.toEqual(code('HOST_AUTH_FAILED', '127.0.0.1', askingUser, 'the password'));
  await expect(wrong).rejects.not.toThrow(/not-the-password/);
  const privateKey = await makeKey(join(home, 'stranger'));
  await expect(whoAmI({ privateKey })).rejects.toEqual(code('HOST_AUTH_FAILED', privateKey));
  await expect(whoAmI({})).rejects.toEqual(code('HOST_AUTH_FAILED', 'there is no key, agent or password'));
});

test('more keys in the agent than sshd lets one try is a refusal too', async () => {
  const strangers = await Promise.all(Array.from({ length: 8 }, (_, index) => makeKey(join(home, `stranger${index}`))));
  await withAgent(strangers, async (socket) => {
    vi.stubEnv('SSH_AUTH_SOCK', socket);
    await expect(whoAmI({})).rejects.toEqual(code('HOST_AUTH_FAILED', 'the ssh agent'));
  });
});

test('a user whom sudo refuses is told so', async () => {
  await expect(whoAmI({ user: plainUser, password: new Secret(userPassword) })).rejects.toEqual(
    code('HOST_SUDO_REFUSED', plainUser, 'does not allow it'),
  );
  const privateKey = sshd.keyFile;
  await expect(whoAmI({ user: askingUser, privateKey })).rejects.toEqual(
    code('HOST_SUDO_REFUSED', 'asks for a password, and none was given'),
  );
});

test('sudo that wants a terminal, and a login that carries out nothing, are said to be that', async () => {
  const password = new Secret(userPassword);
  const settings = (text: string) => sshd.inside(['sh', '-c', 'printf "%s\\n" "$1" > /etc/sudoers.d/z', 'sh', text]);
  await settings(`Defaults:${trustedUser} requiretty`);
  await expect(whoAmI({ user: trustedUser, password })).rejects.toEqual(code('HOST_SUDO_REFUSED', 'requiretty'));
  await settings('');
  await sshd.inside(['usermod', '--shell', '/usr/sbin/nologin', plainUser]);
  await expect(whoAmI({ user: plainUser, password })).rejects.toEqual(
    code('HOST_COMMAND_NOT_STARTED', 'This account is currently not available'),
  );
});

test('what the files of a login shell write gets into nothing', async () => {
  const write = "echo \"echo 'hostname=wrong'; printf half; echo 'noise' >&2\" > /etc/bash.bashrc";
  const before = await sshd.inside(['cat', '/etc/bash.bashrc']).catch(() => '');
  await sshd.inside(['sh', '-c', write]);
  try {
    const host = await log({ user: trustedUser, password: new Secret(userPassword) });
    try {
      const result = await host.query.run(['echo', 'own']);
      expect(result).toEqual({ status: 0, signal: undefined, stdout: 'own\n', stderr: '' });
      expect((await host.query.facts()).hostname).not.toContain('wrong');
      // It is there, for who does not look past it.
      const options = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-i', sshd.keyFile];
      const plain = await execa('ssh', [...options, '-p', String(sshd.port), `${trustedUser}@127.0.0.1`, 'echo own']);
      expect(plain.stdout).toBe('hostname=wrong\nhalfown');
    } finally {
      await host.close();
    }
  } finally {
    await sshd.inside(['sh', '-c', 'printf %s "$1" > /etc/bash.bashrc', 'sh', before]);
  }
});

test('no password is in a process list or an environment while a command runs by sudo', async () => {
  const host = await log({ user: askingUser, password: new Secret(userPassword) });
  try {
    const secret = new Secret('a-secret-argument');
    const look = script(
      `sleep 0.1; ps -efww; tr '\\0' '\\n' < /proc/$$/environ; { cat /proc/[0-9]*/cmdline || true; } 2> /dev/null | tr '\\0' '\\n'; [ "$1" = "$S" ] && echo same`,
      secret,
    );
    const { stdout } = await host.run(look, { env: { S: secret }, stdin: new Secret('a-secret-input') });
    expect(stdout).toContain('SEALER_COMMAND=');
    expect(stdout).toContain('same');
    for (const text of ['correct horse', 'a-secret-argument', 'a-secret-input']) expect(stdout).not.toContain(text);
  } finally {
    await host.close();
  }
});

test('a new host key is remembered in our own file and nowhere else, and then is known under strict', async () => {
  const ssh = { privateKey: sshd.keyFile };
  await expect(whoAmI(ssh, { strict: true })).rejects.toEqual(code('HOST_KEY_UNKNOWN', 'SHA256:'));
  expect(existsSync(join(home, 'sealer', 'known_hosts'))).toBe(false);
  await whoAmI(ssh);
  const remembered = await readFile(join(home, 'sealer', 'known_hosts'), 'utf8');
  expect(remembered).toBe(`[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
  expect(existsSync(join(home, '.ssh', 'known_hosts'))).toBe(false);
  expect(await whoAmI(ssh, { strict: true })).toBe('root');
  expect(await readFile(join(home, 'sealer', 'known_hosts'), 'utf8')).toBe(remembered);
});

test("a key in the user's known_hosts counts, hashed too; a revoked one is refused", async () => {
  const file = join(home, '.ssh', 'known_hosts');
  const line = `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`;
  await writeFile(file, line);
  await execa('ssh-keygen', ['-q', '-H', '-f', file]);
  expect(await readFile(file, 'utf8')).not.toContain('127.0.0.1');
  expect(await whoAmI({ privateKey: sshd.keyFile }, { strict: true })).toBe('root');
  await writeFile(file, `${line}@revoked * ${sshd.hostKey}\n`);
  await expect(whoAmI({ privateKey: sshd.keyFile })).rejects.toEqual(code('HOST_KEY_CHANGED', `${file}:2`, 'revoked'));
});

test('a pinned key is the only one that counts', async () => {
  const other = await publicKey(await makeKey(join(home, 'other')));
  await expect(whoAmI({ privateKey: sshd.keyFile, hostKeys: [other] })).rejects.toEqual(
    code('HOST_KEY_CHANGED', 'hostKeys in the Clusterfile'),
  );
  expect(await whoAmI({ privateKey: sshd.keyFile, hostKeys: [other, sshd.hostKey] }, { strict: true })).toBe('root');
});

test('a key that has changed is fatal, with the place that knows the old one, which stays', async () => {
  const ssh = { privateKey: sshd.keyFile };
  await whoAmI(ssh);
  const file = join(home, 'sealer', 'known_hosts');
  const before = await readFile(file, 'utf8');
  await sshd.changeHostKey();
  const attempt = whoAmI(ssh);
  await expect(attempt).rejects.toEqual(code('HOST_KEY_CHANGED', `${file}:1`));
  await expect(attempt).rejects.toMatchObject({ hint: expect.stringContaining(`${file}:1`) });
  expect(await readFile(file, 'utf8')).toBe(before);
});

test('nobody at the port, or somebody who says nothing', async () => {
  const port = await freePort();
  await expect(whoAmI({ port })).rejects.toEqual(code('HOST_UNREACHABLE', '127.0.0.1', String(port), 'ECONNREFUSED'));
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address() as { port: number };
  await expect(whoAmI({ port: address.port })).rejects.toEqual(code('HOST_UNREACHABLE', 'imed out'));
  for (const socket of sockets) socket.destroy();
  silent.close();
});
