/** What is there: image, nodes, applications, and what differs from what is declared. */
import type { ClusterSpec } from '../cluster/cluster-spec.js';
import { clusterStateDirectory } from '../cluster/paths.js';
import { SealerError } from '../errors/sealer-error.js';
import { openHost } from '../host/open-host.js';
import { kubeconfigPath } from '../lifecycle/save-state.js';
import { type EventError, eventError } from '../workflow/events.js';
import { planCluster } from './apply.js';
import { keptImageConfig, readState } from './cluster-state.js';
import type { OperationOptions } from './session.js';

export interface NodeStatus {
  name: string;
  ready: boolean;
  roles: string[];
  version: string;
  address: string;
}

export interface ClusterStatus {
  cluster: string;
  image: { name: string; digest: string } | undefined;
  status: string;
  kubeconfig: string;
  nodes: NodeStatus[];
  apps: string[];
  /** Steps of the installation that do not hold. */
  differs: { host: string; step: string }[];
  /** Why the nodes or the differences could not be read. */
  problem?: EventError;
}

/** @param kubectl the runtime's kubectl command is taken from the rootfs on master0 */
export async function clusterStatus(cluster: ClusterSpec, options: OperationOptions): Promise<ClusterStatus> {
  const { sealerHome } = options;
  const state = await readState(sealerHome, cluster.name);
  const config = await keptImageConfig(sealerHome, cluster.name);
  const result: ClusterStatus = {
    cluster: cluster.name,
    image: state?.image,
    status: state?.status ?? 'unknown',
    kubeconfig: kubeconfigPath(clusterStateDirectory(sealerHome, cluster.name)),
    nodes: [],
    apps: cluster.launchApps ?? config?.launch.apps ?? [],
    differs: [],
  };
  try {
    const document = await planCluster(cluster, options);
    result.differs = document.steps
      .filter((step) => step.state === 'run')
      .map((step) => ({ host: step.host, step: step.title }));
    result.nodes = await readNodes(cluster, options);
  } catch (cause) {
    if (!SealerError.is(cause)) throw cause;
    result.problem = eventError(cause);
  }
  return result;
}

interface NodeList {
  items: {
    metadata: { name: string; labels?: Record<string, string> };
    status: {
      conditions: { type: string; status: string }[];
      nodeInfo: { kubeletVersion: string };
      addresses: { type: string; address: string }[];
    };
  }[];
}

async function readNodes(cluster: ClusterSpec, options: OperationOptions): Promise<NodeStatus[]> {
  const master0 = cluster.hosts.find((host) => host.roles.includes('master'));
  if (!master0) return [];
  const host = await openHost(master0, options);
  try {
    const rootfs = `/var/lib/sealer/clusters/${cluster.name}/rootfs`;
    const text = await host.query.output([
      `${rootfs}/bin/kubectl`,
      '--kubeconfig',
      '/etc/kubernetes/admin.conf',
      'get',
      'nodes',
      '-o',
      'json',
    ]);
    const prefix = 'node-role.kubernetes.io/';
    return (JSON.parse(text) as NodeList).items.map((node) => ({
      name: node.metadata.name,
      ready: node.status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
      roles: Object.keys(node.metadata.labels ?? {})
        .filter((label) => label.startsWith(prefix))
        .map((label) => label.slice(prefix.length)),
      version: node.status.nodeInfo.kubeletVersion,
      address: node.status.addresses.find((address) => address.type === 'InternalIP')?.address ?? '',
    }));
  } finally {
    await host.close();
  }
}
