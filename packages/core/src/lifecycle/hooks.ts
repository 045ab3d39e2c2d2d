/** Plugin documents (`kind: Plugin`) of the Clusterfile and of the image, planned by their type. */
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';
import type { StepDraft } from '../workflow/step.js';

export function hookSteps(ctx: PlanContext, phase: string, host?: PlannedHost): StepDraft[] {
  const wanted = ctx.cluster.hooks.filter(
    (hook) =>
      hook.phases.includes(phase) &&
      (!host || hook.scope.length === 0 || hook.scope.some((role) => hasRole(ctx, host, role))),
  );
  // Alphabetical order of names is what Go sealer's users rely on.
  wanted.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return wanted.flatMap((hook) => {
    const planned = ctx.hookType(hook.type).plan(ctx, hook, phase, host);
    return planned === undefined ? [] : Array.isArray(planned) ? [...planned] : [planned as StepDraft];
  });
}

function hasRole(ctx: PlanContext, host: PlannedHost, role: string): boolean {
  if (role === 'all') return true;
  if (role === 'master0') return host.name === ctx.master0.name;
  if (role === 'node') return !host.isMaster;
  return host.roles.includes(role);
}
