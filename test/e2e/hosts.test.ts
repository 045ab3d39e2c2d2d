/** The ways into a host: agent, encrypted key, sudo without a password, a bastion, no ssh at all. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, startLab } from '../support/lab.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';

let lab: Lab;
let sealer: Sealer;
let folder: string;

beforeAll(async () => {
  lab = await startLab({ name: 'hosts', net: '10.77.116', hosts: 2 });
  folder = await mkdtemp(join(tmpdir(), 'hosts-'));
  await mkdir(join(folder, 'home'));
  sealer = sealerIn(join(folder, 'home'));
});

afterAll(async () => {
  await lab?.down();
  await rm(folder, { recursive: true, force: true });
});

/** `sealer exec` on host 2 with these ssh settings. */
async function exec(ssh: string, command: string, env: Record<string, string> = {}, ips = lab.address(2)) {
  const file = join(folder, 'Clusterfile');
  await writeFile(
    file,
    `apiVersion: sealer.io/v2\nkind: Cluster\nmetadata: {name: hosts}\nspec:\n  image: none:1\n  ssh: ${ssh}\n  hosts: [{ips: [${ips}], roles: [master]}]\n`,
  );
  return await sealer(['exec', '-f', file, command], { env: { SSH_AUTH_SOCK: '', HOME: folder, ...env } });
}

test('by the agent', async () => {
  const socket = join(folder, 'agent');
  const agent = execa('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore', reject: false });
  try {
    await expect
      .poll(() =>
        execa('ssh-add', ['-q', lab.keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } }).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    const outcome = expectSuccess(await exec('{user: root}', 'hostname', { SSH_AUTH_SOCK: socket }));
    expect(outcome.stdout).toContain('h2');
    const without = await exec('{user: root}', 'hostname');
    expect(without.stdout).toMatch(/HOST_AUTH_FAILED|refused to log in/);
  } finally {
    agent.kill();
  }
});

test('by a key with a passphrase, which has to be right', async () => {
  const key = join(folder, 'key');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open sesame', '-f', key]);
  await lab.cp(2, `${key}.pub`, '/root/.ssh/authorized_keys2');
  await lab.exec(2, ['sh', '-c', 'cat /root/.ssh/authorized_keys2 >> /root/.ssh/authorized_keys']);
  const ssh = `{user: root, pk: ${key}, pkPasswd: "env:KEY_PASSPHRASE"}`;
  expect(expectSuccess(await exec(ssh, 'id -un', { KEY_PASSPHRASE: 'open sesame' })).stdout).toContain('root');
  const wrong = await exec(ssh, 'id -un', { KEY_PASSPHRASE: 'close sesame' });
  expect(wrong.code).not.toBe(0);
  expect(wrong.stdout + wrong.stderr).not.toContain('close sesame');
});

test('as a user whose sudo asks, and as one whose sudo does not', async () => {
  for (const user of ['ops', 'opsnp']) {
    const outcome = expectSuccess(
      await exec(`{user: ${user}, passwd: "env:OPS"}`, 'id -un; logname || true', { OPS: 'ops-pass' }),
    );
    expect(outcome.stdout).toContain('root');
  }
});

test('through a bastion, also one that ~/.ssh/config names', async () => {
  const through = `{user: root, pk: ${lab.keyFile}, bastion: {address: ${lab.address(1)}, user: root, pk: ${lab.keyFile}}}`;
  const seen = 'cat /proc/net/tcp | grep -c :0016; ss -tn state established sport = :22 | tail -n +2';
  expect(expectSuccess(await exec(through, seen)).stdout).toContain(`${lab.address(1)}:`);
  await mkdir(join(folder, '.ssh'), { recursive: true });
  await writeFile(
    join(folder, '.ssh', 'config'),
    `Host ${lab.address(2)}\n  ProxyJump root@${lab.address(1)}\nHost *\n  IdentityFile ${lab.keyFile}\n`,
  );
  expect(expectSuccess(await exec('{user: root}', seen)).stdout).toContain(`${lab.address(1)}:`);
  await rm(join(folder, '.ssh'), { recursive: true });
});

test('without ssh, on this machine', async () => {
  const outcome = expectSuccess(await exec('{user: root}', 'echo "$(hostname) $$"; ps -o comm= -p 1', {}, 'local'));
  expect(outcome.stdout).toContain((await execa('hostname')).stdout.trim());
});
