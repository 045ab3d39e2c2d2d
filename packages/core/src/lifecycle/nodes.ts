/** What is done to nodes through the Kubernetes API, from master0. */
import { taintText } from '../cluster/taints.js';
import type { Host } from '../host/host.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';
import { readJson } from '../text/read-json.js';
import type { StepDraft } from '../workflow/step.js';
import { callApi } from './call-api.js';
import { lastSeenOfNode, lastSeenOfUnit } from './last-seen.js';
import { taintHolds, unvalued, wantedTaints } from './taints.js';

interface NodeObject {
  metadata: { name: string; labels?: Record<string, string> };
  spec: { taints?: { key: string; value?: string; effect: string }[] };
  status: { conditions?: { type: string; status: string; reason?: string; message?: string }[] };
}

/** Under way, so that steps that look at once share one call. */
const reading = new WeakMap<Host, Promise<readonly NodeObject[]>>();

async function readNode(ctx: PlanContext, master0: Host, node: string): Promise<NodeObject | undefined> {
  let nodes = reading.get(master0);
  if (!nodes) {
    nodes = readNodes(ctx, master0).finally(() => reading.delete(master0));
    reading.set(master0, nodes);
  }
  return (await nodes).find(({ metadata }) => metadata.name === node);
}

async function readNodes(ctx: PlanContext, master0: Host): Promise<readonly NodeObject[]> {
  const result = await master0.query.run([...ctx.runtime.kubectl(ctx), 'get', 'nodes', '-o', 'json']);
  const { value } = result.status === 0 ? readJson(result.stdout) : {};
  const { items } = (value ?? {}) as { items?: Partial<NodeObject>[] };
  return (items ?? []).flatMap((one) => (one.metadata && one.status ? [{ spec: {}, ...one } as NodeObject] : []));
}

export function waitForNode(ctx: PlanContext, host: PlannedHost): StepDraft {
  return ctx.wait(`Node ${host.nodeName} is ready`, {
    host: ctx.master0,
    about: host,
    hint: `look at the node (kubectl describe node ${host.nodeName}) and at the kubelet's log on ${host.name} (journalctl -u kubelet)`,
    lastSeen: async (master0, io) => {
      const node = lastSeenOfNode((await readNode(ctx, master0, host.nodeName))?.status.conditions);
      return `${node}; ${await lastSeenOfUnit(io.host(host.name), 'kubelet')}`;
    },
    until: async (master0) => {
      const node = await readNode(ctx, master0, host.nodeName);
      return (
        node?.status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false
      );
    },
  });
}

/** Roles of the user's, labels and taints; nothing when the host has none. */
export function labelNode(ctx: PlanContext, host: PlannedHost): StepDraft[] {
  const kubectl = ctx.runtime.kubectl(ctx);
  const roles = host.roles.filter((role) => role !== 'master');
  const labels = {
    ...Object.fromEntries(roles.map((role) => [`node-role.kubernetes.io/${role}`, ''])),
    ...host.spec.labels,
  };
  const pairs = Object.entries(labels);
  const steps: StepDraft[] = [];
  if (pairs.length) {
    steps.push(
      ctx.step(`Label node ${host.nodeName}`, {
        host: ctx.master0,
        about: host,
        check: async (master0) => {
          const found = (await readNode(ctx, master0, host.nodeName))?.metadata.labels ?? {};
          return pairs.every(([key, value]) => found[key] === value);
        },
        run: async (master0, io) => {
          const words = pairs.map(([key, value]) => `${key}=${value}`);
          await callApi(master0, [...kubectl, 'label', '--overwrite', 'node', host.nodeName, ...words], io, {
            awaitsObject: true,
          });
        },
      }),
    );
  }
  const taints = wantedTaints(ctx, host);
  if (taints.length) {
    steps.push(
      ctx.step(`Taint node ${host.nodeName}`, {
        host: ctx.master0,
        about: host,
        check: async (master0) => {
          const node = await readNode(ctx, master0, host.nodeName);
          return node !== undefined && taints.every((taint) => taintHolds(taint, node.spec.taints ?? []));
        },
        run: async (master0, io) => {
          const present = (await readNode(ctx, master0, host.nodeName))?.spec.taints ?? [];
          // kubectl takes it as an error to remove what is not there.
          const words = taints
            .filter((taint) => !taintHolds(taint, present))
            .map((taint) => taintText(unvalued(taint)));
          if (words.length === 0) return;
          await callApi(master0, [...kubectl, 'taint', '--overwrite', 'node', host.nodeName, ...words], io, {
            awaitsObject: true,
          });
        },
      }),
    );
  }
  return steps;
}
