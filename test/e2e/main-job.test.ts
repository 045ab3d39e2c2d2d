/** The main job: build, run on three hosts, use, apply again, lose images, reboot, delete. Tests build on each other. */
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  clusterHome,
  copyFixture,
  difference,
  type Kubectl,
  kubectl,
  snapshot,
  writeClusterfile,
} from '../support/cluster.js';
import { type Lab, startLab } from '../support/lab.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';
import { tellInOrder } from '../support/story.js';

tellInOrder();

const hosts = [1, 2, 3];
let lab: Lab;
let sealer: Sealer;
let remove: () => Promise<void>;
let clusterfile: string;
let k: Kubectl;
let before: string[][];
let declared: (plugin: string) => Parameters<typeof writeClusterfile>[2];

const hook = (name: string, action: string, scope: string) => `apiVersion: sealer.io/v1
kind: Plugin
metadata: {name: ${name}}
spec:
  type: SHELL
  action: ${action}
  scope: ${scope}
  data: echo "${name} $(hostname)" >> /var/log/story-hooks
`;

beforeAll(async () => {
  lab = await startLab({ name: 'main-job', net: '10.77.111', hosts: 3 });
  ({ sealer, remove } = await clusterHome());
  await copyFixture('plugins/greeting', join(sealer.home, 'plugins', 'greeting'));
  await copyFixture('apps', join(sealer.home, 'apps'));
  expectSuccess(await sealer(['build', '-t', 'story:1', join(sealer.home, 'apps')]));
  declared = (plugin: string) => ({
    name: 'story',
    image: 'story:1',
    masters: [1],
    nodes: [2, 3],
    spec: `  env: [STORY=main-job]\n  plugins: [{name: hook-greeting, options: {text: good day${plugin}}}]\n`,
    documents: [
      hook('before-host', 'pre-init-host', 'node'),
      hook('after-install', 'post-install', 'master0'),
      hook('before-clean', 'pre-clean-host', 'all'),
      `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking: {podSubnet: 10.199.0.0/16}
apiServer: {extraArgs: [{name: event-ttl, value: 30m}]}
`,
    ],
  });
  clusterfile = await writeClusterfile(lab, sealer, declared(''));
  before = await Promise.all(hosts.map((host) => snapshot(lab, host)));
});

afterAll(async () => {
  await lab?.down();
  await remove?.();
});

test('plan and --dry-run name every step and change nothing', async () => {
  const plan = expectSuccess(await sealer(['plan', '-f', clusterfile, '-o', join(sealer.home, 'plan.json')]));
  expect(plan.stdout).toContain('kubeadm init');
  expect(plan.stdout).toContain('nothing was changed');
  expectSuccess(await sealer(['run', '-f', clusterfile, '--dry-run']));
  for (const host of hosts) expect(difference(before[host - 1]!, await snapshot(lab, host))).toEqual([]);
});

test("a plugin's step that throws fails its worker alone, and is named", async () => {
  const failing = { ...declared(`, failOn: ${lab.address(3)}`), file: 'failing' };
  const outcome = await sealer(['run', '-f', await writeClusterfile(lab, sealer, failing)]);
  expect(outcome.code).toBe(5);
  expect(outcome.stderr).toContain('[WORKERS_FAILED]');
  expect(outcome.stderr).toMatch(/Read the greeting.*hook-greeting.*10\.77\.111\.13.*nobody is at home/);
  expect(outcome.stdout).not.toContain('is ready');
  // The others have come to the end, and the cluster is in use.
  expect(await lab.exec(2, ['cat', '/etc/greeting'])).toContain('good day');
  const incomplete = await kubectl(sealer, 'story');
  expect(await incomplete('get', 'deployment', 'web', '-o', 'name')).toContain('web');
  expect((await sealer(['status', '-c', 'story', '--json'])).result.status).toBe('incomplete');
});

