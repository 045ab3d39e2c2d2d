/**
 * An operator without root on his machine, who logs in as a user whose sudo asks for a password, and gives only flags:
 * three masters and a worker. On the way Ctrl-C, and a colleague who does the same at the same time.
 */
import { chown, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterHome, difference, kubectl, snapshot } from '../support/cluster.js';
import { type Lab, startLab } from '../support/lab.js';
import { expectSuccess, type Sealer, type SealerOptions, sealerIn } from '../support/sealer.js';
import { tellInOrder } from '../support/story.js';

tellInOrder();

const hosts = [1, 2, 3, 4];
const nobody = 65534;
const root = fileURLToPath(new URL('../..', import.meta.url));
let lab: Lab;
let sealer: Sealer;
let remove: () => Promise<void>;
let before: string[][];

beforeAll(async () => {
  lab = await startLab({ name: 'operator', net: '10.77.115', hosts: 4 });
  ({ sealer, remove } = await clusterHome());
  await give(sealer.home);
  // What logins write here must get into nothing that is parsed.
  const noisy =
    'printf "%s\\n" "echo hostname=wrong; printf half; echo noise >&2" > /etc/bash.bashrc; echo "Authorised use only" > /etc/issue.net; echo "Banner /etc/issue.net" >> /etc/ssh/sshd_config; systemctl reload ssh || systemctl restart ssh';
  for (const host of hosts) await lab.exec(host, ['sh', '-c', noisy]);
  // A first master and a worker whose sshd forwards nothing and grants few sessions.
  const hardened = 'printf "AllowTcpForwarding no\\nMaxSessions 2\\n" >> /etc/ssh/sshd_config; systemctl reload ssh';
  for (const host of [1, 4]) await lab.exec(host, ['sh', '-c', hardened]);
  before = await Promise.all(hosts.map((host) => snapshot(lab, host)));
});

afterAll(async () => {
  await lab?.down();
  await remove?.();
});

async function give(path: string): Promise<void> {
  await chown(path, nobody, nobody);
  if ((await stat(path)).isDirectory()) for (const name of await readdir(path)) await give(join(path, name));
}

/** As an unprivileged user, who need not be able to read where this repository and the cache lie: they are mounted elsewhere. */
const asNobody = (home: string): SealerOptions => {
  const script =
    'mount -t tmpfs tmpfs /mnt; mkdir /mnt/repo /mnt/home; mount --bind "$1" /mnt/repo; mount --bind "$2" /mnt/home; cd /mnt; node=$3; shift 4; exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs -- "$node" /mnt/repo/packages/cli/bin/run.js "$@"';
  return {
    prefix: ['unshare', '--mount', 'sh', '-euc', script, 'sh', root, home],
    env: { SEALER_HOME: '/mnt/home', HOME: '/mnt/home', SSH_AUTH_SOCK: '' },
    input: 'ops-pass\n',
  };
};

const words = () => [
  'run',
  'web-demo:1.0',
  '--masters',
  `${lab.address(1)}-${lab.address(3)}`,
  '--nodes',
  lab.address(4),
  '-c',
  'flags',
  '-u',
  'ops',
  '--passwd-stdin',
  // The lab's hosts see the whole machine's disk.
  '-e',
  'PodCIDR=10.198.0.0/16',
  '--json',
];

test('a wrong sudo password is said to be one', async () => {
  const outcome = await sealer(words(), { ...asNobody(sealer.home), input: 'wrong\n' });
  expect(outcome.code).not.toBe(0);
  expect(JSON.stringify(outcome.events)).toMatch(/HOST_AUTH_FAILED/);
});

test('Ctrl-C ends what runs on the hosts; a second sealer meanwhile is kept out', async () => {
  let second: ReturnType<Sealer> | undefined;
  let interrupted = false;
  const other = sealerIn(join(sealer.home, 'colleague'));
  const outcome = await sealer(words(), {
    ...asNobody(sealer.home),
    onEvent: (event, child) => {
      const step = String(event.step ?? '');
      if (!second && event.type === 'step-start' && /distribute/.test(step)) {
        second = sealer(words(), asNobody(sealer.home));
      }
      if (!interrupted && event.type === 'step-output' && /initialise-the-control-plane/.test(step)) {
        interrupted = true;
        child.kill('SIGINT');
      }
    },
  });
  expect(outcome.code).toBe(130);
  expect(JSON.stringify(outcome.events.at(-1))).toContain('RUN_INTERRUPTED');
  const kept = await second!;
  expect(kept.code).not.toBe(0);
  expect(JSON.stringify(kept.events)).toContain('CLUSTER_LOCKED');
  expect(await lab.exec(1, ['sh', '-c', 'pgrep -x kubeadm || true'])).toBe('');
  await mkdir(other.home, { recursive: true });
});

test('run again reaches the end: three control planes, three members of etcd', async () => {
  const outcome = await sealer(words(), asNobody(sealer.home));
  expectSuccess(outcome);
  expect(JSON.stringify(outcome.events)).not.toContain('ops-pass');
  const k = await kubectl(sealer, 'flags');
  const masters = await k('get', 'nodes', '-l', 'node-role.kubernetes.io/control-plane', '-o', 'name');
  expect(masters.trim().split('\n')).toHaveLength(3);
  await k('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s');
  const etcd = await k(
    '-n',
    'kube-system',
    'get',
    'pods',
    '-l',
    'component=etcd',
    '-o',
    'jsonpath={.items[*].status.phase}',
  );
  expect(etcd).toBe('Running Running Running');
});

test('no process list and no file shows the password', async () => {
  const found = await lab.exec(1, [
    'sh',
    '-c',
    'grep -rls ops-pass /var/lib/sealer /etc/kubernetes /var/log 2>/dev/null || true',
  ]);
  expect(found).toBe('');
});

test('the API outlives the loss of a master that is not the first', async () => {
  await lab.crash(3);
  const k = await kubectl(sealer, 'flags');
  await expect.poll(() => k('get', '--raw', '/readyz').catch(() => ''), { timeout: 60_000 }).toBe('ok');
  await lab.start(3);
  await expect
    .poll(() => lab.exec(3, ['systemctl', 'is-active', 'kubelet']).catch(() => ''), { timeout: 60_000 })
    .toBe('active\n');
  await k('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=180s');
});

test('delete leaves all four as they were', async () => {
  const outcome = await sealer(
    ['delete', '-a', '-y', '-c', 'flags', '-u', 'ops', '--passwd-stdin', '--json'],
    asNobody(sealer.home),
  );
  expectSuccess(outcome);
  for (const host of hosts) expect(difference(before[host - 1]!, await snapshot(lab, host))).toEqual([]);
});
