/** What kubeadm itself does not notice until it is too late. */
import { defineErrors, ExitCode, error } from '@sealer/core';

export const kubeadmErrors = defineErrors({
  KUBEADM_NETWORK_INVALID: error<{ name: string; cidr: string }>({
    exitCode: ExitCode.config,
    about: 'A pod or service network is not written as a network.',
    message: ({ name, cidr }) => `the ${name} ${JSON.stringify(cidr)} is no network`,
    hint: 'write it as address/prefix, such as 10.244.0.0/16',
  }),
  KUBEADM_NETWORKS_OVERLAP: error<{ one: string; other: string }>({
    exitCode: ExitCode.config,
    about: 'Two of pod network, service network and host addresses lie in each other.',
    message: ({ one, other }) => `${one} and ${other} overlap`,
    hint: 'choose others: networking.podSubnet and networking.serviceSubnet of a ClusterConfiguration document, or env PodCIDR and SvcCIDR',
  }),
});
