/** A ClusterSpec as a Clusterfile that can be read again; secrets are left out. */
import { stringify } from 'yaml';
import type { ClusterSpec, HostSpec, SshSettings } from './cluster-spec.js';
import { taintText } from './taints.js';

export function serializeCluster(cluster: ClusterSpec): string {
  const list = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([key, value]) => `${key}=${value}`);
  const spec = {
    image: cluster.image,
    ...(Object.keys(cluster.env).length ? { env: list(cluster.env) } : {}),
    ...(cluster.commands ? { cmd: cluster.commands } : {}),
    // An empty name alone: nothing is launched.
    ...(cluster.launchApps ? { appNames: cluster.launchApps.length ? cluster.launchApps : [''] } : {}),
    hosts: cluster.hosts.map((host) => hostYaml(host, list(host.env))),
    ...(cluster.hostAliases.length ? { hostAliases: cluster.hostAliases } : {}),
    registry: { localRegistry: cluster.registry },
    ...(cluster.containerRuntime ? { containerRuntime: { type: cluster.containerRuntime } } : {}),
    ...(cluster.plugins.length ? { plugins: cluster.plugins } : {}),
    ...(cluster.trust ? { trust: cluster.trust } : {}),
  };
  const documents: unknown[] = [
    { apiVersion: 'sealer.io/v2', kind: 'Cluster', metadata: { name: cluster.name }, spec },
    // Hooks of the image come from the image again.
    ...cluster.hooks
      .filter((hook) => !hook.source.startsWith('image:'))
      .map((hook) => ({
        apiVersion: 'sealer.io/v1',
        kind: 'Plugin',
        metadata: { name: hook.name },
        spec: {
          type: hook.type,
          action: hook.phases.join('|'),
          ...(hook.scope.length ? { scope: hook.scope.join('|') } : {}),
          data: hook.data,
        },
      })),
    ...cluster.runtimeDocuments.map(({ apiVersion, kind, content }) => ({ apiVersion, kind, ...content })),
  ];
  return documents.map((document) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}

function hostYaml(host: HostSpec, env: string[]) {
  return {
    ips: [host.local ? 'local' : host.address],
    roles: host.roles,
    ssh: sshYaml(host.ssh),
    ...(env.length ? { env } : {}),
    ...(Object.keys(host.labels).length ? { labels: host.labels } : {}),
    ...(host.taints.length ? { taints: host.taints.map(taintText) } : {}),
  };
}

function sshYaml(ssh: SshSettings): Record<string, unknown> {
  return {
    user: ssh.user,
    port: ssh.port,
    ...(ssh.privateKey ? { pk: ssh.privateKey } : {}),
    ...(ssh.hostKeys ? { hostKeys: ssh.hostKeys } : {}),
    ...(ssh.bastion ? { bastion: { address: ssh.bastion.address, ...sshYaml(ssh.bastion) } } : {}),
  };
}
