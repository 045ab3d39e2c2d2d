/** Builds what taps see. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterSpec } from '../cluster/cluster-spec.js';
import { clusterPaths } from '../cluster/paths.js';
import { describeItems, itemsHold, placeItems } from '../distribute/own-items.js';
import type { OwnedItems } from '../distribute/owned-items.js';
import type { HostFacts } from '../host/facts.js';
import type { Host } from '../host/host.js';
import type { Operation } from '../workflow/operation.js';
import type { StepDraft, StepIO, StepSpec } from '../workflow/step.js';
import { workflowErrors } from '../workflow/workflow-errors.js';
import type { Extensions } from './contract.js';
import type { PlanContext } from './extension-points.js';
import type { PlannedHost, PlannedImage, WaitSpec } from './planning.js';

export interface PlanInputs {
  operation: Operation;
  cluster: ClusterSpec;
  image: PlannedImage;
  /** By host name. */
  facts: ReadonlyMap<string, HostFacts>;
  extensions: Extensions;
  warn: (text: string, host?: string) => void;
  verify?: boolean | undefined;
}

/** @throws PLUGIN_IMPLEMENTATION_MISSING */
export function planContext(inputs: PlanInputs): PlanContext {
  const { operation, cluster, image, facts, extensions } = inputs;
  const hosts: PlannedHost[] = cluster.hosts.flatMap((spec) => {
    const known = facts.get(spec.address);
    if (!known) return [];
    return [
      {
        name: spec.address,
        address: spec.address,
        nodeName: known.hostname.toLowerCase(),
        roles: spec.roles,
        isMaster: spec.roles.includes('master'),
        facts: known,
        spec,
      },
    ];
  });
  const masters = hosts.filter((host) => host.isMaster);
  const paths = clusterPaths(cluster.name);
  const step = (title: string, spec: StepSpec): StepDraft => ({ ...spec, draft: true, title });
  return {
    operation,
    cluster,
    image,
    verify: inputs.verify ?? false,
    hosts,
    masters,
    workers: hosts.filter((host) => !host.isMaster),
    master0: masters[0] as PlannedHost,
    paths,
    runtime: extensions.runtimes.get(image.config.runtime?.type),
    containerRuntime: extensions.containerRuntimes.get(cluster.containerRuntime ?? image.config.containerRuntime?.type),
    registry: extensions.registries.get(),
    appType: (name) => extensions.appTypes.get(name),
    hookType: (name) => extensions.hookTypes.get(name),
    env: (host) => ({
      ...image.config.env,
      ...cluster.env,
      ...(host ? { ...host.spec.env, HostIP: host.address } : {}),
    }),
    step,
    wait: (title, spec) => step(title, waitSpec(title, spec)),
    own: (title, host, items, spec = {}) => step(title, { ...ownSpec(cluster.name, host, items), ...spec }),
    output: (name, title, spec) => ({ ...step(title, spec), provides: name }),
    warn: (text, host) => inputs.warn(text, host?.name),
  };
}

function waitSpec(title: string, spec: WaitSpec): StepSpec {
  const timeout = spec.timeout ?? 300_000;
  return {
    ...(spec.host ? { host: spec.host } : {}),
    ...(spec.about ? { about: spec.about } : {}),
    check: spec.until,
    effects: [`wait until it is so (at most ${Math.round(timeout / 1000)} s)`],
    run: async (host, io) => {
      const until = Date.now() + timeout;
      while (Date.now() < until) {
        await sleep(spec.interval ?? 500, undefined, { signal: io.signal });
        if (await spec.until(host, io)) return;
      }
      const seen = await spec.lastSeen?.(host, io).catch((cause: Error) => `nothing (${cause.message})`);
      const seconds = timeout / 1000;
      throw workflowErrors.STEP_STILL_FALSE({ step: title, host: host.name, hint: spec.hint, seconds, seen });
    },
  };
}

type LazyItems = OwnedItems | ((host: Host, io: StepIO) => Promise<OwnedItems>);

function ownSpec(cluster: string, where: PlannedHost, items: LazyItems): StepSpec {
  const paths = clusterPaths(cluster);
  const resolve = async (host: Host, io: StepIO) => (typeof items === 'function' ? items(host, io) : items);
  return {
    host: where,
    effects: typeof items === 'function' ? ['write files known when applied'] : describeItems(items),
    check: async (host, io) => itemsHold(host, cluster, paths, await resolve(host, io)),
    run: async (host, io) => placeItems(host, cluster, paths, await resolve(host, io)),
  };
}
