/** Pod network, service network and hosts must not overlap: kubeadm does not notice, and no pod ever gets an address. */
import { contains, type Network, overlap, type PlanContext, parseCidr } from '@sealer/core';
import { podCidr, serviceCidr } from './config.js';
import { kubeadmErrors } from './kubeadm-errors.js';

interface Named extends Network {
  title: string;
}

/** @throws KUBEADM_NETWORK_INVALID, KUBEADM_NETWORKS_OVERLAP */
export function checkNetworks(ctx: PlanContext): void {
  const networks = clusterNetworks(ctx);
  for (const [at, one] of networks.entries()) {
    for (const other of networks.slice(at + 1))
      if (overlap(one, other)) throw kubeadmErrors.KUBEADM_NETWORKS_OVERLAP({ one: one.title, other: other.title });
    for (const host of ctx.hosts)
      if (contains(one, host.address))
        throw kubeadmErrors.KUBEADM_NETWORKS_OVERLAP({ one: one.title, other: `host ${host.address}` });
  }
}

/** @throws KUBEADM_NETWORK_INVALID */
export function clusterNetworks(ctx: PlanContext): Named[] {
  return [...split('pod network', podCidr(ctx)), ...split('service network', serviceCidr(ctx))];
}

/** Dual stack has two, with a comma. */
function split(name: string, text: string): Named[] {
  return text.split(',').map((part) => {
    const cidr = part.trim();
    const network = parseCidr(cidr);
    if (!network) throw kubeadmErrors.KUBEADM_NETWORK_INVALID({ name, cidr });
    return { ...network, title: `${name} ${cidr}` };
  });
}
