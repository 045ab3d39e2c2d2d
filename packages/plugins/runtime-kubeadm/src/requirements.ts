/** What Kubernetes asks of a host before anything is changed. */
import type { HostRequirements, PlanContext, PlannedHost } from '@sealer/core';
import { clusterNetworks } from './networks.js';
import { apiPort } from './places.js';

const kubeletPort = 10250;
const etcdPorts = [2379, 2380];

export function requirements(ctx: PlanContext, host: PlannedHost): HostRequirements {
  const others = (hosts: readonly PlannedHost[]) => hosts.filter((other) => other.name !== host.name);
  const at = (hosts: readonly PlannedHost[], ...ports: number[]) =>
    others(hosts).flatMap(({ address }) => ports.map((port) => ({ address, port })));
  return {
    ports: host.isMaster ? [apiPort, ...etcdPorts, kubeletPort, 10257, 10259] : [kubeletPort],
    memoryBytes: 1_500_000_000,
    // kubeadm's own preflight ends without them.
    tools: ['losetup', 'mount', 'cp'],
    absent: ['/etc/kubernetes/kubelet.conf', '/etc/kubernetes/admin.conf', '/var/lib/etcd/member', '/usr/bin/kubelet'],
    reach: [
      ...at(ctx.masters, apiPort, ...(host.isMaster ? etcdPorts : [])),
      ...(host.isMaster ? at(ctx.hosts, kubeletPort) : []),
    ],
    networks: clusterNetworks(ctx).map(({ title, cidr }) => ({ title: title.replace(` ${cidr}`, ''), cidr })),
  };
}
