/** What of a host's settings and leftovers would let a kubeadm cluster stall. */
import type { HostSettings, PlanContext, PlannedHost } from '@sealer/core';
import { parseAllDocuments } from 'yaml';
import { apiServiceAddress, kubeadmConfig, podCidr, serviceCidr } from './config.js';
import { bringsNetwork } from './network.js';

const vxlanPort = 8472;

const unit = 'the unit of a kubelet that sealer did not install';
const k3s = 'k3s is, or was, installed';
const rke2 = 'rke2 is, or was, installed';
const k0s = 'k0s is, or was, installed';
const microk8s = 'microk8s is installed';
const state = 'the state of a cluster that was here before';

const others: readonly { path: string; of: string }[] = [
  ...['/etc/rancher/k3s', '/var/lib/rancher/k3s', '/usr/local/bin/k3s'].map((path) => ({ path, of: k3s })),
  ...['/etc/rancher/rke2', '/var/lib/rancher/rke2'].map((path) => ({ path, of: rke2 })),
  ...['/etc/k0s', '/var/lib/k0s'].map((path) => ({ path, of: k0s })),
  ...['/var/snap/microk8s', '/snap/microk8s'].map((path) => ({ path, of: microk8s })),
  // A CA of the user's own may lie in pki; what kubeadm makes of it may not.
  ...['/var/lib/kubelet', '/var/lib/etcd', '/etc/kubernetes/manifests', '/etc/kubernetes/pki/apiserver.crt'].map(
    (path) => ({ path, of: state }),
  ),
  // /lib is the one in /usr where there is one only.
  ...['/etc', '/lib', '/usr/local/lib'].map((folder) => ({
    path: `${folder}/systemd/system/kubelet.service`,
    of: unit,
  })),
  { path: '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf', of: unit },
];

export function hostSettings(ctx: PlanContext, host: PlannedHost): HostSettings {
  const resolver = resolverOf(ctx);
  const ours = bringsNetwork(ctx);
  return {
    udpPorts: ours ? [vxlanPort] : [],
    folders: [
      { path: '/var/lib/kubelet' },
      { path: '/etc/kubernetes' },
      { path: '/opt/cni/bin', exec: true },
      ...(host.isMaster ? [{ path: '/var/lib/etcd' }] : []),
    ],
    others,
    networkFolder: { path: '/etc/cni/net.d', ...(ours ? { ours: '10-flannel.conflist' } : {}) },
    ...(resolver ? { resolver } : {}),
    units: ['kubelet.service'],
    // kubeadm hands the proxies of its environment on to the control plane.
    direct: [apiServiceAddress(ctx), ...podCidr(ctx).split(','), ...serviceCidr(ctx).split(',')],
  };
}

/** A kubelet that is given the empty name gives pods no servers. */
function resolverOf(ctx: PlanContext): string | undefined {
  const kubelet = parseAllDocuments(kubeadmConfig(ctx)).find(
    (document) => document.get('kind') === 'KubeletConfiguration',
  );
  const given = kubelet?.get('resolvConf');
  return given === undefined ? '/etc/resolv.conf' : String(given) || undefined;
}