test('run makes a cluster whose application answers across hosts', async () => {
  const outcome = expectSuccess(await sealer(['run', '-f', clusterfile, '--json']));
  expect(outcome.result).toMatchObject({ status: 'done', cluster: 'story' });
  k = await kubectl(sealer, 'story');
  const nodes = JSON.parse(await k('get', 'nodes', '-o', 'json')).items as {
    metadata: { labels: Record<string, string> };
    spec: { podCIDR: string };
    status: { conditions: { type: string; status: string }[] };
  }[];
  expect(nodes).toHaveLength(3);
  for (const node of nodes) {
    expect(node.status.conditions.find(({ type }) => type === 'Ready')?.status).toBe('True');
    expect(node.spec.podCIDR).toMatch(/^10\.199\./);
  }
  expect(await k.page()).toHaveLength(2);
  const placed = await k('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.nodeName}');
  expect(new Set(placed.split(' '))).toEqual(new Set(['h2', 'h3']));
});

test('applications are installed by chart, by script and by lines', async () => {
  expect(await k('get', 'configmap', 'chart-note', '-o', 'jsonpath={.data.text}')).toBe('from the chart');
  expect(await k('get', 'namespace', 'from-lines', '-o', 'name')).toBe('namespace/from-lines\n');
  const counts = JSON.parse(await k('get', 'configmaps', '-o', 'json')).items as {
    metadata: { name: string };
    data: unknown;
  }[];
  const counted = counts.filter(({ metadata }) => metadata.name.startsWith('count-'));
  expect(counted.map(({ data }) => data)).toEqual([{ who: 'story' }]);
});

test('the kubeconfig is for its owner alone', async () => {
  const { mode } = await stat(join(sealer.home, 'clusters', 'story', 'kubeconfig'));
  expect(mode & 0o777).toBe(0o600);
});

test('documents of the Clusterfile reached kubeadm and the kubelet', async () => {
  expect(await lab.exec(1, ['cat', '/etc/kubernetes/manifests/kube-apiserver.yaml'])).toContain('--event-ttl=30m');
  expect(await lab.exec(2, ['cat', '/var/lib/kubelet/config.yaml'])).toContain('imageGCHighThresholdPercent: 100');
});

test('hooks ran where their scope says, and the plugin of a third party on every host', async () => {
  const log = (host: number) => lab.exec(host, ['sh', '-c', 'cat /var/log/story-hooks 2>/dev/null || true']);
  expect(await log(1)).toBe('after-install h1\n');
  expect(await log(2)).toBe('before-host h2\n');
  for (const host of hosts)
    expect(await lab.exec(host, ['cat', '/etc/greeting'])).toBe(`good day from story to h${host}\n`);
});

test('status shows image, nodes and that nothing differs; exec runs on hosts of a role', async () => {
  const status = expectSuccess(await sealer(['status', '-c', 'story', '--json'])).result;
  expect(status).toMatchObject({ cluster: 'story', status: 'installed', differs: [] });
  expect(status.nodes).toHaveLength(3);
  expect(expectSuccess(await sealer(['status', '-c', 'story'])).stdout).toMatch(/differs +nothing/);
  const exec = expectSuccess(await sealer(['exec', '-c', 'story', '-r', 'node', 'hostname']));
  expect(exec.stdout).toBe(`[${lab.address(2)}] h2\n[${lab.address(3)}] h3\n`);
});

test('apply again changes nothing and says so', async () => {
  const outcome = expectSuccess(await sealer(['apply', '-f', clusterfile]));
  expect(outcome.stdout).toMatch(/no change: all \d+ steps hold/);
});

test('bytes of the image that were altered on a host are found, named and put back', async () => {
  const kubelet = '/var/lib/sealer/clusters/story/rootfs/bin/kubelet';
  const sum = () => lab.exec(2, ['sha256sum', kubelet]);
  const good = await sum();
  // Another file in its place first, since a program that runs cannot be written to; marks tell that already.
  await lab.exec(2, ['sh', '-c', 'cp -p "$1" "$1.new"; mv "$1.new" "$1"', 'sh', kubelet]);
  const marked = expectSuccess(await sealer(['status', '-c', 'story', '--json'])).result;
  expect(marked.altered).toEqual([{ host: lab.address(2), path: 'bin/kubelet', what: 'altered' }]);
  expectSuccess(await sealer(['apply', '-f', clusterfile]));
  // Eight bytes, and the time put back: only the contents tell.
  const alter =
    't=$(stat -c %y "$1"); printf 12345678 | dd of="$1" bs=1 seek=4096 conv=notrunc status=none; touch -d "$t" "$1"';
  await lab.exec(2, ['sh', '-c', alter, 'sh', kubelet]);
  expect(await sum()).not.toBe(good);
  const status = expectSuccess(await sealer(['status', '-c', 'story', '--verify']));
  expect(status.stdout).toContain('bin/kubelet (altered)');
  const applied = expectSuccess(await sealer(['apply', '-f', clusterfile, '--verify']));
  expect(applied.stderr).toContain('put back what differs from the image: bin/kubelet (altered)');
  expect(await sum()).toBe(good);
});

