/** What became different since a plan was made: `apply plan.json` runs exactly what was read, or nothing. */
import type { PlanDocument, PlannedStepDocument } from './plan-document.js';

/** Differences in words, empty when the plans are the same. */
export function comparePlans(saved: PlanDocument, now: PlanDocument): string[] {
  const differences: string[] = [];
  const differ = (what: string, before: unknown, after: unknown) => {
    if (before !== after) differences.push(`${what} was ${String(before)}, now is ${String(after)}`);
  };
  differ('the operation', saved.operation, now.operation);
  differ('the image', saved.image.digest, now.image.digest);
  if (saved.clusterfile !== now.clusterfile) differences.push('the declared cluster is another');
  const hosts = new Map(now.hosts.map((host) => [host.name, host]));
  for (const host of saved.hosts) {
    const found = hosts.get(host.name);
    hosts.delete(host.name);
    if (!found) differences.push(`host ${host.name} is gone`);
    else if (found.facts !== host.facts)
      differences.push(`the facts of host ${host.name} changed (system, CPUs, memory, ...)`);
  }
  for (const name of hosts.keys()) differences.push(`host ${name} is new`);
  const steps = new Map(now.steps.map((step) => [step.id, step]));
  for (const step of saved.steps) {
    const found = steps.get(step.id);
    steps.delete(step.id);
    const name = `[${step.host}] ${step.title}`;
    if (!found) differences.push(`${name} is not in the plan any more`);
    else if (found.state !== step.state) differences.push(`${name} ${said(step.state)}, now it ${said(found.state)}`);
    else if (changes(found) !== changes(step)) differences.push(`${name} would do something else`);
  }
  for (const step of steps.values()) differences.push(`[${step.host}] ${step.title} is new in the plan`);
  return differences;
}

function said(state: PlannedStepDocument['state']): string {
  return { holds: 'held', run: 'was to be run', 'on-demand': 'was to be run when needed' }[state];
}

function changes(step: PlannedStepDocument): string {
  return JSON.stringify(step.changes);
}
