/**
 * THE TABLE. Reading it is knowing the engine: which phases there are, what each operation goes through and what
 * must be done before. Everything else only interprets it.
 *
 * `requires` names phases. Alone, a name means "on the same host" for a host phase that requires a host phase, and
 * "everywhere" otherwise. `@all`, `@master0`, `@masters`, `@workers` say where explicitly. A phase that an operation
 * does not go through, or that has no steps, is done at once.
 *
 * A worker that fails takes no part in what follows and fails the run at its end; it does not hold up the others.
 * A failed master, a failed cluster phase or a failed `strict` phase stops the run.
 */
import type { Operation } from './operation.js';

export type PhaseScope = 'cluster' | 'host';

export interface Phase {
  name: string;
  scope: PhaseScope;
  /** Sentence case, for people. */
  title: string;
  in: readonly Operation[];
  requires: readonly string[];
  /** Hosts a host phase visits; default all. `joiners` are the masters after the first. */
  on?: 'all' | 'master0' | 'joiners' | 'workers';
  /** One host after the other: etcd members join one at a time. */
  serial?: boolean;
  /** Any failure stops the run before anything else starts. */
  strict?: boolean;
  /** Left out, with a warning, once a host has failed: what it waits for may then never come true. */
  whole?: boolean;
}

// biome-ignore format: one row a phase
export const phases = [
  // ---- install
  { name: 'preflight', scope: 'host', title: 'Check the host', in: ['install'], requires: [], strict: true },
  { name: 'distribute', scope: 'host', title: 'Copy and unpack the cluster image', in: ['install'], requires: ['preflight@all'] },
  { name: 'pre-install', scope: 'cluster', title: 'Before the installation', in: ['install'], requires: ['distribute@master0'] },
  { name: 'pre-init-host', scope: 'host', title: 'Prepare the host', in: ['install'], requires: ['distribute', 'pre-install'] },
  { name: 'install-container-runtime', scope: 'host', title: 'Install the container runtime', in: ['install'], requires: ['pre-init-host'] },
  { name: 'install-registry', scope: 'cluster', title: 'Start the registry', in: ['install'], requires: ['pre-init-host@master0'] },
  { name: 'fill-registry', scope: 'cluster', title: 'Fill the registry', in: ['install'], requires: ['install-registry'] },
  { name: 'trust-registry', scope: 'host', title: 'Trust the registry', in: ['install'], requires: ['install-container-runtime', 'install-registry'] },
  { name: 'prepare-node', scope: 'host', title: 'Prepare the node', in: ['install'], requires: ['trust-registry', 'fill-registry'] },
  { name: 'init-control-plane', scope: 'cluster', title: 'Start the control plane', in: ['install'], requires: ['prepare-node@master0'] },
  { name: 'install-network', scope: 'cluster', title: 'Install the pod network', in: ['install'], requires: ['init-control-plane'] },
  { name: 'join-control-plane', scope: 'host', title: 'Join the control plane', in: ['install'], requires: ['prepare-node', 'init-control-plane'], on: 'joiners', serial: true },
  { name: 'join-worker', scope: 'host', title: 'Join the worker', in: ['install'], requires: ['prepare-node', 'init-control-plane'], on: 'workers' },
  { name: 'install-addons', scope: 'cluster', title: 'Install the cluster add-ons', in: ['install'], requires: ['install-network'] },
  { name: 'post-init-host', scope: 'host', title: 'After the host has joined', in: ['install'], requires: ['join-control-plane', 'join-worker', 'init-control-plane'] },
  { name: 'wait-ready', scope: 'cluster', title: 'Wait for the nodes', in: ['install'], requires: ['post-init-host', 'install-addons'] },
  { name: 'label-nodes', scope: 'cluster', title: 'Label and taint the nodes', in: ['install'], requires: ['post-init-host'] },
  { name: 'post-install', scope: 'cluster', title: 'After the installation', in: ['install'], requires: ['wait-ready', 'label-nodes'] },
  { name: 'install-apps', scope: 'cluster', title: 'Install the applications', in: ['install'], requires: ['post-install'] },
  { name: 'wait-apps', scope: 'cluster', title: 'Wait for the applications', in: ['install'], requires: ['install-apps'], whole: true },
  { name: 'save-state', scope: 'cluster', title: 'Save the state', in: ['install'], requires: ['init-control-plane', 'install-apps'] },
  // ---- uninstall
  { name: 'pre-uninstall', scope: 'cluster', title: 'Before the removal', in: ['uninstall'], requires: [] },
  { name: 'pre-clean-host', scope: 'host', title: 'Before the host is cleaned', in: ['uninstall'], requires: ['pre-uninstall'] },
  { name: 'reset-node', scope: 'host', title: 'Reset the node', in: ['uninstall'], requires: ['pre-clean-host'] },
  { name: 'remove-registry', scope: 'host', title: 'Remove the registry', in: ['uninstall'], requires: ['reset-node'] },
  { name: 'remove-container-runtime', scope: 'host', title: 'Remove the container runtime', in: ['uninstall'], requires: ['reset-node'] },
  { name: 'post-clean-host', scope: 'host', title: 'After the host is cleaned', in: ['uninstall'], requires: ['remove-container-runtime', 'remove-registry'] },
  { name: 'post-uninstall', scope: 'cluster', title: 'After the removal', in: ['uninstall'], requires: ['post-clean-host'] },
  { name: 'remove-files', scope: 'host', title: 'Remove what sealer placed', in: ['uninstall'], requires: ['post-uninstall'] },
  { name: 'forget-cluster', scope: 'cluster', title: 'Forget the cluster', in: ['uninstall'], requires: ['remove-files'] },
] as const satisfies readonly Phase[];

export type PhaseName = (typeof phases)[number]['name'];
export type HostPhaseName = Extract<(typeof phases)[number], { scope: 'host' }>['name'];
export type ClusterPhaseName = Extract<(typeof phases)[number], { scope: 'cluster' }>['name'];

/** The phases of an operation, in the table's order. */
export function phasesOf(operation: Operation): readonly (Phase & { name: PhaseName })[] {
  return (phases as readonly (Phase & { name: PhaseName })[]).filter((phase) => phase.in.includes(operation));
}
