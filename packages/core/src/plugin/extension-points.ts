/**
 * What plugins can provide. The runtime interface was drawn with kubeadm, k3s and k0s in view
 * (docs/decisions/0002-runtime-interface.md): core knows no kubeconfig path, no port, no token form.
 */

import type { PluginDocument } from '../cluster/cluster-spec.js';
import type { ImageApp } from '../image/cluster-config.js';
import type { HostSettings } from './host-settings.js';
import type { Planned, PlannedHost, Planning } from './planning.js';

/** What an implementation asks of a host, for the preflight. */
export interface HostRequirements {
  /** TCP ports that must be free. */
  ports?: readonly number[];
  memoryBytes?: number;
  cpus?: number;
  /** Programs beyond sealer's own list. */
  tools?: readonly string[];
  /** Paths that must not exist yet: traces of another installation. */
  absent?: readonly string[];
  /** Where other hosts of the cluster have to be reached. */
  reach?: readonly { address: string; port: number }[];
  /** Networks of the cluster, which no address or route of the host may lie in. */
  networks?: readonly { title: string; cidr: string }[];
}

/** A Kubernetes distribution. Every method plans; optional ones are phases the distribution has no work in. */
export interface Runtime {
  /** Brings its own container runtime (k3s, k0s): then the container runtime plugin is not used. */
  readonly embedsContainerRuntime: boolean;
  requirements(ctx: PlanContext, host: PlannedHost): HostRequirements;
  hostSettings?(ctx: PlanContext, host: PlannedHost): HostSettings;
  /** Files of the rootfs it uses, from its root. An image that is known to lack one is refused before anything is changed. */
  rootfsFiles?(ctx: PlanContext): readonly string[];
  /** Names hosts must know besides the registry's: name to IP. */
  aliases?(ctx: PlanContext, host: PlannedHost): { ip: string; hostnames: string[] }[];
  /** Writes down what of others is on a host, before anything of the cluster is: the container runtime too comes later. */
  recordHost?(ctx: PlanContext, host: PlannedHost): Planned;
  /** Files, units, images: all that can be done before the control plane answers. */
  prepareNode(ctx: PlanContext, host: PlannedHost): Planned;
  initControlPlane(ctx: PlanContext): Planned;
  /** The pod network, when the distribution does not bring one. */
  installNetwork?(ctx: PlanContext): Planned;
  joinControlPlane(ctx: PlanContext, host: PlannedHost): Planned;
  joinWorker(ctx: PlanContext, host: PlannedHost): Planned;
  installAddons?(ctx: PlanContext): Planned;
  /** Takes the host out of service and removes what the distribution's own programs made. */
  resetNode(ctx: PlanContext, host: PlannedHost): Planned;
  /** Argument list in front of kubectl's own arguments, with administrator rights, on master0. */
  kubectl(ctx: PlanContext): readonly string[];
  /** The administrator's kubeconfig on master0. */
  adminKubeconfig(ctx: PlanContext): string;
  /** Hosts that Kubernetes lists as nodes (k0s controllers are none). */
  nodes(ctx: PlanContext): readonly PlannedHost[];
  /** Names of the bundled images a host needs before it can join; pulled ahead. */
  images(ctx: PlanContext, host: PlannedHost): readonly string[];
}

export interface ImageMirror {
  /** Domain in image names: `docker.io`. */
  domain: string;
  /** Where it is answered, with path: `https://sea.hub:5000/v2/docker.io`. */
  url: string;
  /** Path of the CA certificate on the host. */
  caFile: string;
}

/** What runs containers on a host (containerd; docker through cri-dockerd). */
export interface ContainerRuntime {
  /** CRI endpoint: unix:///run/containerd/containerd.sock */
  readonly socket: string;
  requirements?(ctx: PlanContext, host: PlannedHost): HostRequirements;
  hostSettings?(ctx: PlanContext, host: PlannedHost): HostSettings;
  /** Files of the rootfs it uses, from its root. An image that is known to lack one is refused before anything is changed. */
  rootfsFiles?(ctx: PlanContext): readonly string[];
  install(ctx: PlanContext, host: PlannedHost): Planned;
  trustMirrors(ctx: PlanContext, host: PlannedHost, mirrors: readonly ImageMirror[]): Planned;
  /** Pulls images ahead of their use. */
  pull(ctx: PlanContext, host: PlannedHost, images: readonly string[]): Planned;
  remove(ctx: PlanContext, host: PlannedHost): Planned;
}

/** The registry inside the cluster. */
export interface Registry {
  requirements?(ctx: PlanContext, host: PlannedHost): HostRequirements;
  /** Files of the rootfs it uses, from its root. An image that is known to lack one is refused before anything is changed. */
  rootfsFiles?(ctx: PlanContext): readonly string[];
  /** Host names and addresses nodes must know: name to IP. */
  aliases(ctx: PlanContext): { ip: string; hostnames: string[] }[];
  mirrors(ctx: PlanContext): readonly ImageMirror[];
  install(ctx: PlanContext): Planned;
  fill(ctx: PlanContext): Planned;
  /** What a host needs so that it trusts the registry, apart from the container runtime's mirrors. */
  trust(ctx: PlanContext, host: PlannedHost): Planned;
  remove(ctx: PlanContext, host: PlannedHost): Planned;
}

/** A type of application: kube, helm, shell. */
export interface AppType {
  install(ctx: PlanContext, app: ImageApp): Planned;
  /** Waits until what it launched runs (`waitForWorkloads`); planned after all applications are installed. */
  ready?(ctx: PlanContext, app: ImageApp): Planned;
}

/** A type of Plugin document: SHELL, LABEL, ... `host` is absent in cluster phases. */
export interface HookType {
  plan(ctx: PlanContext, hook: PluginDocument, phase: string, host?: PlannedHost): Planned;
}

/** What a tap and an implementation see while they plan. */
export interface PlanContext extends Planning {
  /** The implementations this cluster uses. */
  readonly runtime: Runtime;
  readonly containerRuntime: ContainerRuntime;
  readonly registry: Registry;
  /** @throws PLUGIN_IMPLEMENTATION_MISSING */
  appType(name: string): AppType;
  /** @throws PLUGIN_IMPLEMENTATION_MISSING */
  hookType(name: string): HookType;
}
