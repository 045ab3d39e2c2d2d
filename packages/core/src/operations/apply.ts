/** Makes the hosts be the cluster that is declared. In this version: installs, finishes or repairs an installation. */
import type { ClusterSpec } from '../cluster/cluster-spec.js';
import { clusterStateDirectory } from '../cluster/paths.js';
import { serializeCluster } from '../cluster/serialize-cluster.js';
import { SealerError } from '../errors/sealer-error.js';
import type { PlannedImage } from '../plugin/planning.js';
import { comparePlans } from '../workflow/compare-plans.js';
import { type PlanDocument, planDocument } from '../workflow/plan-document.js';
import { workflowErrors } from '../workflow/workflow-errors.js';
import { lockLocally } from './cluster-lock.js';
import { type ClusterState, keepClusterfile, keepImageConfig, readState, writeState } from './cluster-state.js';
import { openOrKept } from './installed-image.js';
import { openTrusted } from './open-trusted.js';
import { type RunResult, runPlan } from './run-plan.js';
import { type OperationOptions, openSession } from './session.js';

/**
 * @param expected a plan that was read before: it is made again, and carried out only when it is still the same
 * @throws PLAN_CHANGED; OPERATION_UNAVAILABLE when hosts or image differ from what is installed; session and run errors */
export async function applyCluster(
  cluster: ClusterSpec,
  options: OperationOptions,
  expected?: PlanDocument,
): Promise<RunResult> {
  const { sealerHome } = options;
  const image = await openTrusted(cluster, options);
  refuseOtherOperations(cluster, image, await readState(sealerHome, cluster.name));
  const release = await lockLocally(clusterStateDirectory(sealerHome, cluster.name), cluster.name, options);
  try {
    const session = await openSession('install', cluster, planned(image), options);
    try {
      if (expected) {
        const now = await planDocument(session.plan, { ...session, store: options.store, signal: options.signal });
        const differences = comparePlans(expected, now);
        if (differences.length > 0) throw workflowErrors.PLAN_CHANGED({ cluster: cluster.name, differences });
      }
      const state = {
        cluster: cluster.name,
        image: { name: image.name, digest: image.digest },
        hosts: cluster.hosts.map((host) => ({ address: host.address, roles: host.roles })),
      };
      const before = await readState(sealerHome, cluster.name);
      if (before?.status !== 'installed') {
        await keepClusterfile(sealerHome, cluster.name, serializeCluster(cluster));
        await keepImageConfig(sealerHome, cluster.name, image.config);
        await writeState(sealerHome, { ...state, status: 'changing' });
      }
      const result = await runPlan(session, options, { expectHolds: before?.status === 'installed' }).catch(
        async (cause) => {
          const isIncomplete = SealerError.is(cause) && cause.code === 'WORKERS_FAILED';
          if (isIncomplete) await writeState(sealerHome, { ...state, status: 'incomplete' });
          throw cause;
        },
      );
      await keepClusterfile(sealerHome, cluster.name, serializeCluster(cluster));
      await writeState(sealerHome, { ...state, status: 'installed' });
      return result;
    } finally {
      await session.close();
    }
  } finally {
    await release();
  }
}

/** What `applyCluster` would do, without doing it. */
export async function planCluster(cluster: ClusterSpec, options: OperationOptions): Promise<PlanDocument> {
  const image = await openOrKept(cluster, options);
  refuseOtherOperations(cluster, image, await readState(options.sealerHome, cluster.name));
  const session = await openSession('install', cluster, planned(image), options);
  try {
    return await planDocument(session.plan, { ...session, store: options.store, signal: options.signal });
  } finally {
    await session.close();
  }
}

function planned({ name, digest, config, files }: PlannedImage) {
  return { name, digest, config, ...(files ? { files } : {}) };
}

/** An apply whose hosts or image changed must never say "no change". */
function refuseOtherOperations(cluster: ClusterSpec, image: PlannedImage, state: ClusterState | undefined): void {
  if (!state) {
    if (image.config.type === 'app-installer') {
      throw workflowErrors.OPERATION_UNAVAILABLE({
        operation: 'app-install',
        why: `${image.name} is an image of applications only`,
      });
    }
    return;
  }
  const recorded = new Map(state.hosts.map((host) => [host.address, host.roles.join()]));
  const wanted = new Map(cluster.hosts.map((host) => [host.address, host.roles.join()]));
  const added = [...wanted.keys()].filter((address) => !recorded.has(address));
  const removed = [...recorded.keys()].filter((address) => !wanted.has(address));
  const changed = [...wanted].filter(([address, roles]) => recorded.has(address) && recorded.get(address) !== roles);
  const refuse = (operation: string, why: string) => workflowErrors.OPERATION_UNAVAILABLE({ operation, why });
  if (changed.length)
    throw refuse('scale-down', `the roles of ${changed.map(([address]) => address).join(', ')} changed`);
  if (added.length) throw refuse('scale-up', `${added.join(', ')} would be added to cluster ${cluster.name}`);
  if (removed.length) throw refuse('scale-down', `${removed.join(', ')} would be taken out of cluster ${cluster.name}`);
  if (image.digest !== state.image.digest) {
    throw refuse(
      'upgrade',
      `cluster ${cluster.name} was installed from ${state.image.name} (${state.image.digest}), now asked for is ${image.name} (${image.digest})`,
    );
  }
}
