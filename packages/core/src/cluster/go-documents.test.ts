/** What the Go project writes and reads, of both its generations. */
import { expect, test } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import { applyFlags, clusterFromFlags } from './cluster-from-flags.js';
import type { ClusterSpec } from './cluster-spec.js';
import { parseClusterfile } from './parse-clusterfile.js';
import { serializeCluster } from './serialize-cluster.js';

interface Read {
  cluster?: ClusterSpec;
  errors: string[];
  warnings: string[];
}

/** `line:column message`, for errors and warnings. */
function read(text: string): Read {
  const result: Read = { errors: [], warnings: [] };
  try {
    result.cluster = parseClusterfile(text, 'f', ({ text: said, position }) =>
      result.warnings.push(`${position.line}:${position.column} ${said}`),
    );
  } catch (cause) {
    const { code, errors } = cause as SealerError;
    expect(code).toBe('CLUSTERFILE_INVALID');
    result.errors = errors.map(({ position, message }) => `${position?.line}:${position?.column} ${message}`);
  }
  return result;
}

const hosts = '  hosts: [{ips: [10.0.0.1], roles: [master]}, {ips: [10.0.0.2], roles: [node]}]\n';
const cluster = (lines: string, rest = hosts) =>
  `apiVersion: sealer.io/v2\nkind: Cluster\nmetadata: {name: shop}\nspec:\n  image: a\n${rest}${lines}`;

test.each<[string, string]>([
  ['metadata as Go writes it', cluster('').replace('{name: shop}', '{creationTimestamp: null, name: shop}')],
  [
    'metadata as Kubernetes writes it',
    cluster('').replace(
      '{name: shop}',
      '{name: shop, namespace: a, uid: b, resourceVersion: "1", creationTimestamp: "2023-01-01T00:00:00Z", generation: 1, annotations: {sea.aliyun.com/VpcID: x}, managedFields: []}',
    ),
  ],
  ['an empty status', `${cluster('')}status: {}\n`],
  ['a status that is null', `${cluster('')}status:\n`],
  ['empty structs', cluster('  ssh: {}\n  registry: {}\n  containerRuntime: {}\n  hostAliases: []\n  plugins: []\n')],
  ['fields without a value', cluster('  env:\n  cmd:\n  appNames:\n  ssh:\n  registry:\n  dataRoot:\n')],
  [
    'empty texts',
    cluster(
      '  dataRoot: ""\n  ssh: {user: "", passwd: "", port: "", pk: "", encrypted: false}\n  registry: {localRegistry: {domain: "", cert: {subjectAltName: {}}, insecure: false, ha: false}}\n',
    ),
  ],
  ['empty lists', cluster('  env: []\n  cmd: []\n  appNames: []\n  cmd_args: []\n')],
  ['the data root that is the default', cluster('  dataRoot: /var/lib/sealer/data\n')],
  ['windows line ends', cluster('  env: [A=1]\n').replaceAll('\n', '\r\n')],
  ['a byte order mark', `\ufeff${cluster('')}`],
  ['empty documents and comments', `# a\n---\n---\n# b\n---\n${cluster('')}---\n---\n# c\n`],
  ['a port as a text', cluster('  ssh: {port: "2222"}\n')],
  [
    'merged mappings',
    cluster(
      '',
      '  hosts:\n  - &h {ips: [10.0.0.1], roles: [master], env: [A=1]}\n  - {<<: *h, ips: [10.0.0.2], roles: [node]}\n',
    ),
  ],
  ['roles as labels take them', cluster('', '  hosts: [{ips: [10.0.0.1], roles: [master, GPU_a.b, "0"]}]\n')],
  [
    'master0 beside master',
    cluster('', '  hosts: [{ips: [10.0.0.1], roles: [master, master0]}, {ips: [10.0.0.2], roles: [master]}]\n'),
  ],
  [
    'taints with dashes',
    cluster(
      '',
      '  hosts: [{ips: [10.0.0.1], roles: [master], taints: ["node-role.kubernetes.io/master:NoSchedule", "my-key=v:NoExecute", "k=:NoSchedule", "a:NoSchedule-", "a-"]}]\n',
    ),
  ],
  ['the versions of other generations', cluster('').replace('sealer.io/v2', 'sealer.cloud/v2')],
])('%s is read without a word', (_, text) => {
  const { errors, warnings, cluster: spec } = read(text);
  expect([...errors, ...warnings]).toEqual([]);
  // What is kept of it is read again, and says the same.
  const kept = serializeCluster(spec as ClusterSpec);
  expect(serializeCluster(parseClusterfile(kept, 'kept'))).toBe(kept);
});

