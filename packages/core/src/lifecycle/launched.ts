/**
 * What lines and scripts start is known by what is there afterwards and was not before, or has changed. It is kept on the
 * host, so that a later run waits for it too.
 */
import type { Host } from '../host/host.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { StepDraft, StepIO } from '../workflow/step.js';
import { waitForWorkloads, workloadsIn } from './wait-for-apps.js';
import type { Workload } from './workload.js';

const kinds = 'deployments,statefulsets,daemonsets,jobs';

function recordOf(ctx: PlanContext, name: string): string {
  return `${ctx.paths.base}/launched/${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
}

/** Does the work of an application that says nothing of itself, and keeps what came of it. */
export async function recordLaunched(
  ctx: PlanContext,
  host: Host,
  io: StepIO,
  name: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const before = new Set((await list(ctx, host)).map(identity));
  await work();
  const kept = (await host.query.readFile(recordOf(ctx, name))) ?? '';
  const made = (await list(ctx, host)).filter((workload) => !before.has(identity(workload)));
  const lines = new Set([
    ...kept.split('\n').filter(Boolean),
    ...made.map(({ kind, metadata }) => `${metadata.namespace} ${kind}/${metadata.name}`),
  ]);
  if (lines.size) await host.write(recordOf(ctx, name), `${[...lines].join('\n')}\n`);
  else io.log(`${name} has started nothing that Kubernetes tells of: whether it does its work is not known`);
}

export function waitForLaunched(ctx: PlanContext, name: string): StepDraft {
  return waitForWorkloads(ctx, name, async (host) => {
    const lines = ((await host.query.readFile(recordOf(ctx, name))) ?? '').split('\n').filter(Boolean);
    const byNamespace = new Map<string, string[]>();
    for (const line of lines) {
      const [namespace = '', object = ''] = line.split(' ');
      byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), object]);
    }
    const found: Workload[] = [];
    for (const [namespace, objects] of byNamespace) {
      const words = ['-n', namespace, 'get', ...objects, '--ignore-not-found', '-o', 'json'];
      const result = await host.query.run([...ctx.runtime.kubectl(ctx), ...words]);
      if (result.status !== 0) return undefined;
      found.push(...workloadsIn(result.stdout));
    }
    return found;
  });
}

async function list(ctx: PlanContext, host: Host): Promise<Owned[]> {
  const result = await host.query.run([...ctx.runtime.kubectl(ctx), 'get', kinds, '-A', '-o', 'json']);
  if (result.status !== 0) return [];
  return (workloadsIn(result.stdout) as Owned[]).filter(({ metadata }) => !metadata.ownerReferences?.length);
}

type Owned = Workload & { metadata: { uid?: string; ownerReferences?: unknown[] } };

const identity = ({ metadata }: Owned) => `${metadata.uid} ${metadata.generation}`;
