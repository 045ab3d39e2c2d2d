import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

export const lifecycleErrors = defineErrors({
  HOST_UNFIT: error<{ host: string; problems: readonly string[] }>({
    exitCode: ExitCode.host,
    about: 'A host does not have what the cluster needs. Nothing was changed on any host.',
    message: ({ host, problems }) => `host ${host} is not fit: ${problems.join('; ')}`,
    hint: 'put it right on the host, or choose another host, then run again',
  }),
  HOSTS_UNREACHABLE: error<{ hosts: readonly string[] }>({
    exitCode: ExitCode.host,
    about: 'Some of the hosts of a cluster cannot be worked on. Nothing was changed on any host.',
    message: ({ hosts }) =>
      `${hosts.length === 1 ? 'a host' : `${hosts.length} hosts`} cannot be worked on: ${hosts.join('; ')}`,
    hint: 'see to each of them, or take them out of the list, then run again',
  }),
  HOSTNAMES_CLASH: error<{ hostname: string; hosts: readonly string[] }>({
    exitCode: ExitCode.host,
    about: 'Two hosts have the same host name, which Kubernetes uses as the name of the node.',
    message: ({ hostname, hosts }) => `hosts ${hosts.join(' and ')} are both called "${hostname}"`,
    hint: 'give each host a name of its own (hostnamectl set-hostname)',
  }),
  IMAGE_ROOTFS_UNFIT: error<{ image: string; missing: readonly string[]; archives: readonly string[] }>({
    exitCode: ExitCode.image,
    about:
      'An image that this sealer did not build lacks files its runtime, container runtime or registry work with. Nothing was changed on any host.',
    message: ({ image, missing, archives }) =>
      `the rootfs of ${image} has no ${missing.join(', ')}${archives.length > 0 ? `; it has ${archives.join(', ')}, which only scripts of Go sealer unpack` : ''}`,
    hint: 'add the files: a Kubefile that begins with FROM this image and copies them (catalog/kubernetes shows which), or FROM a base image of this sealer and copy the applications over',
  }),
  APP_UNKNOWN: error<{ app: string; known: readonly string[] }>({
    exitCode: ExitCode.config,
    about: 'An application to launch is not in the cluster image.',
    message: ({ app, known }) => `there is no application "${app}" in the image; it has ${known.join(', ') || 'none'}`,
    hint: 'correct --apps or launchApps; `sealer inspect` shows the applications of an image',
  }),
  STATE_UNREADABLE: error<{ path: string; reason: string }>({
    exitCode: ExitCode.cluster,
    about: 'What was recorded of a cluster on this machine, or what the cluster says of itself, is damaged.',
    message: ({ path, reason }) => `${path} cannot be read: ${reason}`,
    hint: 'put the file back from a copy, or move it away and run again with the Clusterfile: the hosts are then looked at anew',
  }),
  ROLE_UNKNOWN: error<{ problem: string }>({
    exitCode: ExitCode.usage,
    about: 'A role that a flag names is the role of no host.',
    message: ({ problem }) => problem,
    hint: 'give one of the roles of the cluster, an address, or leave the flag out',
  }),
  APP_NOT_RUNNING: error<{ app: string; seconds: number; seen: readonly string[] }>({
    exitCode: ExitCode.cluster,
    about:
      'What an application launched does not run after the time it is waited for, or has failed. The cluster itself is up, and its kubeconfig is saved.',
    message: ({ app, seconds, seen }) => `${app} does not run after ${seconds} s. Last seen: ${seen.join('; ')}`,
    hint: 'remove the cause and run the same command again; `kubectl describe` of the pod, with the kubeconfig that was saved, says more',
  }),
  CLUSTER_UNKNOWN: error<{ cluster: string; known: readonly string[] }>({
    exitCode: ExitCode.usage,
    about: 'There is no record of a cluster of that name on this machine.',
    message: ({ cluster, known }) => `no cluster "${cluster}" is known here; known are ${known.join(', ') || 'none'}`,
    hint: 'give the Clusterfile with -f, or the right --cluster-name',
  }),
});
