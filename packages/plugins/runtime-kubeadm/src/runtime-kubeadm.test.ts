import { type PlannedPlugin, planPlugin } from '@sealer/core/testing';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import plugin from './index.js';

const image = { runtime: { type: 'kubeadm', version: 'v1.34.4' } };

async function configOf(planned: PlannedPlugin): Promise<Record<string, Record<string, unknown>>> {
  const step = planned.steps.find(({ title }) => title === 'Write the kubeadm configuration')!;
  expect(await planned.run(step)).toBe(true);
  // A second time nothing is written.
  expect(await planned.run(step)).toBe(false);
  const text = [...planned.hosts.get('10.0.0.1')!.files.values()].join('\n');
  return Object.fromEntries(parseAllDocuments(text).map((document) => [document.get('kind'), document.toJS()]));
}

test('an ordinary host gets no limits', async () => {
  const planned = await planPlugin(plugin, { image });
  const config = await configOf(planned);
  expect(planned.warnings).toEqual([]);
  expect(config.KubeletConfiguration).not.toHaveProperty('failCgroupV1');
  expect(config.KubeProxyConfiguration).not.toHaveProperty('conntrack');
  expect(config.ClusterConfiguration).toMatchObject({
    kubernetesVersion: 'v1.34.4',
    controlPlaneEndpoint: 'apiserver.cluster.local:6443',
  });
});

test("what a host's limits ask for is derived, with a warning that names the host", async () => {
  const planned = await planPlugin(plugin, {
    image,
    hosts: { '10.0.0.2': { facts: { cgroupVersion: 1, canSetConntrack: false, swap: true } } },
  });
  const config = await configOf(planned);
  expect(config.KubeletConfiguration).toMatchObject({ failCgroupV1: false, failSwapOn: false });
  expect(config.KubeProxyConfiguration).toMatchObject({ conntrack: { maxPerCore: 0, min: 0 } });
  expect(planned.warnings).toHaveLength(3);
  for (const warning of planned.warnings) expect(warning).toContain('[10.0.0.2]');
});

const head = `apiVersion: sealer.io/v2
kind: Cluster
metadata: {name: test}
spec:
  image: test:1
  hosts:
  - {ips: [10.0.0.1-10.0.0.3], roles: [master]}
  - {ips: [10.0.0.4], roles: [node]}
`;

test('documents lie over the defaults, the image, and under what the hosts are', async () => {
  const planned = await planPlugin(plugin, {
    image: {
      ...image,
      documents: { 'etc/kubeadm.yml': 'kind: KubeletConfiguration\nmaxPods: 50\nserializeImagePulls: false\n' },
    },
    clusterfile: `${head}---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 200
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking: {podSubnet: 10.50.0.0/16}
apiServer: {certSANs: [api.example]}
`,
  });
  const config = await configOf(planned);
  expect(config.KubeletConfiguration).toMatchObject({
    maxPods: 200,
    serializeImagePulls: false,
    cgroupDriver: 'systemd',
  });
  expect(config.ClusterConfiguration).toMatchObject({
    networking: { podSubnet: '10.50.0.0/16', serviceSubnet: '10.96.0.0/12' },
  });
  const { certSANs } = config.ClusterConfiguration!.apiServer as { certSANs: string[] };
  for (const name of ['api.example', '10.0.0.1', '10.0.0.2', '10.0.0.3']) expect(certSANs).toContain(name);
});

