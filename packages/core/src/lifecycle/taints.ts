/** Which taints a node is to have, and which not. */
import type { Taint } from '../cluster/cluster-spec.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';

const controlPlane = 'node-role.kubernetes.io/control-plane';

/**
 * What the Clusterfile says. Where it has no worker, and nobody has said anything of the control plane's taint, that is
 * taken away: else no application would ever run.
 */
export function wantedTaints(ctx: PlanContext, host: PlannedHost): readonly Taint[] {
  const { taints } = host.spec;
  const said = taints.some(({ key }) => key === controlPlane) || ctx.cluster.runtimeDocuments.some(setsTaints);
  if (!host.isMaster || ctx.workers.length || said) return taints;
  return [...taints, { key: controlPlane, effect: 'NoSchedule', remove: true }];
}

function setsTaints({ content }: { content: Record<string, unknown> }): boolean {
  return Array.isArray((content.nodeRegistration as { taints?: unknown } | undefined)?.taints);
}

type Present = { key: string; value?: string; effect: string };

export function taintHolds(taint: Taint, present: readonly Present[]): boolean {
  const alike = present.filter(
    ({ key, effect }) => key === taint.key && (taint.effect === undefined || effect === taint.effect),
  );
  if (taint.remove) return alike.length === 0;
  return alike.some(({ value }) => (value ?? '') === (taint.value ?? ''));
}

/** kubectl takes a taint away by key and effect. */
export function unvalued(taint: Taint): Taint {
  const { value: _value, ...rest } = taint;
  return taint.remove ? rest : taint;
}