test.each<[string, RegExp]>([
  [cluster('  dataRoot: /data\n'), /^7:3 spec\.dataRoot has no effect: .*\/var\/lib\/sealer/],
  [cluster('  registry: {localRegistry: {ha: true}}\n'), /^7:30 .*ha has no effect: .*master0/],
  [cluster('  registry: {localRegistry: {insecure: true}}\n'), /^7:30 .*insecure has no effect: .*https/],
  [cluster('  registry: {localRegistry: {cert: {subjectAltName: {dnsNames: [a.b]}}}}\n'), /^7:30 .*cert has no effect/],
  [
    cluster('  registry: {localRegistry: {}, externalRegistry: {domain: a.b}}\n'),
    /^7:33 .*externalRegistry has no effect/,
  ],
  [cluster('  cmd_args: [A=1]\n'), /^7:14 spec\.cmd_args\[0\] .*spec\.env/],
  [cluster('  env: [CertSANs=a]\n'), /^7:9 .*apiServer\.certSANs/],
  [
    cluster('', '  hosts: [{ips: [10.0.0.1], roles: [master]}, {ips: [], roles: [node]}]\n'),
    /^6:48 spec\.hosts\[1\]\.ips .*empty/,
  ],
  [`${cluster('')}---\napiVersion: a\nkind: JoinConfiguration\n`, /^9:1 JoinConfiguration has no effect/],
  [
    `${cluster('')}---\napiVersion: sealer.io/v1\nkind: Plugin\nmetadata: {name: a}\nspec: {type: LABEL, action: PreGuest, data: 10.0.0.1 a=b}\n`,
    /^11:8 type LABEL .*spec\.hosts\[\]\.labels/,
  ],
])('what has no effect is said: %#', (text, warning) => {
  const { errors, warnings } = read(text);
  expect(errors).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(warning)]);
});

