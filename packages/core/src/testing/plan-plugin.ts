/** Plans, and runs, what a plugin does in an operation, against fake hosts. */
import { clusterFromFlags } from '../cluster/cluster-from-flags.js';
import { parseClusterfile } from '../cluster/parse-clusterfile.js';
import type { HostFacts } from '../host/facts.js';
import type { ClusterImageConfig } from '../image/cluster-config.js';
import { checkScopes } from '../lifecycle/hooks.js';
import { lifecyclePlugin } from '../lifecycle/lifecycle-plugin.js';
import { applyPlugins } from '../plugin/apply-plugins.js';
import type { Plugin } from '../plugin/contract.js';
import { definePlugin } from '../plugin/define-plugin.js';
import { planContext } from '../plugin/plan-context.js';
import type { ImageStore } from '../store/store.js';
import type { Operation } from '../workflow/operation.js';
import { makePlan } from '../workflow/plan.js';
import type { OutputValues, Step, StepIO } from '../workflow/step.js';
import { type FakeHost, type FakeHostOptions, fakeFacts, fakeHost } from './fake-host.js';

export interface PlanPluginOptions {
  operation?: Operation;
  /** A Clusterfile; default: one master 10.0.0.1 and one worker 10.0.0.2. */
  clusterfile?: string;
  /** Options of the plugin, as `spec.plugins` gives them. */
  options?: Record<string, unknown>;
  /** Merged over the config of an image without contents. */
  image?: Partial<ClusterImageConfig>;
  /** Facts and answers of hosts, by address. */
  hosts?: Readonly<Record<string, FakeHostOptions>>;
  /** Other plugins that take part. */
  with?: readonly Plugin[];
}

export interface PlannedPlugin {
  /** Of this plugin alone, in the order of the phases. */
  steps: Step[];
  warnings: string[];
  hosts: ReadonlyMap<string, FakeHost>;
  /** Runs a step as the engine does: `check`, and `run` when that is false. True when it ran. */
  run(step: Step): Promise<boolean>;
}

/** @throws what planning throws: PLUGIN_FAILED, PLUGIN_STEP_INVALID, ... */
export async function planPlugin(plugin: Plugin, given: PlanPluginOptions = {}): Promise<PlannedPlugin> {
  const cluster = given.clusterfile
    ? parseClusterfile(given.clusterfile, 'Clusterfile')
    : clusterFromFlags({ name: 'test', image: 'test:1', masters: '10.0.0.1', nodes: '10.0.0.2' });
  const hosts = new Map(
    cluster.hosts.map(({ address }) => [address, fakeHost({ name: address, ...given.hosts?.[address] })]),
  );
  const facts = new Map<string, HostFacts>();
  for (const [index, [name, host]] of [...hosts].entries())
    facts.set(name, {
      ...(await host.query.facts()),
      hostname: given.hosts?.[name]?.facts?.hostname ?? `h${index + 1}`,
    });
  const warnings: string[] = [];
  const plugins = [plugin, ...(given.with ?? [])];
  const { hooks, extensions } = applyPlugins([lifecyclePlugin, ...plugins, missingProviders(plugins)], {
    [plugin.name]: given.options ?? {},
  });
  const context = planContext({
    operation: given.operation ?? 'install',
    cluster,
    image: { name: 'test:1', digest: `sha256:${'0'.repeat(64)}`, config: { ...emptyImage, ...given.image } },
    facts,
    extensions,
    warn: (text, host) => warnings.push(host ? `[${host}] ${text}` : text),
  });
  checkScopes(context);
  const plan = await makePlan(context, hooks);
  const steps = plan.nodes.flatMap((node) => node.steps).filter((step) => step.plugin === plugin.name);
  const output = async (name: string): Promise<OutputValues> => {
    const provider = plan.providers.get(name) as Step;
    return (await provider.run(hosts.get(provider.hostName) as FakeHost, await io(provider))) ?? {};
  };
  const io = async (step: Step): Promise<StepIO> => {
    const outputs = new Map<string, OutputValues>();
    for (const name of step.needs ?? []) outputs.set(name, await output(name));
    return {
      signal: new AbortController().signal,
      patience: 0,
      host: (name) => hosts.get(name) as FakeHost,
      output: (name) => outputs.get(name) ?? {},
      progress: () => undefined,
      log: () => undefined,
      store: {} as ImageStore,
      stateDirectory: '/nonexistent',
    };
  };
  const run = async (step: Step): Promise<boolean> => {
    const host = hosts.get(step.hostName) as FakeHost;
    const tools = await io(step);
    if (await step.check?.(host, tools)) return false;
    await step.run(host, tools);
    return true;
  };
  return { steps, warnings, hosts, run };
}

const emptyImage: ClusterImageConfig = {
  schemaVersion: 1,
  type: 'kube-installer',
  architecture: fakeFacts.architecture,
  os: 'linux',
  labels: {},
  env: {},
  apps: [],
  launch: { apps: [], commands: [] },
  cni: [],
  csi: [],
  rootfs: [],
  bundle: [],
  documents: {},
};

/** Stands for what the plugin under test does not bring itself. */
function missingProviders(plugins: readonly Plugin[]): Plugin {
  const { extensions } = applyPlugins(plugins.map((plugin) => ({ ...plugin, optionsSchema: { type: 'object' } })));
  return definePlugin({
    name: 'testing-providers',
    apiVersion: 1,
    apply(sealer) {
      if (extensions.runtimes.names().length === 0)
        sealer.runtimes.provide('fake', {
          embedsContainerRuntime: false,
          requirements: () => ({ ports: [] }),
          prepareNode: () => undefined,
          initControlPlane: () => undefined,
          joinControlPlane: () => undefined,
          joinWorker: () => undefined,
          resetNode: () => undefined,
          kubectl: () => ['kubectl'],
          adminKubeconfig: () => '/etc/fake/admin.conf',
          nodes: (ctx) => ctx.hosts,
          images: () => [],
        });
      if (extensions.containerRuntimes.names().length === 0)
        sealer.containerRuntimes.provide('fake', {
          socket: 'unix:///run/fake.sock',
          install: () => undefined,
          trustMirrors: () => undefined,
          pull: () => undefined,
          remove: () => undefined,
        });
      if (extensions.registries.names().length === 0)
        sealer.registries.provide('fake', {
          aliases: () => [],
          mirrors: () => [],
          install: () => undefined,
          fill: () => undefined,
          trust: () => undefined,
          remove: () => undefined,
        });
    },
  });
}
