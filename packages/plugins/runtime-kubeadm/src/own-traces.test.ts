import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Network, parseCidr } from '@sealer/core';
import { expect, test } from 'vitest';
import * as scripts from './generated/scripts.js';
import { mentioning } from './mentioning.js';
import { parseNetworkState } from './network-state.js';
import { ownTraces } from './own-traces.js';

const networks = ['10.244.0.0/16', '10.96.0.0/12', 'fd00:10::/64'].map((cidr) => parseCidr(cidr) as Network);
const traces = (...lines: string[]) => ownTraces(parseNetworkState(lines.join('\n')), networks);
const text = (path: string, content: string) => [
  `path\t${path}`,
  `text\t${path}\t${Buffer.from(content).toString('base64')}`,
];
const rule = (line: string, table = 'nat') => `rule\tiptables\t${table}\t${line}`;
const chain = (name: string, table = 'nat') => `chain\tiptables\t${table}\t${name}`;

test.each([
  ['10.244.3.1', true],
  ['-d 10.96.0.10/32 -j X', true],
  ['10.244.0.0/16', true],
  ['10.0.0.0/8', false],
  ['172.110.244.3', false],
  ['110.244.3.1', false],
  ['10.88.0.0/16', false],
  ['fd00:10::7', true],
  ['fd00:11::7', false],
  ['no address', false],
])('%s names an address of the cluster: %s', (words, expected) => {
  expect(mentioning(networks)(words)).toBe(expected);
});

test.each<[string, string[], string[]]>([
  [
    'the bridge of the pods and what hangs on it',
    ['link\tcni0\t', 'address\tcni0\t10.244.1.1/24', 'link\tveth1\tcni0'],
    ['link\tcni0', 'link\tveth1'],
  ],
  ['the overlay', ['link\tflannel.1\t', 'address\tflannel.1\t10.244.1.0/32'], ['link\tflannel.1']],
  ['the dummy interface of ipvs', ['link\tkube-ipvs0\t', 'address\tkube-ipvs0\t10.96.0.1/32'], ['link\tkube-ipvs0']],
  [
    'no bridge of another engine',
    ['link\tcni-podman0\t', 'address\tcni-podman0\t10.88.0.1/16', 'link\tveth2\tcni-podman0'],
    [],
  ],
  ['no cni0 without an address', ['link\tcni0\t'], []],
  ['no link that was there before', ['before\tlink\tcni0\t', 'link\tcni0\t', 'address\tcni0\t10.244.1.1/24'], []],
  [
    'the route to the pods of another host',
    ['route\t10.244.2.0/24 via 10.0.0.3 dev eth0'],
    ['route\t10.244.2.0/24 via 10.0.0.3 dev eth0'],
  ],
  ['no route that was there before', ['before\troute\t10.97.0.0/16 dev eth1', 'route\t10.97.0.0/16 dev eth1'], []],
  ['no wider route', ['route\t10.0.0.0/8 via 10.0.0.1 dev eth0'], []],
  [
    'the network of the pods',
    ['folder\t/etc/cni/net.d', ...text('/etc/cni/net.d/10-flannel.conflist', '{"subnet":"10.244.1.0/24"}')],
    ['file\t/etc/cni/net.d/10-flannel.conflist', 'folder\t/etc/cni/net.d'],
  ],
  [
    'no network of podman beside it',
    ['folder\t/etc/cni/net.d', ...text('/etc/cni/net.d/87-podman.conflist', '{"subnet":"10.88.0.0/16"}')],
    [],
  ],
  [
    'leases with their lock',
    [
      'path\t/var/lib/cni/networks/cbr0/10.244.1.5',
      'path\t/var/lib/cni/networks/cbr0/lock',
      'path\t/var/lib/cni/networks/podman/lock',
    ],
    ['file\t/var/lib/cni/networks/cbr0/10.244.1.5', 'file\t/var/lib/cni/networks/cbr0/lock'],
  ],
  [
    'no file that was there before',
    ['before\tpath\t/etc/cni/net.d/a', ...text('/etc/cni/net.d/a', '10.244.1.0/24')],
    [],
  ],
  [
    'an empty table that it made',
    ['table\tip\tnat', 'empty\tip\tnat', 'before\ttable\tip\tfilter', 'empty\tip\tfilter'],
    ['table\tip\tnat'],
  ],
])('ours is %s', (_title, lines, expected) => {
  expect(traces(...lines).items).toEqual(expected);
});

