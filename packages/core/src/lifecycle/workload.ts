/** Whether what an application made runs: Deployments, StatefulSets, DaemonSets, Jobs and the like, as the API tells of them. */

export interface Workload {
  kind: string;
  metadata: { name: string; namespace?: string; generation?: number };
  spec?: {
    replicas?: number;
    suspend?: boolean;
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
    selector?: { matchLabels?: Record<string, string> };
  };
  status?: Record<string, unknown> & { conditions?: Condition[] };
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

/** Kinds that are waited for; others run nothing, or cannot be known. */
export const workloadKinds = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'ReplicaSet',
  'ReplicationController',
  'Pod',
];

export type WorkloadState =
  | { runs: true }
  /** `final`: waiting longer changes nothing. */
  | { runs: false; why: string; final?: boolean };

export function stateOf(workload: Workload): WorkloadState {
  const { kind, metadata, spec = {}, status = {} } = workload;
  const count = (field: string) => Number(status[field] ?? 0);
  const behind = metadata.generation !== undefined && count('observedGeneration') < metadata.generation;
  const waiting = (have: number, want: number, what: string): WorkloadState =>
    have >= want ? { runs: true } : { runs: false, why: `${have} of ${want} ${what}` };
  const condition = (type: string) => status.conditions?.find((one) => one.type === type && one.status === 'True');
  const replicas = spec.replicas ?? 1;
  if (kind === 'Job') {
    const failed = condition('Failed');
    if (failed)
      return { runs: false, final: true, why: `it failed: ${failed.message ?? failed.reason ?? 'no reason is given'}` };
    // One that takes hours runs, too.
    if (condition('Complete') || spec.suspend || (count('ready') > 0 && count('failed') === 0)) return { runs: true };
    return { runs: false, why: `${count('succeeded')} pods of it have ended well, ${count('failed')} have failed` };
  }
  if (kind === 'Pod') {
    if (status.phase === 'Succeeded' || condition('Ready')) return { runs: true };
    return { runs: false, why: `it is ${String(status.phase ?? 'Pending')}` };
  }
  if (kind !== 'ReplicationController' && kind !== 'ReplicaSet' && behind)
    return { runs: false, why: 'its controller has not looked at it yet' };
  switch (kind) {
    case 'Deployment': {
      const updated = count('updatedReplicas');
      if (updated < replicas) return { runs: false, why: `${updated} of ${replicas} replicas are made` };
      return waiting(count('availableReplicas'), replicas, 'replicas are available');
    }
    case 'StatefulSet': {
      const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
      const updated = spec.updateStrategy?.type === 'OnDelete' ? replicas : count('updatedReplicas') + partition;
      if (updated < replicas) return { runs: false, why: `${count('updatedReplicas')} of ${replicas} are updated` };
      return waiting(count('readyReplicas'), replicas, 'replicas are ready');
    }
    case 'DaemonSet': {
      const want = count('desiredNumberScheduled');
      if (spec.updateStrategy?.type !== 'OnDelete' && count('updatedNumberScheduled') < want)
        return { runs: false, why: `${count('updatedNumberScheduled')} of ${want} are updated` };
      return waiting(count('numberAvailable'), want, 'of its pods are available');
    }
    case 'ReplicaSet':
    case 'ReplicationController':
      return waiting(count('readyReplicas'), replicas, 'replicas are ready');
    default:
      return { runs: true };
  }
}

export function nameOf({ kind, metadata }: Workload): string {
  return `${kind} ${metadata.namespace ?? 'default'}/${metadata.name}`;
}
