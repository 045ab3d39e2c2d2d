/** What is there: image, nodes, applications, and what differs from what is declared. */
import type { ClusterSpec } from '../cluster/cluster-spec.js';
import { clusterStateDirectory } from '../cluster/paths.js';
import { isMissing, rootfsDifferences } from '../distribute/rootfs-differences.js';
import { SealerError } from '../errors/sealer-error.js';
import { type EventError, eventError } from '../events/events.js';
import { lifecycleErrors } from '../lifecycle/lifecycle-errors.js';
import { kubeconfigPath } from '../lifecycle/save-state.js';
import { readJson } from '../text/read-json.js';
import { type PlanDocument, planDocument } from '../workflow/plan-document.js';
import { keptImageConfig, readState } from './cluster-state.js';
import { installedImage } from './installed-image.js';
import { type OperationOptions, openSession, type Session } from './session.js';

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
  /** Files of the image on hosts, and its blobs there, that are not as they were unpacked. */
  altered: { host: string; path: string; what: string }[];
  /** Why the nodes or the differences could not be read. */
  problem?: EventError;
}

/** What cannot be read is said in `problem`; it is no error. */
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
    altered: [],
  };
  try {
    const session = await openSession('install', cluster, (hosts) => installedImage(cluster, hosts, options), options);
    try {
      const [document, nodes] = await Promise.allSettled([
        planDocument(session.plan, { ...session, store: options.store, signal: options.signal }),
        readNodes(session),
      ]);
      if (document.status === 'rejected') throw document.reason;
      result.differs = document.value.steps
        .filter((step) => step.state === 'run')
        .map((step) => ({ host: step.host, step: step.title }));
      result.altered = await alteredFiles(document.value, session, options);
      if (nodes.status === 'rejected') throw nodes.reason;
      result.nodes = nodes.value;
    } finally {
      await session.close();
    }
  } catch (cause) {
    if (!SealerError.is(cause)) throw cause;
    result.problem = eventError(cause);
  }
  return result;
}

async function alteredFiles(document: PlanDocument, { plan, hosts }: Session, options: OperationOptions) {
  const { cluster, image, verify } = plan.context;
  const target = { cluster: cluster.name, imageDigest: image.digest };
  const layers = image.config.rootfs.map(({ digest }) => digest);
  const asked = document.steps.filter(({ state, phase }) => state === 'run' && phase === 'distribute');
  const found = await Promise.all(
    [...new Set(asked.map((step) => step.host))].map(async (name) => {
      const host = hosts.get(name);
      if (!host) return [];
      const depth = verify ? 'contents' : 'marks';
      const differences = await rootfsDifferences(host, target, layers, depth, options.signal);
      return isMissing(differences) ? [] : differences.map((one) => ({ host: name, ...one }));
    }),
  );
  return found.flat();
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

async function readNodes({ plan, hosts }: Session): Promise<NodeStatus[]> {
  const { context } = plan;
  const host = hosts.get(context.master0.name);
  if (!host) return [];
  const text = await host.query.output([...context.runtime.kubectl(context), 'get', 'nodes', '-o', 'json']);
  const prefix = 'node-role.kubernetes.io/';
  const { value } = readJson(text);
  const items = (value as Partial<NodeList> | null | undefined)?.items;
  if (!Array.isArray(items))
    throw lifecycleErrors.STATE_UNREADABLE({ path: 'the list of nodes', reason: 'kubectl did not answer in JSON' });
  return (items as NodeList['items']).map((node) => ({
    name: node.metadata.name,
    ready: node.status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    roles: Object.keys(node.metadata.labels ?? {})
      .filter((label) => label.startsWith(prefix))
      .map((label) => label.slice(prefix.length)),
    version: node.status.nodeInfo.kubeletVersion,
    address: node.status.addresses.find((address) => address.type === 'InternalIP')?.address ?? '',
  }));
}