test.each<[string, string[], string]>([
  [
    'chains of kube-proxy and the jumps into them',
    [
      chain('KUBE-SERVICES'),
      chain('KUBE-SVC-NPX46M4PTMTKRN6Y'),
      rule('-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES'),
      rule('-A KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-NPX46M4PTMTKRN6Y'),
    ],
    '*nat\n-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES\n-F KUBE-SERVICES\n-F KUBE-SVC-NPX46M4PTMTKRN6Y\n-X KUBE-SERVICES\n-X KUBE-SVC-NPX46M4PTMTKRN6Y\nCOMMIT\n',
  ],
  [
    'flannel with our network',
    [chain('FLANNEL-FWD', 'filter'), rule('-A FLANNEL-FWD -s 10.244.0.0/16 -j ACCEPT', 'filter')],
    '*filter\n-F FLANNEL-FWD\n-X FLANNEL-FWD\nCOMMIT\n',
  ],
  [
    'no flannel of another network',
    [chain('FLANNEL-FWD', 'filter'), rule('-A FLANNEL-FWD -s 10.1.0.0/16 -j ACCEPT', 'filter')],
    '',
  ],
  [
    'no chain that is only called alike',
    [
      chain('KUBE-FOREWARD'),
      chain('KUBE-ROUTER-INPUT'),
      chain('KUBE-SVC-short'),
      rule('-A INPUT -m comment --comment "kubernetes of mine" -j ACCEPT'),
    ],
    '',
  ],
  ['no chain that was there before', [`before\t${chain('KUBE-FORWARD')}`, chain('KUBE-FORWARD')], ''],
  [
    'ports of our pods, and the chains of all ports when nobody else has any',
    [
      chain('CNI-HOSTPORT-DNAT'),
      chain('CNI-DN-0123456789abc'),
      rule('-A CNI-HOSTPORT-DNAT -j CNI-DN-0123456789abc'),
      rule('-A CNI-DN-0123456789abc -j DNAT --to-destination 10.244.1.5:80'),
    ],
    '*nat\n-F CNI-HOSTPORT-DNAT\n-F CNI-DN-0123456789abc\n-X CNI-HOSTPORT-DNAT\n-X CNI-DN-0123456789abc\nCOMMIT\n',
  ],
  [
    'ports of our pods alone when podman has some too',
    [
      chain('CNI-HOSTPORT-DNAT'),
      chain('CNI-DN-0123456789abc'),
      chain('CNI-DN-aaaaaaaaaaaaa'),
      rule('-A CNI-HOSTPORT-DNAT -j CNI-DN-0123456789abc'),
      rule('-A CNI-HOSTPORT-DNAT -j CNI-DN-aaaaaaaaaaaaa'),
      rule('-A CNI-DN-0123456789abc -j DNAT --to-destination 10.244.1.5:80'),
      rule('-A CNI-DN-aaaaaaaaaaaaa -j DNAT --to-destination 10.88.0.5:80'),
    ],
    '*nat\n-D CNI-HOSTPORT-DNAT -j CNI-DN-0123456789abc\n-F CNI-DN-0123456789abc\n-X CNI-DN-0123456789abc\nCOMMIT\n',
  ],
])('of the rules, ours are %s', (_title, lines, expected) => {
  expect(traces(...lines).rules.get('iptables') ?? '').toBe(expected);
});

test('what looks alike and stays is listed', () => {
  const { left } = traces(
    'link\tcni-podman0\t',
    'link\teth0\t',
    chain('KUBE-FOREWARD', 'filter'),
    rule('-A INPUT -m comment --comment "kubernetes of mine" -j ACCEPT', 'filter'),
    'path\t/etc/cni/net.d/87-podman.conflist',
  );
  expect(left).toEqual([
    'interface cni-podman0',
    'chain KUBE-FOREWARD of iptables, table filter',
    'rule of iptables, table filter: -A INPUT -m comment --comment "kubernetes of mine" -j ACCEPT',
    '/etc/cni/net.d/87-podman.conflist',
  ]);
});

test('the scripts in a real shell, on a machine without folders of pod networks: all was there before, nothing is ours', () => {
  const folder = mkdtempSync(join(tmpdir(), 'host-record-'));
  const bash = (text: string, ...args: string[]) =>
    execFileSync('bash', ['-euo', 'pipefail', '-c', text, 'bash', ...args], { encoding: 'utf8' });
  try {
    const record = join(folder, 'below', 'host-before');
    bash(scripts.recordHost, record, '/no/such/folder');
    const state = parseNetworkState(bash(scripts.networkState, record));
    expect(state.links.map(({ name }) => name)).toContain('lo');
    expect(state.before).toContain('link\tlo\t');
    expect(ownTraces(state, networks)).toMatchObject({ items: [], rules: new Map() });
    expect(parseNetworkState(bash(scripts.networkState, '/no/record')).before.size).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
