/** What a tap sees while it plans: facts and builders of steps. It touches nothing. */

import type { ClusterSpec, HostSpec } from '../cluster/cluster-spec.js';
import type { ClusterPaths } from '../cluster/paths.js';
import type { OwnedItems } from '../distribute/owned-items.js';
import type { HostFacts } from '../host/facts.js';
import type { Host } from '../host/host.js';
import type { ClusterImageConfig } from '../image/cluster-config.js';
import type { Digest } from '../image/descriptor.js';
import type { Operation } from '../workflow/operation.js';
import type { Check, StepDraft, StepIO, StepSpec } from '../workflow/step.js';

export interface PlannedHost {
  /** The address as the user wrote it. */
  name: string;
  /** IP address of its cluster traffic. */
  address: string;
  /** What Kubernetes will call it. */
  nodeName: string;
  roles: readonly string[];
  isMaster: boolean;
  facts: HostFacts;
  spec: HostSpec;
}

export interface PlannedImage {
  name: string;
  /** Digest of its manifest. */
  digest: Digest;
  config: ClusterImageConfig;
  /** Paths of the rootfs, where they are known. */
  files?: readonly string[];
}

export interface WaitSpec {
  host?: { name: string };
  /** See StepSpec. */
  about?: { name: string };
  /** Reads only; asked again and again until true. */
  until: Check;
  /** Milliseconds, default 5 minutes. */
  timeout?: number;
  /** Milliseconds between two questions, default 500. */
  interval?: number;
  /** What to look at when it does not come true. */
  hint: string;
  /** What there is instead, asked when time is up. */
  lastSeen?: (host: Host, io: StepIO) => Promise<string>;
}

/** What planning knows and offers; {@link PlanContext} adds the implementations that were chosen. */
export interface Planning {
  readonly operation: Operation;
  readonly cluster: ClusterSpec;
  readonly image: PlannedImage;
  /** Contents of files are to be compared, not only their marks. */
  readonly verify: boolean;
  readonly hosts: readonly PlannedHost[];
  readonly masters: readonly PlannedHost[];
  readonly workers: readonly PlannedHost[];
  readonly master0: PlannedHost;
  readonly paths: ClusterPaths;
  /** Environment of scripts and templates: image ENV, then the cluster's, then the host's when one is given. */
  env(host?: PlannedHost): Record<string, string>;
  /** A step: see StepSpec. */
  step(title: string, spec: StepSpec): StepDraft;
  /** A step that waits until something is true. */
  wait(title: string, spec: WaitSpec): StepDraft;
  /** A step that places files, links, lines and settings outside sealer's own folders, so that uninstall takes them back. */
  own(
    title: string,
    host: PlannedHost,
    items: OwnedItems | ((host: Host, io: StepIO) => Promise<OwnedItems>),
    spec?: Partial<StepSpec>,
  ): StepDraft;
  /** A step that makes values others `need`; runs only when one of them runs. */
  output(name: string, title: string, spec: StepSpec): StepDraft;
  warn(text: string, host?: PlannedHost): void;
}

export type Planned = StepDraft | readonly StepDraft[] | undefined;
