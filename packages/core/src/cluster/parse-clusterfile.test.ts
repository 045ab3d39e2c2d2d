import { expect, test, vi } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import { expandAddresses } from './addresses.js';
import { clusterFromFlags } from './cluster-from-flags.js';
import { mergeDocuments } from './merge-documents.js';
import { parseClusterfile } from './parse-clusterfile.js';
import { serializeCluster } from './serialize-cluster.js';

const whole = `apiVersion: sealer.io/v2
kind: Cluster
metadata: {name: shop}
spec:
  image: shop:1.0
  env: [A=1, PodCIDR=10.1.0.0/16]
  ssh: {user: ops, passwd: "env:TEST_PASSWORD", port: "2222"}
  hosts:
  - {ips: [10.0.0.1], roles: [master]}
  - ips: [10.0.0.2-10.0.0.3, 10.0.0.9]
    roles: [node, edge]
    ssh: {user: root, hostKeys: [ssh-ed25519 AAAA]}
    env: [A=2]
    labels: {zone: a}
    taints: [dedicated=edge:NoSchedule, gone:NoExecute]
  hostAliases: [{ip: 10.0.0.5, hostnames: [git.example]}]
  plugins: [{name: hook-x, options: {a: 1}}]
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer: {extraArgs: [{name: v, value: "2"}]}
---
apiVersion: sealer.io/v1
kind: Plugin
metadata: {name: tune}
spec: {type: SHELL, action: PreInit|PostInstall, on: master|edge, data: echo}
`;

test('a whole file', () => {
  vi.stubEnv('TEST_PASSWORD', 'secret-word');
  const cluster = parseClusterfile(whole, 'f');
  expect(cluster.hosts.map(({ address }) => address)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.9']);
  expect(cluster.hosts[0]).toMatchObject({ ssh: { user: 'ops', port: 2222 }, roles: ['master'] });
  expect(cluster.hosts[0]?.ssh.password?.reveal()).toBe('secret-word');
  expect(cluster.hosts[1]).toMatchObject({ ssh: { user: 'root', port: 2222 }, labels: { zone: 'a' }, env: { A: '2' } });
  expect(cluster.hosts[1]?.taints).toEqual([
    { key: 'dedicated', value: 'edge', effect: 'NoSchedule' },
    { key: 'gone', effect: 'NoExecute' },
  ]);
  expect(cluster.network.podCidr).toBe('10.1.0.0/16');
  expect(cluster.hooks).toMatchObject([
    { name: 'tune', phases: ['pre-init-host', 'post-install'], scope: ['master', 'edge'] },
  ]);
  expect(cluster.runtimeDocuments).toMatchObject([{ kind: 'ClusterConfiguration', source: 'f:20' }]);
  // No secret in what is kept, and reading it again gives the same but for that.
  const kept = serializeCluster(cluster);
  expect(kept).not.toContain('secret-word');
  expect(serializeCluster(parseClusterfile(kept, 'kept'))).toBe(kept);
  expect(JSON.stringify(cluster)).not.toContain('secret-word');
  vi.unstubAllEnvs();
});

function errorsOf(text: string): SealerError[] {
  try {
    parseClusterfile(text, 'f');
  } catch (cause) {
    return [...(cause as SealerError).errors];
  }
  return [];
}
const spec = (lines: string) =>
  `apiVersion: sealer.io/v2\nkind: Cluster\nmetadata: {name: shop}\nspec:\n  image: a\n${lines}`;

test.each([
  [
    spec('  hots: []\n  hosts: [{ips: [10.0.0.1], roles: [master]}]\n'),
    6,
    /spec\.hots: there is no such field; did you mean hosts\?/,
  ],
  [spec('  hosts: [{ips: [10.0.0.1], roles: [node]}]\n'), 6, /no host has the role master/],
  [spec('  hosts: [{ips: [10.0.0.1, 10.0.0.1], roles: [master]}]\n'), 6, /listed twice/],
  [spec('  hosts: [{ips: [10.0.0.1], roles: [master, node]}]\n'), 6, /not both/],
  [spec('  hosts: [{ips: [10.0.0.9-10.0.0.1], roles: [master]}]\n'), 6, /ends before it begins/],
  [spec('  hosts: [{ips: [10.0.0.1], roles: [master], taints: [x]}]\n'), 6, /taint|x/],
  [
    spec('  env: [nonsense]\n  hosts: [{ips: [10.0.0.1], roles: [master]}]\n'),
    6,
    /must be KEY=value.*, such as MODE=prod/,
  ],
  ['kind: Cluster\n  bad: yaml: here\n', 1, /./],
  ['apiVersion: sealer.io/v2\nkind: Clutser\n', 2, /Cluster/],
  ['', 1, /no document of kind Cluster/],
])('%j is refused at its line', (text, line, message) => {
  const errors = errorsOf(text);
  expect(errors.map((one) => one.message).join('\n')).toMatch(message);
  expect(errors[0]?.position?.line).toBe(line);
});

test('all mistakes are reported at once', () => {
  const errors = errorsOf(spec('  hots: 1\n  hosts: [{ips: [10.0.0.300], roles: [master]}]\n'));
  expect(errors.map(({ position }) => position?.line)).toEqual([6, 7]);
});

test('flags make the same cluster a file would', () => {
  const cluster = clusterFromFlags({
    image: 'a',
    masters: '10.0.0.1',
    nodes: '10.0.0.2-10.0.0.3',
    user: 'ops',
    env: ['A=1'],
  });
  expect(cluster).toMatchObject({ name: 'my-cluster', image: 'a', env: { A: '1' } });
  expect(cluster.hosts.map(({ address, roles, ssh }) => [address, roles[0], ssh.user])).toEqual([
    ['10.0.0.1', 'master', 'ops'],
    ['10.0.0.2', 'node', 'ops'],
    ['10.0.0.3', 'node', 'ops'],
  ]);
});

test.each([
  ['10.0.0.254-10.0.1.1', ['10.0.0.254', '10.0.0.255', '10.0.1.0', '10.0.1.1']],
  ['fd00::1-fd00::2', ['fd00::1', 'fd00::2']],
  ['local', ['local']],
])('addresses %s', (text, expected) => {
  expect(expandAddresses(text)).toEqual(expected);
});

test.each(['10.0.0', '10.0.0.1-', '10.0.0.1-10.0.9.9', '10.0.0.1-fd00::1', 'host.example', '1.2.3.04a'])(
  'no addresses: %s',
  (text) => {
    expect(() => expandAddresses(text)).toThrow();
  },
);

test('documents are laid over each other; null takes away', () => {
  expect(mergeDocuments({ a: { b: 1, c: [1] }, d: 1 }, { a: { b: null, c: [2], e: 3 }, d: { f: 1 } })).toEqual({
    a: { c: [2], e: 3 },
    d: { f: 1 },
  });
});
