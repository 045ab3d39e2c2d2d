/** One step for all lines sealer adds to /etc/hosts. */
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';
import type { StepDraft } from '../workflow/step.js';

export function hostAliases(ctx: PlanContext, host: PlannedHost): StepDraft {
  const lines = plannedNames(ctx, host).map((alias) => `${alias.ip} ${alias.hostnames.join(' ')}`);
  return ctx.own('Add the host names', host, { lines: { path: '/etc/hosts', lines } });
}

export function plannedNames(ctx: PlanContext, host: PlannedHost): { ip: string; hostnames: readonly string[] }[] {
  return [...ctx.registry.aliases(ctx), ...(ctx.runtime.aliases?.(ctx, host) ?? []), ...ctx.cluster.hostAliases];
}