test.each([
  ['podSubnet: 10.99.0.0/16', 'KUBEADM_NETWORKS_OVERLAP', /10\.99\.0\.0\/16.*10\.96\.0\.0\/12/],
  ['podSubnet: 10.0.0.0/16', 'KUBEADM_NETWORKS_OVERLAP', /host 10\.0\.0\.1/],
  ['podSubnet: 10.244.0.0', 'KUBEADM_NETWORK_INVALID', /10\.244\.0\.0/],
])('%s is refused while planning', async (line, code, message) => {
  const document = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking: {${line}}\n`;
  await expect(planPlugin(plugin, { image, clusterfile: `${head}---\n${document}` })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test('masters after the first join one after the other, with a token made when it is needed', async () => {
  const planned = await planPlugin(plugin, { image, clusterfile: head });
  const joins = planned.steps.filter(({ phase }) => phase === 'join-control-plane');
  expect(new Set(joins.map(({ hostName }) => hostName))).toEqual(new Set(['10.0.0.2', '10.0.0.3']));
  expect(joins.some(({ needs }) => needs && needs.length > 0)).toBe(true);
  const init = planned.steps.filter(({ title }) => title === 'Initialise the control plane');
  expect(init.map(({ hostName }) => hostName)).toEqual(['10.0.0.1']);
  // What is provided is attributed to who provides it.
  expect(init[0]?.plugin).toBe('runtime-kubeadm');
});

test('an older document of an image, as Go sealer has them, is brought to the newest shape', async () => {
  const document = `apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
imageRepository: sea.hub:5000
useHyperKubeImage: false
dns: {type: CoreDNS, imageRepository: sea.hub:5000/coredns}
apiServer: {timeoutForControlPlane: 4m0s, extraArgs: {event-ttl: 30m, v: 2}}
etcd: {local: {extraArgs: {quota-backend-bytes: "8589934592"}}}
---
apiVersion: kubeadm.k8s.io/v1beta2
kind: InitConfiguration
nodeRegistration: {criSocket: /var/run/dockershim.sock, kubeletExtraArgs: {v: "2"}}
`;
  const config = await configOf(
    await planPlugin(plugin, { image: { ...image, documents: { 'etc/kubeadm.yml': document } } }),
  );
  expect(config.ClusterConfiguration).toMatchObject({
    imageRepository: 'sea.hub:5000',
    dns: { imageRepository: 'sea.hub:5000/coredns' },
    apiServer: {
      extraArgs: [
        { name: 'event-ttl', value: '30m' },
        { name: 'v', value: '2' },
      ],
    },
    etcd: { local: { extraArgs: [{ name: 'quota-backend-bytes', value: '8589934592' }] } },
  });
  expect(config.ClusterConfiguration).not.toHaveProperty('useHyperKubeImage');
  expect(config.ClusterConfiguration).not.toHaveProperty(['apiServer', 'timeoutForControlPlane']);
  expect(config.ClusterConfiguration).not.toHaveProperty(['dns', 'type']);
  const { nodeRegistration } = config.InitConfiguration as { nodeRegistration: Record<string, unknown> };
  expect(nodeRegistration.kubeletExtraArgs).toEqual([
    { name: 'v', value: '2' },
    { name: 'node-ip', value: '10.0.0.1' },
  ]);
  expect(nodeRegistration.criSocket).not.toContain('dockershim');
});

test('a Kubernetes whose kubeadm cannot read our configuration is refused by its version', async () => {
  await expect(
    planPlugin(plugin, { image: { runtime: { type: 'kubernetes', version: 'v1.22.15' } } }),
  ).rejects.toMatchObject({ code: 'KUBEADM_VERSION_UNSUPPORTED', message: expect.stringContaining('v1.22.15') });
});

test.each([
  [undefined, [{ name: 'node-ip', value: '10.0.0.1' }]],
  [[{ name: 'node-ip', value: '10.9.9.9' }], [{ name: 'node-ip', value: '10.9.9.9' }]],
])('the kubelet has the address of the Clusterfile, unless its arguments %j say another', async (args, expected) => {
  const document = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration: ${JSON.stringify({ kubeletExtraArgs: args })}\n`;
  const config = await configOf(
    await planPlugin(plugin, { image, clusterfile: args ? `${head}---\n${document}` : head }),
  );
  const { nodeRegistration } = config.InitConfiguration as { nodeRegistration: Record<string, unknown> };
  expect(nodeRegistration.kubeletExtraArgs).toEqual(expected);
});

test('a host without a default route gets one for the service network, and only such a host', async () => {
  const planned = await planPlugin(plugin, { image, hosts: { '10.0.0.2': { facts: { defaultRoute: false } } } });
  const routes = planned.steps.filter(({ title }) => /route to the service network/.test(title));
  expect(routes.map(({ hostName, title }) => `${hostName} ${title}`)).toEqual([
    '10.0.0.2 Place the route to the service network',
    '10.0.0.2 Set the route to the service network',
  ]);
});

test('what others have on a host is written down before anything else is done there', async () => {
  const { steps } = await planPlugin(plugin, { image });
  for (const host of ['10.0.0.1', '10.0.0.2']) {
    const [first] = steps.filter(({ hostName }) => hostName === host);
    expect(first).toMatchObject({ title: 'Record the network of the host', phase: 'pre-init-host' });
  }
});