test('apply with another image or other hosts is refused by the name of the operation', async () => {
  const fewer = await writeClusterfile(lab, sealer, {
    name: 'story',
    image: 'story:1',
    file: 'fewer',
    masters: [1],
    nodes: [2],
  });
  const scaled = await sealer(['apply', '-f', fewer]);
  expect(scaled.code).not.toBe(0);
  expect(scaled.stderr).toMatch(/OPERATION_UNAVAILABLE/);
  expect(scaled.stderr).toContain('scale-down');
  const other = await writeClusterfile(lab, sealer, {
    name: 'story',
    file: 'other',
    image: 'web-demo:1.0',
    masters: [1],
    nodes: [2, 3],
  });
  const upgraded = await sealer(['apply', '-f', other]);
  expect(upgraded.code).not.toBe(0);
  expect(upgraded.stderr).toContain('upgrade');
});

test('images come back from the registry in the cluster, with the store of the operator gone', async () => {
  await rename(join(sealer.home, 'store'), join(sealer.home, 'store-away'));
  try {
    // Neither is it needed to look at the cluster, or to remove it from the machine of somebody who never had it.
    expect(expectSuccess(await sealer(['status', '-c', 'story'])).stdout).toMatch(/differs +nothing/);
    expect(expectSuccess(await sealer(['plan', '-f', clusterfile])).stdout).toContain('no change');
    const other = sealerIn(join(sealer.home, 'other-home'));
    await copyFixture('plugins/greeting', join(other.home, 'plugins', 'greeting'));
    const removal = expectSuccess(await other(['delete', '-a', '-f', clusterfile, '--dry-run']));
    expect(removal.stdout).toContain('Reset kubeadm');
    // The page is served by one replica on each worker: one of them has to fetch the image again.
    await k('scale', 'deployment/web', '--replicas=0');
    await k('wait', '--for=delete', 'pod', '-l', 'app=web', '--timeout=60s');
    await lab.exec(2, ['crictl', 'rmi', 'docker.io/library/web:1']);
    await k('scale', 'deployment/web', '--replicas=2');
    expect(await k.page()).toHaveLength(2);
    // On a node that never had it: the master.
    expect(await lab.exec(1, ['crictl', 'images'])).not.toContain('docker.io/library/web');
    const overrides = { spec: { nodeName: 'h1' } };
    const words = ['--image=docker.io/library/web:1', '--restart=Never', `--overrides=${JSON.stringify(overrides)}`];
    await k('run', 'on-master', ...words);
    await k('wait', '--for=condition=Ready', 'pod/on-master', '--timeout=60s');
    await k('delete', 'pod', 'on-master', '--now');
  } finally {
    await rm(join(sealer.home, 'store'), { recursive: true, force: true });
    await rename(join(sealer.home, 'store-away'), join(sealer.home, 'store'));
  }
});

test('worker and master come back from a reboot', async () => {
  await lab.reboot(3);
  await lab.reboot(1);
  await expect.poll(() => k('get', '--raw', '/readyz').catch(() => ''), { timeout: 120_000 }).toBe('ok');
  await k('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s');
  expect(await k.page()).toHaveLength(2);
  expect(expectSuccess(await sealer(['apply', '-f', clusterfile])).stdout).toContain('no change');
});

test('delete --all leaves the hosts as they were', async () => {
  const plan = expectSuccess(await sealer(['delete', '-a', '-c', 'story', '--dry-run']));
  expect(plan.stdout).toContain('nothing was changed');
  const deleted = expectSuccess(await sealer(['delete', '-a', '-y', '-c', 'story']));
  expect(deleted.stdout).toContain('removed');
  for (const host of hosts) {
    expect(difference(before[host - 1]!, await snapshot(lab, host))).toEqual([]);
    expect(await lab.exec(host, ['cat', '/var/log/story-hooks'])).toContain(`before-clean h${host}`);
  }
  expect((await sealer(['status', '-c', 'story'])).stderr).toContain('CLUSTER_UNKNOWN');
});
