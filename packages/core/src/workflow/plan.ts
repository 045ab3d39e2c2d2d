/** Asks the plugins for the steps of an operation. Pure as far as the plugins are: planning touches nothing. */
import type { ClusterSpec } from '../cluster/cluster-spec.js';
import type { HostFacts } from '../host/facts.js';
import type { Digest } from '../image/descriptor.js';
import { type GraphHost, type GraphNode, layOut } from './graph.js';
import type { Operation } from './operation.js';
import type { PhaseName } from './phases.js';
import type { PlannedBy, Step } from './step.js';
import { stepErrors } from './step-errors.js';
import { workflowErrors } from './workflow-errors.js';

/** What a plan is made for, as far as the workflow has to know it. */
export interface PlanFrame {
  readonly operation: Operation;
  readonly cluster: ClusterSpec;
  readonly image: { name: string; digest: Digest };
  readonly hosts: readonly (GraphHost & { roles: readonly string[]; facts: HostFacts })[];
  readonly masters: readonly { name: string }[];
  readonly master0: { name: string };
  /** `base`: sealer's own folder on hosts. */
  readonly paths: { base: string };
}

/** Who gives the steps of a phase: the plugins' taps, behind their guard. */
export interface StepSource<Frame extends PlanFrame> {
  collect(phase: PhaseName, frame: Frame, host?: Frame['hosts'][number]): Promise<readonly PlannedBy[]>;
}

export interface PlannedNode extends GraphNode {
  /** In order; those that provide an output are kept apart. */
  steps: Step[];
}

export interface Plan<Frame extends PlanFrame = PlanFrame> {
  context: Frame;
  nodes: PlannedNode[];
  /** Steps that make an output, by its name; run on demand. */
  providers: Map<string, Step>;
}

/** @throws PLUGIN_FAILED, PLUGIN_STEP_INVALID, PLAN_STEP_DUPLICATE, PLAN_OUTPUT_UNKNOWN */
export async function makePlan<Frame extends PlanFrame>(
  context: Frame,
  hooks: StepSource<Frame>,
): Promise<Plan<Frame>> {
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

function toStep({ plugin: tapping, draft }: PlannedBy, node: GraphNode, where: { name: string }): Step {
  const plugin = draft.plugin ?? tapping;
  const hostName = draft.host?.name ?? where.name;
  const slug = draft.title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const id = `${node.phase.name}/${hostName}/${slug}`;
  if (!draft.check && draft.key === undefined && !draft.provides) {
    throw stepErrors.PLUGIN_STEP_INVALID({ plugin, step: draft.title, reason: 'has neither check nor key' });
  }
  return { ...draft, id, phase: node.phase.name, plugin, hostName };
}
