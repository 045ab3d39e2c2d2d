/** Takes a cluster away and leaves the hosts as they were. */
import type { ClusterSpec } from '../cluster/cluster-spec.js';
import { clusterStateDirectory } from '../cluster/paths.js';
import { type PlanDocument, planDocument } from '../workflow/plan-document.js';
import { lockLocally } from './cluster-lock.js';
import { installedImage } from './installed-image.js';
import { type RunResult, runPlan } from './run-plan.js';
import { type OperationOptions, openSession } from './session.js';

/** @throws session and run errors; what could not be removed is in them */
export async function deleteCluster(cluster: ClusterSpec, options: OperationOptions): Promise<RunResult> {
  const release = await lockLocally(clusterStateDirectory(options.sealerHome, cluster.name), cluster.name, options);
  try {
    const session = await openSession(
      'uninstall',
      cluster,
      (hosts) => installedImage(cluster, hosts, options),
      options,
    );
    try {
      return await runPlan(session, options);
    } finally {
      await session.close();
    }
  } finally {
    await release();
  }
}

/** What `deleteCluster` would do, without doing it. */
export async function planDelete(cluster: ClusterSpec, options: OperationOptions): Promise<PlanDocument> {
  const session = await openSession('uninstall', cluster, (hosts) => installedImage(cluster, hosts, options), options);
  try {
    return await planDocument(session.plan, { ...session, store: options.store, signal: options.signal });
  } finally {
    await session.close();
  }
}
