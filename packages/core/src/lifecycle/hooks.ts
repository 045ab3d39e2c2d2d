/** Plugin documents (`kind: Plugin`) of the Clusterfile and of the image, planned by their type. */

import type { PluginDocument } from '../cluster/cluster-spec.js';
import { clusterfileErrors } from '../cluster/clusterfile-errors.js';
import { selects } from '../cluster/hook-scope.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';
import type { StepDraft } from '../workflow/step.js';
import { hostProblem, isOfImage } from './check-hooks.js';
export function hookSteps(ctx: PlanContext, phase: string, host?: PlannedHost): StepDraft[] {
  return named(ctx.cluster.hooks)
    .filter((hook) => hook.phases.includes(phase))
    .filter((hook) => !host || isFor(ctx, hook, host))
    .flatMap((hook) => {
      const planned = ctx.hookType(hook.type).plan(ctx, hook, phase, host);
      return planned === undefined ? [] : Array.isArray(planned) ? [...planned] : [planned as StepDraft];
    });
}

/**
 * In the alphabetical order of names, which is what Go sealer's users rely on. Names that come to the same in the id of a
 * step get a number: two documents of one name both run.
 */
function named(hooks: readonly PluginDocument[]): PluginDocument[] {
  const sorted = [...hooks].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const taken = new Set<string>();
  return sorted.map((hook) => {
    for (let count = 1; ; count += 1) {
      const name = count === 1 ? hook.name : `${hook.name} ${count}`;
      const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
      if (taken.has(slug)) continue;
      taken.add(slug);
      return { ...hook, name };
    }
  });
}

function isFor(ctx: PlanContext, hook: PluginDocument, host: PlannedHost): boolean {
  return (
    hook.scope.length === 0 ||
    hook.scope.some((word) => selects(word, asSelectable(host), host.name === ctx.master0.name))
  );
}

/** Once more, now that the names of the hosts are known. @throws CLUSTERFILE_FIELD */
export function checkScopes(ctx: PlanContext): void {
  if (ctx.operation !== 'install') return;
  for (const hook of ctx.cluster.hooks) {
    const problem = isOfImage(hook) ? undefined : hostProblem(hook, ctx.hosts.map(asSelectable));
    const position = hook.places?.scope;
    const path = `Plugin ${hook.name}: spec.scope`;
    if (problem) throw clusterfileErrors.CLUSTERFILE_FIELD({ path, problem }, position ? { position } : {});
  }
}

function asSelectable({ address, roles, nodeName, spec }: PlannedHost) {
  return { address, roles, labels: spec.labels, hostname: nodeName };
}
