/** Everything an operation works with: connected hosts and their facts, the image, the plugins, the plan. */

import type { ClusterSpec, PluginDocument } from '../cluster/cluster-spec.js';
import { readImageDocuments } from '../cluster/image-documents.js';
import { clusterStateDirectory } from '../cluster/paths.js';
import type { DocumentWarning } from '../cluster/yaml-documents.js';
import type { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import type { HostFacts } from '../host/facts.js';
import type { Host } from '../host/host.js';
import { openHosts } from '../host/open-host.js';
import { checkApps } from '../lifecycle/apps.js';
import { checkHooks } from '../lifecycle/check-hooks.js';
import { checkRootfs } from '../lifecycle/check-rootfs.js';
import { checkScopes } from '../lifecycle/hooks.js';
import { lifecycleErrors } from '../lifecycle/lifecycle-errors.js';
import { lifecyclePlugin } from '../lifecycle/lifecycle-plugin.js';
import { applyPlugins } from '../plugin/apply-plugins.js';
import type { Plugin } from '../plugin/contract.js';
import type { PlanContext } from '../plugin/extension-points.js';
import { planContext } from '../plugin/plan-context.js';
import type { PlannedImage } from '../plugin/planning.js';
import type { RegistryAccess } from '../registry/connect-registry.js';
import type { PullPolicy } from '../registry/present-image.js';
import type { ImageStore } from '../store/store.js';
import type { TrustDeclaration } from '../trust/trust-settings.js';
import type { Operation } from '../workflow/operation.js';
import { makePlan, type Plan } from '../workflow/plan.js';

export interface OperationOptions {
  sealerHome: string;
  store: ImageStore;
  /** Loaded plugins, without the engine's own. */
  plugins: readonly Plugin[];
  emit: Emit;
  signal: AbortSignal;
  strictHostKeys?: boolean;
  /** What flags say of whose signatures are needed; beside the Clusterfile and config.yaml. */
  trust?: TrustDeclaration;
  /** Compare the contents of files on hosts with the image, not only their sizes and times. */
  verify?: boolean;
  /** How the image's registry is reached, and when it is asked. Default: when the image is missing and named with its registry. */
  access?: Pick<RegistryAccess, 'authFile' | 'plainHttp' | 'skipTlsVerify'>;
  pull?: PullPolicy | undefined;
  /** Hosts worked on at once. */
  concurrency?: number;
}

export interface Session {
  plan: Plan<PlanContext>;
  hosts: ReadonlyMap<string, Host>;
  stateDirectory: string;
  close(): Promise<void>;
}

/**
 * @param given the image, or how it is found with the hosts' help
 * @throws CLUSTERFILE_INVALID and APP_UNKNOWN, before any host is reached where the image is known; HOSTS_UNREACHABLE with
 *   every host's error, HOSTNAMES_CLASH, IMAGE_ROOTFS_UNFIT, plugin errors; nothing has been changed then
 */
export async function openSession(
  operation: Operation,
  cluster: ClusterSpec,
  given: PlannedImage | ((hosts: ReadonlyMap<string, Host>) => Promise<PlannedImage>),
  options: OperationOptions,
): Promise<Session> {
  const { emit, signal } = options;
  const pluginOptions = Object.fromEntries(cluster.plugins.map((plugin) => [plugin.name, plugin.options ?? {}]));
  const { hooks, extensions } = applyPlugins([lifecyclePlugin, ...options.plugins], pluginOptions);
  const warn = (text: string, host?: string) =>
    emit({ type: 'message', level: 'warning', text, ...(host === undefined ? {} : { host }) });
  const note = ({ text, position }: DocumentWarning) =>
    warn(`${position.file}:${position.line}:${position.column}: ${text}`);
  const withHooksOf = ({ config }: PlannedImage): ClusterSpec => {
    const hooksOfImage =
      operation === 'install' ? readImageDocuments(config.documents, note) : hooksToRemoveBy(config.documents, warn);
    const whole = { ...cluster, hooks: [...hooksOfImage, ...cluster.hooks] };
    checkHooks({ operation, cluster: whole, types: extensions.hookTypes.names(), warn });
    if (operation === 'install') checkApps(cluster, config);
    extensions.runtimes.get(config.runtime?.type);
    extensions.containerRuntimes.get(cluster.containerRuntime ?? config.containerRuntime?.type);
    extensions.registries.get();
    return whole;
  };
  // What needs no host comes before hosts are reached.
  const known = typeof given === 'function' ? undefined : withHooksOf(given);
  const { hosts, failures } = await openHosts(cluster.hosts, options);
  const close = async () => {
    await Promise.all([...hosts.values()].map((host) => host.close()));
  };
  try {
    if (failures.length) throw unreachable(failures);
    const [facts, image] = await Promise.all([gatherFacts(hosts), typeof given === 'function' ? given(hosts) : given]);
    const context = planContext({
      operation,
      cluster: known ?? withHooksOf(image),
      image,
      facts,
      extensions,
      warn,
      verify: options.verify,
    });
    checkScopes(context);
    checkRootfs(context);
    const plan = await makePlan(context, hooks);
    signal.throwIfAborted();
    return { plan, hosts, stateDirectory: clusterStateDirectory(options.sealerHome, cluster.name), close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

/** An older sealer may have installed what this one refuses: a removal goes on without it, and says so. */
function hooksToRemoveBy(documents: Readonly<Record<string, string>>, warn: (text: string) => void): PluginDocument[] {
  return Object.entries(documents).flatMap(([path, text]) => {
    try {
      return readImageDocuments({ [path]: text });
    } catch (cause) {
      const { errors, message } = cause as SealerError;
      warn(`image:${path} is passed over: ${errors[0]?.message ?? message}`);
      return [];
    }
  });
}

function unreachable(failures: readonly { name: string; error: SealerError }[]): SealerError {
  const [only] = failures;
  if (failures.length === 1 && only) return only.error;
  const errors = failures.map((failure) => failure.error);
  return lifecycleErrors.HOSTS_UNREACHABLE({ hosts: failures.map((one) => one.name) }, { errors });
}

async function gatherFacts(hosts: ReadonlyMap<string, Host>): Promise<Map<string, HostFacts>> {
  const facts = new Map(
    await Promise.all([...hosts].map(async ([name, host]) => [name, await host.query.facts()] as const)),
  );
  const names = new Map<string, string>();
  for (const [host, { hostname }] of facts) {
    const other = names.get(hostname);
    if (other) throw lifecycleErrors.HOSTNAMES_CLASH({ hostname, hosts: [other, host] });
    names.set(hostname, host);
  }
  return facts;
}
