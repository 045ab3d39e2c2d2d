/** Asks the plugins for the steps of an operation. Pure as far as the plugins are: planning touches nothing. */
import type { PlanContext, PlannedHost } from '../plugin/context.js';
import type { PhaseHooks, PlannedBy } from '../plugin/phase-hooks.js';
import { pluginErrors } from '../plugin/plugin-errors.js';
import { type GraphNode, layOut } from './graph.js';
import type { Step } from './step.js';
import { workflowErrors } from './workflow-errors.js';

export interface PlannedNode extends GraphNode {
  /** In order; those that provide an output are kept apart. */
  steps: Step[];
}

export interface Plan {
  context: PlanContext;
  nodes: PlannedNode[];
  /** Steps that make an output, by its name; run on demand. */
  providers: Map<string, Step>;
}

/** @throws PLUGIN_FAILED, PLUGIN_STEP_INVALID, PLAN_STEP_DUPLICATE, PLAN_OUTPUT_UNKNOWN */
export async function makePlan(context: PlanContext, hooks: PhaseHooks): Promise<Plan> {
  const nodes: PlannedNode[] = [];
  const providers = new Map<string, Step>();
  const seen = new Set<string>();
  for (const node of layOut(context.operation, context.hosts)) {
    const host = context.hosts.find((candidate) => candidate.name === node.host);
    const steps: Step[] = [];
    for (const by of await hooks.collect(node.phase.name, context, host)) {
      const step = toStep(by, node, host ?? context.master0);
      if (seen.has(step.id)) throw workflowErrors.PLAN_STEP_DUPLICATE({ id: step.id, plugin: by.plugin });
      seen.add(step.id);
      if (step.provides) providers.set(step.provides, step);
      else steps.push(step);
    }
    nodes.push({ ...node, steps });
  }
  for (const step of [...providers.values(), ...nodes.flatMap((node) => node.steps)]) {
    for (const output of step.needs ?? []) {
      if (!providers.has(output)) throw workflowErrors.PLAN_OUTPUT_UNKNOWN({ step: step.id, output });
    }
  }
  return { context, nodes, providers };
}

function toStep({ plugin: tapping, draft }: PlannedBy, node: GraphNode, where: PlannedHost): Step {
  const plugin = draft.plugin ?? tapping;
  const hostName = draft.host?.name ?? where.name;
  const slug = draft.title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const id = `${node.phase.name}/${hostName}/${slug}`;
  if (!draft.check && draft.key === undefined && !draft.provides) {
    throw pluginErrors.PLUGIN_STEP_INVALID({ plugin, step: draft.title, reason: 'has neither check nor key' });
  }
  return { ...draft, id, phase: node.phase.name, plugin, hostName };
}
