/** What runtime, container runtime and registry ask of a host, together. */
import type { HostRequirements, PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';

export function requirementsOf(ctx: PlanContext, host: PlannedHost): Required<HostRequirements> {
  const all = [
    ctx.runtime.requirements(ctx, host),
    ctx.runtime.embedsContainerRuntime ? undefined : ctx.containerRuntime.requirements?.(ctx, host),
    ctx.registry.requirements?.(ctx, host),
  ].filter((one) => one !== undefined);
  return {
    ports: [...new Set(all.flatMap((one) => one.ports ?? []))],
    tools: [...new Set(all.flatMap((one) => one.tools ?? []))],
    absent: [...new Set(all.flatMap((one) => one.absent ?? []))],
    reach: all.flatMap((one) => one.reach ?? []),
    networks: all.flatMap((one) => one.networks ?? []),
    memoryBytes: Math.max(0, ...all.map((one) => one.memoryBytes ?? 0)),
    cpus: Math.max(0, ...all.map((one) => one.cpus ?? 0)),
  };
}
