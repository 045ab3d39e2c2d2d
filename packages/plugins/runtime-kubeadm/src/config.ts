/**
 * The kubeadm configuration: our defaults, then the image's etc/kubeadm.yml, then the Clusterfile's documents, then what
 * must be as the hosts are. A null in a document takes a field away.
 */
import { mergeDocuments, type PlanContext, type PlannedHost, parseYamlDocuments } from '@sealer/core';
import { stringify } from 'yaml';
import { withNodeAddress } from './node-address.js';
import { asNewest } from './older-document.js';
import { apiPort, defaultPodCidr, defaultServiceCidr, endpoint } from './places.js';

type Fields = Record<string, unknown>;

const versions: Readonly<Record<string, string>> = {
  InitConfiguration: 'kubeadm.k8s.io/v1beta4',
  ClusterConfiguration: 'kubeadm.k8s.io/v1beta4',
  KubeletConfiguration: 'kubelet.config.k8s.io/v1beta1',
  KubeProxyConfiguration: 'kubeproxy.config.k8s.io/v1alpha1',
};

export function kubeadmConfig(ctx: PlanContext): string {
  const documents = Object.entries(versions).map(([kind, apiVersion]) => {
    const layers = [defaults(ctx, kind), imageDocument(ctx, kind), ...clusterDocuments(ctx, kind), forced(ctx, kind)];
    const fields = layers.reduce((base, over) => mergeDocuments(base, over), {});
    return { apiVersion, kind, ...(kind === 'InitConfiguration' ? withAddress(fields, ctx.master0) : fields) };
  });
  return documents.map((document) => stringify(document)).join('---\n');
}

function withAddress(fields: Fields, host: PlannedHost): Fields {
  const node = (fields.nodeRegistration ?? {}) as Fields;
  const kubeletExtraArgs = withNodeAddress(node.kubeletExtraArgs, host);
  return { ...fields, nodeRegistration: { ...node, kubeletExtraArgs } };
}

export function podCidr(ctx: PlanContext): string {
  return networking(ctx, 'podSubnet') ?? ctx.cluster.network.podCidr ?? defaultPodCidr;
}

export function serviceCidr(ctx: PlanContext): string {
  return networking(ctx, 'serviceSubnet') ?? ctx.cluster.network.serviceCidr ?? defaultServiceCidr;
}

/** The first address of the service network is the API server's. */
export function apiServiceAddress(ctx: PlanContext): string {
  const [base = ''] = serviceCidr(ctx).split('/');
  return base.includes(':')
    ? `${base.replace(/::?$/, '')}::1`
    : base.replace(/\d+$/, (last) => String(Number(last) + 1));
}

function networking(ctx: PlanContext, field: string): string | undefined {
  const given = clusterDocuments(ctx, 'ClusterConfiguration').at(-1)?.networking as Record<string, string> | undefined;
  return given?.[field];
}

function imageDocument(ctx: PlanContext, kind: string): Fields {
  const { documents } = ctx.image.config;
  const path = ['etc/kubeadm.yml', 'etc/kubeadm.yaml'].find((name) => documents[name] !== undefined);
  for (const value of path ? parseYamlDocuments(documents[path] as string, `image:${path}`) : []) {
    if (value.kind !== kind) continue;
    const { apiVersion: _version, kind: _kind, ...fields } = value;
    return asNewest(kind, fields);
  }
  return {};
}

function clusterDocuments(ctx: PlanContext, kind: string): Fields[] {
  return ctx.cluster.runtimeDocuments
    .filter((document) => document.kind === kind)
    .map((document) => asNewest(kind, document.content));
}

function defaults(ctx: PlanContext, kind: string): Fields {
  const { facts } = ctx.master0;
  const any = (test: (host: (typeof ctx.hosts)[number]) => boolean) => ctx.hosts.some(test);
  switch (kind) {
    case 'ClusterConfiguration':
      return {
        kubernetesVersion: ctx.image.config.runtime?.version ?? 'stable',
        clusterName: ctx.cluster.name,
        networking: {
          podSubnet: ctx.cluster.network.podCidr ?? defaultPodCidr,
          serviceSubnet: ctx.cluster.network.serviceCidr ?? defaultServiceCidr,
        },
      };
    case 'KubeletConfiguration':
      return {
        cgroupDriver: 'systemd',
        // Since 1.35 a kubelet refuses cgroup v1 unless it is told not to.
        ...(any((host) => host.facts.cgroupVersion === 1) ? { failCgroupV1: false } : {}),
        ...(any((host) => host.facts.swap) ? { failSwapOn: false } : {}),
      };
    case 'KubeProxyConfiguration':
      return {
        mode: 'iptables',
        // In a network namespace the table's size cannot be set, and kube-proxy would not start.
        ...(any((host) => !host.facts.canSetConntrack) ? { conntrack: { maxPerCore: 0, min: 0 } } : {}),
      };
    default:
      return facts ? { nodeRegistration: { name: ctx.master0.nodeName, criSocket: ctx.containerRuntime.socket } } : {};
  }
}

function forced(ctx: PlanContext, kind: string): Fields {
  if (kind === 'InitConfiguration')
    return { localAPIEndpoint: { advertiseAddress: ctx.master0.address, bindPort: apiPort } };
  if (kind !== 'ClusterConfiguration') return {};
  const given = (clusterDocuments(ctx, kind).at(-1)?.apiServer as { certSANs?: string[] } | undefined)?.certSANs ?? [];
  const sans = [endpoint, '127.0.0.1', ...ctx.masters.map((host) => host.address), ...given];
  return { controlPlaneEndpoint: `${endpoint}:${apiPort}`, apiServer: { certSANs: [...new Set(sans)] } };
}

/** Says what was derived from limits of the hosts. */
export function warnOfLimits(ctx: PlanContext): void {
  for (const host of ctx.hosts) {
    if (host.facts.cgroupVersion === 1)
      ctx.warn('the host has cgroup v1, which Kubernetes is about to drop: failCgroupV1 is set to false', host);
    if (!host.facts.canSetConntrack)
      ctx.warn('nf_conntrack_max cannot be set on the host: kube-proxy leaves it as it is', host);
    if (host.facts.swap) ctx.warn('the host has swap: failSwapOn is set to false', host);
  }
}
