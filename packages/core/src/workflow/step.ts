/** The smallest unit of work, and what it gets to work with. */
import type { Host } from '../host/host.js';
import type { Secret } from '../secrets/secret.js';
import type { ImageStore } from '../store/store.js';
import type { PhaseName } from './phases.js';

export type OutputValues = Readonly<Record<string, string | Secret>>;

/** What a step may use while it runs, besides its host. */
export interface StepIO {
  signal: AbortSignal;
  /** Another host of the run, by name. */
  host(name: string): Host;
  /** Values of an output this step `needs`. */
  output(name: string): OutputValues;
  progress(current: number, total: number, unit: 'bytes' | 'items'): void;
  log(line: string): void;
  /** Milliseconds a check may wait for what is being started anew; 0 where somebody only looks. */
  patience: number;
  /** The operator's image store. */
  store: ImageStore;
  /** Folder of this cluster on the operator's machine (0700). */
  stateDirectory: string;
}

export type Check = (host: Host, io: StepIO) => Promise<boolean>;
// biome-ignore lint/suspicious/noConfusingVoidType: an action that has no outputs returns nothing at all
export type Action = (host: Host, io: StepIO) => Promise<void | OutputValues>;

export interface StepSpec {
  /** Host it works on, by name; default: the phase's host, master0 in a cluster phase. */
  host?: { name: string };
  /**
   * Host it is about, when it works through another, such as a label put on a node by master0. When that host is a
   * worker that has failed, the step is left out; when the step fails, it is that host's failure.
   */
  about?: { name: string };
  /** Reads only. True: the step already holds and is not run. */
  check?: Check;
  run: Action;
  /** Takes back what a half-done or failed `run` left behind. Must bear being called when nothing was done. */
  undo?: (host: Host, io: StepIO) => Promise<void>;
  /**
   * What it will do, for plans, when that cannot be had by recording its commands: work on the operator's machine,
   * streams, waiting. With it, a dry run does not call `run`.
   */
  effects?: readonly string[];
  /**
   * Everything its result depends on. Required without `check`: the step is done when the host remembers it as
   * done with the same key.
   */
  key?: unknown;
  /** Lock its commands hold on the host: a survivor of a killed run is waited for before `check`. */
  lock?: string;
  /** Names of outputs it takes from `io.output`; they are made when, and only when, the step really runs. */
  needs?: readonly string[];
}

export interface Step extends StepSpec {
  /** Unique in its plan: `<phase>/<host>/<title as a slug>`. */
  id: string;
  title: string;
  phase: PhaseName;
  /** Name of the plugin that planned it. */
  plugin: string;
  hostName: string;
  /** Set on a step that makes an output; it runs on demand, at most once a run. */
  provides?: string;
}

/** What a tap returns: a step without the place the engine gives it. */
export interface StepDraft extends StepSpec {
  readonly draft: true;
  title: string;
  /** Set by the engine when another plugin than the tapping one planned it. */
  plugin?: string;
  provides?: string;
}

/** A draft and whose it is. */
export interface PlannedBy {
  plugin: string;
  draft: StepDraft;
}
