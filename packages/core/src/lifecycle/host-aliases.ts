/** One step for all lines sealer adds to /etc/hosts. */
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';
import type { StepDraft } from '../workflow/step.js';

export function hostAliases(ctx: PlanContext, host: PlannedHost): StepDraft {
  const aliases = [
    ...ctx.registry.aliases(ctx),
    ...(ctx.runtime.aliases?.(ctx, host) ?? []),
    ...ctx.cluster.hostAliases,
  ];
  const lines = aliases.map((alias) => `${alias.ip} ${alias.hostnames.join(' ')}`);
  return ctx.own('Add the host names', host, { lines: { path: '/etc/hosts', lines } });
}
