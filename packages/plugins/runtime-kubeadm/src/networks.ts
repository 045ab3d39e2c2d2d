/** Pod network, service network and hosts must not overlap: kubeadm does not notice, and no pod ever gets an address. */
import { BlockList } from 'node:net';
import type { PlanContext } from '@sealer/core';
import { podCidr, serviceCidr } from './config.js';
import { kubeadmErrors } from './kubeadm-errors.js';

/** @throws KUBEADM_NETWORK_INVALID, KUBEADM_NETWORKS_OVERLAP */
export function checkNetworks(ctx: PlanContext): void {
  const networks = [...split('pod network', podCidr(ctx)), ...split('service network', serviceCidr(ctx))];
  for (const [at, one] of networks.entries()) {
    for (const other of networks.slice(at + 1))
      if (contains(one, other.base) || contains(other, one.base))
        throw kubeadmErrors.KUBEADM_NETWORKS_OVERLAP({ one: one.title, other: other.title });
    for (const host of ctx.hosts)
      if (contains(one, host.address))
        throw kubeadmErrors.KUBEADM_NETWORKS_OVERLAP({ one: one.title, other: `host ${host.address}` });
  }
}

interface Network {
  title: string;
  base: string;
  family: 'ipv4' | 'ipv6';
  addresses: BlockList;
}

/** Dual stack has two, with a comma. */
function split(name: string, text: string): Network[] {
  return text.split(',').map((part) => {
    const cidr = part.trim();
    const [base = '', prefix = ''] = cidr.split('/');
    const family = base.includes(':') ? 'ipv6' : 'ipv4';
    const addresses = new BlockList();
    try {
      if (!/^\d+$/.test(prefix)) throw new Error('no prefix');
      addresses.addSubnet(base, Number(prefix), family);
    } catch {
      throw kubeadmErrors.KUBEADM_NETWORK_INVALID({ name, cidr });
    }
    return { title: `${name} ${cidr}`, base, family, addresses };
  });
}

function contains({ addresses, family }: Network, address: string): boolean {
  return family === (address.includes(':') ? 'ipv6' : 'ipv4') && addresses.check(address, family);
}
