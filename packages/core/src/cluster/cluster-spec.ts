/** A validated Clusterfile with every default filled in: what planning works from. */
import type { SourcePosition } from '../errors/sealer-error.js';
import type { Secret } from '../secrets/secret.js';
import type { TrustDeclaration } from '../trust/trust-settings.js';

export interface SshSettings {
  user: string;
  port: number;
  password?: Secret;
  /** Path of a private key on the operator's machine. */
  privateKey?: string;
  privateKeyPassphrase?: Secret;
  /** `SHA256:...` fingerprints or `type base64` keys; when given, only these are accepted. */
  hostKeys?: string[];
  bastion?: SshTarget;
}

export interface SshTarget extends SshSettings {
  address: string;
}

export interface Taint {
  key: string;
  value?: string;
  /** Missing only where a taint is taken away whatever its effect. */
  effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  /** The node is not to have it. */
  remove?: true;
}

export interface HostSpec {
  /** IP address, or `local` for the machine sealer runs on (then `address` is its IP). */
  address: string;
  /** Reached without ssh. */
  local: boolean;
  roles: string[];
  ssh: SshSettings;
  env: Record<string, string>;
  labels: Record<string, string>;
  taints: Taint[];
}

export interface PluginDocument {
  name: string;
  /** SHELL, LABEL, ... */
  type: string;
  /** Phases, canonical names. */
  phases: string[];
  /** Roles, addresses, labels; empty means every host the phase visits. */
  scope: string[];
  data: string;
  /** File and line, or `image:plugins/x.yaml` and line. */
  source: string;
  /** Where type, action and scope are written; absent when nobody wrote it. */
  places?: { type: SourcePosition; action: SourcePosition; scope: SourcePosition };
}

/** A document passed through to a runtime: InitConfiguration, KubeletConfiguration, ... */
export interface RuntimeDocument {
  apiVersion: string;
  kind: string;
  content: Record<string, unknown>;
  source: string;
}

export interface ClusterSpec {
  name: string;
  image: string;
  env: Record<string, string>;
  /** First master is master0. */
  hosts: HostSpec[];
  hostAliases: { ip: string; hostnames: string[] }[];
  registry: { domain: string; port: number };
  /** Overrides the image's LAUNCH / CMDS when given. */
  launchApps?: string[];
  commands?: string[];
  containerRuntime?: string;
  /** npm names of plugins this cluster needs, with options. */
  plugins: { name: string; options?: Record<string, unknown> }[];
  /** Whose signatures the image needs; paths are absolute. */
  trust?: TrustDeclaration;
  hooks: PluginDocument[];
  runtimeDocuments: RuntimeDocument[];
  /** User's knobs with a meaning to runtimes. */
  network: { podCidr?: string; serviceCidr?: string };
}