test.each<[string, RegExp]>([
  [cluster('  ssh: {passwd: x, encrypted: true}\n'), /^7:20 spec\.ssh\.encrypted: .*env:NAME/],
  [cluster('', '  hosts: [{ips: [10.0.0.1], roles: [master], ssh: {encrypted: true}}]\n'), /^6:52 .*encrypted/],
  [cluster('  registry: {localRegistry: {username: a}}\n'), /^7:30 .*logins/],
  [cluster('  registry: {localRegistry: {password: a}}\n'), /^7:30 .*logins/],
  [cluster('  registry: {externalRegistry: {domain: a.b}}\n'), /^7:14 .*not used by this version/],
  [cluster('', '  hosts: [{ips: [], roles: [master]}]\n'), /^6:3 .*no host has the role master/],
  [cluster('', '  hosts: []\n'), /^6:3 spec\.hosts: must not be empty/],
  [cluster('', ''), /^4:1 spec\.hosts: it is missing/],
  [
    cluster('', '  hosts: [{ips: [10.0.0.1], roles: [-a]}]\n'),
    /^6:37 .*must be a role as Kubernetes takes it.*such as node and is "-a"/,
  ],
  [
    cluster('', '  hosts: [{ips: [10.0.0.1], roles: [master], labels: {"a b": c}}]\n'),
    /^6:55 .*label.*such as acme\.example\/zone and is "a b"/,
  ],
  [
    cluster('', '  hosts: [{ips: [10.0.0.1], roles: [master], labels: {a: "b c"}}]\n'),
    /^6:55 .*value of a label.*zone-a and is "b c"/,
  ],
  [
    cluster('', '  hosts: [{ips: [10.0.0.1], roles: [master], labels: {a: 1}}]\n'),
    /^6:55 .*must be a text \(in quotes.* and is 1/,
  ],
  [cluster('', '  hosts: [{ips: [10.0.0.1], roles: [master], taints: ["-a:NoSchedule"]}]\n'), /^6:55 .*key "-a"/],
  [cluster('', '  hosts: [{ips: [10.0.0.1], roles: [master], taints: ["a=b"]}]\n'), /^6:55 .*has no effect; expected/],
  [cluster('', '  hosts: [{ips: [10.0.0.1, 10.0.0.2], roles: [master, master0]}]\n'), /^6:39 .*master0 is the first/],
  [cluster('  hostAliases: [{ip: nope, hostnames: [a]}]\n'), /^7:18 .*"nope" is no IP address/],
  [
    cluster('  hostAliases: [{ip: 10.0.0.5, hostnames: ["a b"]}]\n'),
    /^7:44 .*domain name.*registry\.example and is "a b"/,
  ],
  [cluster('  env: [PodCIDR=10.1.0.0]\n'), /^7:9 spec\.env\[0\]: PodCIDR: "10\.1\.0\.0" is no network such as/],
  [cluster('  env: ["SvcCIDR=10.1.0.0/16,fd00::/129"]\n'), /^7:9 .*SvcCIDR: "fd00::\/129" is no network/],
  [cluster('  ssh: {hostKeys: [SHA1:x]}\n'), /^7:20 .*fingerprint of a host key.*such as SHA256/],
  [cluster('  ssh: {port: 70000}\n'), /^7:9 .*a port from 1 to 65535, such as 22 and is 70000/],
  [cluster('  ssh: {port: "99999"}\n'), /^7:9 .*a port from 1 to 65535/],
  [cluster('  env: {A: 1}\n'), /^7:3 spec\.env: must be a list$/],
  [cluster('  env: [A: 1]\n'), /^7:9 spec\.env\[0\]: must be a text/],
  [
    cluster('').replace('name: shop', 'name: my_shop'),
    /^3:12 metadata\.name: must be a name of small letters.*my-cluster and is "my_shop"/,
  ],
  [cluster('').replace('sealer.io/v2', 'acme.io/v2'), /^1:1 apiVersion: must be one of sealer\.io\/v2/],
  [`${cluster('')}---\nkind: KubeadmConfig\n`, /^8:1 .*KubeadmConfig are not carried out/],
  [`${cluster('')}---\nkind: Config\nspec: {path: etc/a, data: b}\n`, /^8:1 .*Config are not carried out/],
  [`${cluster('')}---\nspec: {}\n`, /^8:1 kind: the document does not say its kind/],
  [`${cluster('')}---\nkind: ClusterConfiguration\n`, /^8:1 apiVersion: it is missing/],
  [cluster('  env: *nothing\n'), /^7:8 there is no anchor &nothing/],
])('what would harm is refused at its place: %#', (text, error) => {
  expect(read(text).errors).toEqual([expect.stringMatching(error)]);
});

const older = (lines: string, apiVersion = 'sealer.io/v1') =>
  `apiVersion: ${apiVersion}\nkind: Cluster\nmetadata: {name: shop}\nspec:\n  image: a\n${lines}`;
const machines = '  masters: {ipList: [10.0.0.1]}\n  nodes: {ipList: [10.0.0.2-10.0.0.3]}\n';

test.each([
  'sealer.io/v1',
  'sealer.cloud/v1',
  'sealer.aliyun.com/v1alpha1',
  'zlink.aliyun.com/v1alpha1',
  'sealer.io/v2',
])('the older form is read, in version %s', (apiVersion) => {
  const more =
    '  provider: BAREMETAL\n  network: {podCIDR: 10.1.0.0/16, svcCIDR: 10.2.0.0/16}\n  ssh: {passwd: x}\n  env: [A=1]\n';
  const { cluster: spec, errors, warnings } = read(older(`${machines}${more}`, apiVersion));
  expect([...errors, ...warnings]).toEqual([]);
  expect(spec).toMatchObject({
    env: { A: '1' },
    network: { podCidr: '10.1.0.0/16', serviceCidr: '10.2.0.0/16' },
    hosts: [
      { address: '10.0.0.1', roles: ['master'] },
      { address: '10.0.0.2', roles: ['node'] },
      { address: '10.0.0.3', roles: ['node'] },
    ],
  });
});

test.each<[string, string[]]>([
  ['  masters: {ipList: [10.0.0.300]}\n', ['6:22 spec.hosts[0].ips[0]: "10.0.0.300" is no IP address']],
  ['  masters: {}\n', ['6:3 spec.masters: it has no ipList: the addresses of the masters are missing']],
  [`${machines}  env: [A=1]\n  network: {svcCIDR: x}\n`, ['9:13 spec.env[0]: SvcCIDR: "x" is no network']],
  [`${machines}  nodse: {}\n`, ['8:3 spec.nodse: there is no such field; did you mean nodes?']],
  ['  provider: ALI_CLOUD\n  masters: {count: "1", cpu: "2"}\n', ['6:3 spec.provider: ALI_CLOUD makes machines']],
])('mistakes of the older form have their own places: %#', (lines, errors) => {
  expect(read(older(lines)).errors).toEqual(errors.map((error) => expect.stringContaining(error)));
});

test.each<[string, RegExp]>([
  ['  certSANS: [a.b]\n', /^8:3 spec\.certSANS .*apiServer\.certSANs/],
  ['  network: {cniName: calico}\n', /^8:13 spec\.network\.cniName/],
])('what has no effect in the older form is said: %#', (lines, warning) => {
  expect(read(older(`${machines}${lines}`)).warnings).toEqual([expect.stringMatching(warning)]);
});

test.each<[string, Partial<ClusterSpec>]>([
  ['{cmds: [a, b]}', { commands: ['a', 'b'] }],
  ['{launchApps: [web]}', { launchApps: ['web'] }],
  ['{launchApps: [""]}', { launchApps: [] }],
  ['{cmds: null, configs: [{name: web}]}', {}],
])('an Application document says what is launched: %s', (spec, expected) => {
  const text = `${cluster('')}---\napiVersion: sealer.io/v2\nkind: Application\nmetadata: {name: a}\nspec: ${spec}\n`;
  const found = read(text);
  expect(found.errors).toEqual([]);
  const { commands, launchApps } = found.cluster as ClusterSpec;
  expect({ ...(commands ? { commands } : {}), ...(launchApps ? { launchApps } : {}) }).toEqual(expected);
});

test('a Cluster document wins over an Application document, whose other settings are refused', () => {
  const document = (spec: string) =>
    `---\napiVersion: sealer.io/v2\nkind: Application\nmetadata: {name: a}\nspec: ${spec}\n`;
  expect(read(`${cluster('  appNames: [b]\n')}${document('{launchApps: [a]}')}`).cluster?.launchApps).toEqual(['b']);
  expect(read(`${cluster('')}${document('{configs: [{name: a, env: [A=1]}]}')}`).errors).toEqual([
    expect.stringMatching(/^11:28 spec\.configs\[0\]\.env: it is not carried out.*APPENV/),
  ]);
});

const plugin = (metadata: string, spec: string) =>
  `${cluster('')}---\napiVersion: sealer.io/v1\nkind: Plugin\nmetadata: {${metadata}}\nspec: {${spec}}\n`;

test.each(['pre_init_host', 'Pre.Init', 'SHELL 1', '前置', 'a'.repeat(200)])('a Plugin may be called %s', (name) => {
  const { cluster: spec, errors } = read(
    plugin(`name: ${JSON.stringify(name)}`, 'type: SHELL, action: PreInit, data: x'),
  );
  expect(errors).toEqual([]);
  expect(spec?.hooks[0]?.name).toBe(name);
});

test.each<[string, string[]]>([
  ['PreInit|PostInstall', ['pre-init-host', 'post-install']],
  ['"pre-install | post-install"', ['pre-install', 'post-install']],
  ['pre-install||post-install|', ['pre-install', 'post-install']],
  ['"pre-install,post-install"', ['pre-install', 'post-install']],
  ['PreInstall', ['pre-install']],
  ['upgrade', ['upgrade']],
])('the phases of action %s', (action, phases) => {
  expect(read(plugin('name: a', `type: SHELL, data: x, action: ${action}`)).cluster?.hooks[0]?.phases).toEqual(phases);
});

test.each<[string, RegExp]>([
  [
    'type: SHELL, action: pre-instal, data: x',
    /^11:21 spec\.action: there is no phase "pre-instal"; did you mean pre-install/,
  ],
  ['type: SHELL, action: Originally, data: x', /^11:21 spec\.action: there is no phase "Originally"/],
  ['type: SHELL, action: "|", data: x', /^11:21 spec\.action: it names no phase/],
  ['type: SHELL, action: constructor, data: x', /no phase "constructor"/],
  ['type: SHELL, action: PreInit', /^11:1 spec\.data: it is empty/],
  ['type: SHELL, action: PreInit, data: " "', /^11:38 spec\.data: it is empty/],
  ['type: SHELL, action: PreInit, data:', /spec\.data: it is empty/],
  ['type: SHELL, action: PreInit, data: x, scope: a, on: b', /^11:57 spec\.on: scope and on/],
  ['type: SHELL, action: PreInit, data: x, on: 10.0.0.9-10.0.0.1', /^11:47 spec\.on: .*ends before it begins/],
  ['type: SHELL, action: PreInit, data: x, on: 10.0.0.300', /^11:47 spec\.on: .*no IP address/],
  ['action: PreInit, data: x', /spec\.type: it is missing/],
])('a Plugin is refused at its place: %s', (spec, error) => {
  expect(read(plugin('name: a', spec)).errors).toEqual([expect.stringMatching(error)]);
});

test.each<[Parameters<typeof clusterFromFlags>[0], string[]]>([
  [{ masters: '10.0.0.9-10.0.0.1' }, ['--masters: "10.0.0.9-10.0.0.1" ends before it begins']],
  [{ masters: '10.0.0.1,10.0.0.1' }, ['--masters: 10.0.0.1 is listed twice']],
  [{ masters: ',' }, ['--masters: it names no host']],
  [{ masters: '3', nodes: 'x' }, ['--masters: "3" is no IP address', '--nodes: "x" is no IP address']],
  [{ masters: '10.0.0.1', env: ['A', 'B-C=1'] }, ['--env: "A" is no KEY=value', '--env: "B-C" is no KEY=value']],
  [{ masters: '10.0.0.1', nodes: '10.0.0.1' }, ['the flags: spec.hosts[1].ips[0]: 10.0.0.1 is listed twice']],
  [{ nodes: '10.0.0.1' }, ['the flags: spec.hosts: no host has the role master']],
  [{ masters: '10.0.0.1', name: 'A_b' }, ['the flags: metadata.name: must be a name']],
])('flags are refused by their names: %#', (flags, errors) => {
  let found: SealerError | undefined;
  try {
    clusterFromFlags({ image: 'a', ...flags });
  } catch (cause) {
    found = cause as SealerError;
  }
  expect(found?.code).toBe('CLUSTERFILE_INVALID');
  expect(found?.errors.map(({ message }) => message)).toEqual(errors.map((one) => expect.stringContaining(one)));
});

test('hosts of flags are added to those of a file; one that is there is refused', () => {
  const spec = parseClusterfile(cluster(''), 'f');
  expect(
    applyFlags(spec, { masters: '10.0.0.8', nodes: '10.0.0.9' }).hosts.map(({ address, roles }) => [address, ...roles]),
  ).toEqual([
    ['10.0.0.1', 'master'],
    ['10.0.0.2', 'node'],
    ['10.0.0.8', 'master'],
    ['10.0.0.9', 'node'],
  ]);
  expect(() => applyFlags(spec, { nodes: '10.0.0.2' })).toThrow(/has 1 error|have 1 error/);
});

test('a cluster of many hosts is kept and read again', () => {
  const spec = clusterFromFlags({ image: 'a', masters: '10.0.0.1', nodes: '10.0.1.1-10.0.2.200' });
  expect(parseClusterfile(serializeCluster(spec), 'kept').hosts).toHaveLength(457);
});
