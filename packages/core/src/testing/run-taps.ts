/** Scheduler, step runner and journal together, as a run uses them, on fake hosts. */
import { clusterFromFlags } from '../cluster/cluster-from-flags.js';
import type { SealerEvent } from '../events/events.js';
import { applyPlugins } from '../plugin/apply-plugins.js';
import type { SealerApi } from '../plugin/contract.js';
import { definePlugin } from '../plugin/define-plugin.js';
import type { PlanContext } from '../plugin/extension-points.js';
import { planContext } from '../plugin/plan-context.js';
import type { ImageStore } from '../store/store.js';
import { Journal } from '../workflow/journal.js';
import { makePlan } from '../workflow/plan.js';
import { StepRunner } from '../workflow/run-step.js';
import { schedule } from '../workflow/scheduler.js';
import { type FakeHost, fakeFacts, fakeHost } from './fake-host.js';

const providers = (sealer: SealerApi) => {
  sealer.runtimes.provide('fake', {} as never);
  sealer.containerRuntimes.provide('fake', {} as never);
  sealer.registries.provide('fake', {} as never);
};

export interface RunTapsOptions {
  signal?: AbortSignal;
  concurrency?: number;
  /** Of each host; default: a fake host without files. */
  host?: (name: string) => FakeHost;
}

/** Plans and runs an install on one master and two workers. */
export async function runTaps(
  stateDirectory: string,
  apply: (sealer: SealerApi) => void,
  options: RunTapsOptions = {},
) {
  const cluster = clusterFromFlags({ image: 'a', masters: '10.0.0.1', nodes: '10.0.0.2,10.0.0.3' });
  const hosts = new Map<string, FakeHost>(
    cluster.hosts.map(({ address }) => [address, options.host?.(address) ?? fakeHost({ name: address })]),
  );
  const both = (sealer: SealerApi) => {
    providers(sealer);
    apply(sealer);
  };
  const { hooks, extensions } = applyPlugins([definePlugin({ name: 'test-plugin', apiVersion: 1, apply: both })]);
  const image = { name: 'a', digest: `sha256:${'0'.repeat(64)}` as const, config: { env: {}, documents: {} } as never };
  const facts = new Map(cluster.hosts.map(({ address }) => [address, { ...fakeFacts, hostname: address }]));
  const context: PlanContext = planContext({
    operation: 'install',
    cluster,
    image,
    facts,
    extensions,
    warn: () => undefined,
  });
  const plan = await makePlan(context, hooks);
  const events: SealerEvent[] = [];
  const emit = (event: SealerEvent) => void events.push(event);
  const signal = options.signal ?? new AbortController().signal;
  const journal = await Journal.open(stateDirectory);
  const runner = new StepRunner({
    hosts,
    store: {} as ImageStore,
    stateDirectory,
    base: '/base',
    providers: plan.providers,
    journal,
    emit,
    signal,
  });
  const result = await schedule(plan, runner, {
    emit,
    signal,
    ...(options.concurrency ? { concurrency: options.concurrency } : {}),
  });
  return { ...result, events, hosts };
}
