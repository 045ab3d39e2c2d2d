/** A host that is not sealer's alone, and a cluster of one master: what others have is refused beforehand or left, and all else runs. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterHome, difference, kubectl, plantLookalikes, snapshot, writeClusterfile } from '../support/cluster.js';
import { type Lab, startLab } from '../support/lab.js';
import { expectSuccess, type Sealer } from '../support/sealer.js';
import { tellInOrder } from '../support/story.js';

tellInOrder();

let lab: Lab;
let sealer: Sealer;
let remove: () => Promise<void>;
let before: string[];

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: one, namespace: default}
spec:
  replicas: 1
  selector: {matchLabels: {app: one}}
  template:
    metadata: {labels: {app: one}}
    spec:
      containers: [{name: one, image: "docker.io/library/web:1"}]
`;
const job = `apiVersion: batch/v1
kind: Job
metadata: {name: broken, namespace: default}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: broken, image: "docker.io/library/web:1", command: [/usr/local/bin/web, get, "http://127.0.0.1:1/"]}]
`;
const slow = (text: string) => `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ${text}`;

beforeAll(async () => {
  lab = await startLab({ name: 'notalone', net: '10.77.118', hosts: 1 });
  ({ sealer, remove } = await clusterHome());
  const context = join(sealer.home, 'alone');
  await mkdir(context);
  await writeFile(join(context, 'one.yaml'), deployment);
  await writeFile(join(context, 'broken.yaml'), job);
  await writeFile(
    join(context, 'Kubefile'),
    'FROM web-demo:1.0\nAPP one local://one.yaml\nAPP broken local://broken.yaml\nLAUNCH ["one"]\n',
  );
  expectSuccess(await sealer(['build', '-t', 'alone:1', context]));
  await plantLookalikes(lab, 1, 'before');
  before = await snapshot(lab, 1);
});

afterAll(async () => {
  await lab?.down();
  await remove?.();
});

const run = async (more: Partial<Parameters<typeof writeClusterfile>[2]> = {}, ...flags: string[]) => {
  const file = await writeClusterfile(lab, sealer, { name: 'alone', image: 'alone:1', masters: [1], ...more });
  return await sealer(['run', '-f', file, ...flags]);
};
const listen = async (unit: string) => {
  const words = ['socat', 'TCP-LISTEN:5000,fork,reuseaddr', 'PIPE'];
  await lab.exec(1, ['systemd-run', '-q', '--unit', unit, '-p', 'SuccessExitStatus=143', ...words]);
  await expect.poll(() => lab.exec(1, ['ss', '-ltnp', 'sport', '=', ':5000']), { timeout: 10_000 }).toContain('socat');
};

test('a port that another program holds, a containerd of the host and networks that overlap are found together', async () => {
  await listen('office-registry');
  await lab.exec(1, ['sh', '-c', 'mkdir -p /etc/containerd; echo "version = 2" > /etc/containerd/config.toml']);
  await lab.exec(1, ['ip', 'addr', 'add', '10.244.7.1/24', 'dev', 'kube-office0']);
  const outcome = await run();
  expect(outcome.code).not.toBe(0);
  expect(outcome.stderr).toContain('HOST_UNFIT');
  expect(outcome.stderr).toMatch(/port 5000 is in use by socat \(process \d+\)/);
  expect(outcome.stderr).toContain('/etc/containerd/config.toml exists');
  expect(outcome.stderr).toMatch(
    /pod network 10\.244\.0\.0\/16 overlaps the address 10\.244\.7\.1\/24 of kube-office0/,
  );
  await lab.exec(1, ['ip', 'addr', 'del', '10.244.7.1/24', 'dev', 'kube-office0']);
  await lab.exec(1, ['sh', '-c', 'systemctl stop office-registry; rm -r /etc/containerd']);
  // Nothing of the host was the cluster's: deleting it takes nothing.
  expectSuccess(await sealer(['delete', '-a', '-y', '-c', 'alone']));
  expect(difference(before, await snapshot(lab, 1))).toEqual([]);
});

test('a control plane that does not come up is undone, and only what is its own', async () => {
  const failing = await run({
    documents: [
      slow('ClusterConfiguration\napiServer: {extraArgs: [{name: no-such-flag, value: "1"}]}\n'),
      slow('InitConfiguration\ntimeouts: {controlPlaneComponentHealthCheck: 3s, kubernetesAPICall: 3s}\n'),
    ],
  });
  expect(failing.code).not.toBe(0);
  expect(failing.stderr).toMatch(/kubeadm.*init|init/);
});

test('then one master alone is ready when its application runs', async () => {
  const outcome = expectSuccess(await run());
  expect(outcome.stdout).toContain('is ready');
  const k = await kubectl(sealer, 'alone');
  expect(await k('get', 'pods', '-o', 'jsonpath={.items[*].status.phase}')).toBe('Running');
  expect(await k('get', 'nodes', '-o', 'jsonpath={.items[*].spec.taints}')).toBe('');
  // What others have is as it was.
  const gone = difference(before, await snapshot(lab, 1)).filter(
    // Settings and names that are the cluster's are put back by delete.
    (line) => line.startsWith('- ') && !/^- (sysctl |file \/etc\/hosts |[0-9a-f]{64} +\/etc\/hosts)/.test(line),
  );
  expect(gone).toEqual([]);
});

test('an application that does not run is no success, and says what was last seen', async () => {
  const outcome = await run({ spec: '  appNames: [one, broken]\n' });
  expect(outcome.code).not.toBe(0);
  expect(outcome.stdout).not.toContain('is ready');
  expect(outcome.stderr).toContain('[APP_NOT_RUNNING]');
  expect(outcome.stderr).toMatch(/Job default\/broken.*docker\.io\/library\/web:1/);
});

test('whoever listens in place of the registry is not taken for it', async () => {
  await lab.exec(1, ['systemctl', 'stop', 'sealer-registry']);
  await listen('office-registry');
  const outcome = await run();
  expect(outcome.code).not.toBe(0);
  expect(outcome.stderr).toMatch(/port 5000 is in use by socat/);
  const status = await sealer(['status', '-c', 'alone', '--json']);
  expect(status.result.problem.message).toMatch(/port 5000 is in use by socat/);
  await lab.exec(1, ['systemctl', 'stop', 'office-registry']);
});

test("delete leaves what is others', says so, and nothing of its own", async () => {
  const outcome = expectSuccess(await sealer(['delete', '-a', '-y', '-c', 'alone']));
  expect(outcome.stdout + outcome.stderr).toMatch(/left as they are:.*KUBE-FOREWARD/);
  expect(difference(before, await snapshot(lab, 1))).toEqual([]);
});
