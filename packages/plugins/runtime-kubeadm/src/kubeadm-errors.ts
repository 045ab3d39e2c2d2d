/** What kubeadm itself does not notice until it is too late. */
import { defineErrors, ExitCode, error } from '@sealer/core';

export const kubeadmErrors = defineErrors({
  KUBEADM_API_SILENT: error<{ host: string; said: string }>({
    exitCode: ExitCode.cluster,
    about:
      'A host belongs to a cluster that was installed before, and its API server does not answer. Nothing was changed.',
    message: ({ host, said }) =>
      `Kubernetes is installed on host ${host}, and its API server does not answer${said ? `: ${said}` : ''}`,
    hint: 'look at the control plane on the masters (crictl ps -a, journalctl -u kubelet), then run again',
  }),
  KUBEADM_NETWORK_INVALID: error<{ name: string; cidr: string }>({
    exitCode: ExitCode.config,
    about: 'A pod or service network is not written as a network.',
    message: ({ name, cidr }) => `the ${name} ${JSON.stringify(cidr)} is no network`,
    hint: 'write it as address/prefix, such as 10.244.0.0/16',
  }),
  KUBEADM_VERSION_UNSUPPORTED: error<{ image: string; version: string }>({
    exitCode: ExitCode.image,
    about:
      'The Kubernetes of an image is older than 1.31, whose kubeadm is the first to read the configuration v1beta4.',
    message: ({ image, version }) => `${image} has Kubernetes ${version}; this plugin installs 1.31 and later`,
    hint: 'build the image with a newer Kubernetes; an image of Go sealer with an older one is installed by Go sealer',
  }),
  KUBEADM_NETWORK_STAYS: error<{ host: string; found: readonly string[] }>({
    exitCode: ExitCode.cluster,
    about: "Links, rules or files of a cluster's network come back while they are removed: something still makes them.",
    message: ({ host, found }) =>
      `on ${host} these are still there: ${found
        .slice(0, 5)
        .map((line) => line.replace(/\s+/g, ' ').slice(0, 200))
        .join('; ')}${found.length > 5 ? `; and ${found.length - 5} more` : ''}`,
    hint: 'look for a program of Kubernetes that still runs there (kubelet, kube-proxy, a pod), stop it, then delete again',
  }),
  KUBEADM_NETWORKS_OVERLAP: error<{ one: string; other: string }>({
    exitCode: ExitCode.config,
    about: 'Two of pod network, service network and host addresses lie in each other.',
    message: ({ one, other }) => `${one} and ${other} overlap`,
    hint: 'choose others: networking.podSubnet and networking.serviceSubnet of a ClusterConfiguration document, or env PodCIDR and SvcCIDR',
  }),
});
