/** The preflight: looks, before anything is changed anywhere, whether a host has what the cluster needs. */
import { isIP } from 'node:net';
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';
import type { StepDraft } from '../workflow/step.js';
import { findConflicts } from './find-conflicts.js';
import { requirementsOf } from './host-requirements.js';
import { lifecycleErrors } from './lifecycle-errors.js';
import { lookAtHost } from './look-at-host.js';

/** Larger differences break certificates and tokens. */
const maxClockSkewMs = 60_000;
/** Room for unpacked layers next to the compressed ones, as a multiple of the latter. */
const unpackFactor = 4;

export function checkHost(ctx: PlanContext, host: PlannedHost): StepDraft {
  return ctx.step('Check the host', {
    effects: [],
    check: async (machine) => {
      const problems = [
        ...staticProblems(ctx, host),
        ...(await findConflicts(ctx, host, machine)),
        ...(await lookAtHost(ctx, host, machine)),
      ];
      if (problems.length) throw lifecycleErrors.HOST_UNFIT({ host: host.name, problems });
      return true;
    },
    run: async () => undefined,
  });
}

function staticProblems(ctx: PlanContext, host: PlannedHost): string[] {
  const { facts } = host;
  const { config } = ctx.image;
  const needs = requirementsOf(ctx, host);
  const disk = config.rootfs.reduce((sum, layer) => sum + layer.size, 0) * unpackFactor;
  const problems: string[] = [];
  if (!facts.root) problems.push('commands do not run as root');
  if (!facts.systemd) problems.push('it is not run by systemd');
  if (facts.missingTools.length) problems.push(`programs are missing: ${facts.missingTools.join(', ')}`);
  // Its address is what the control plane and the kubelet listen at; one that a router translates they cannot.
  if (isIP(host.address) && facts.addresses.length && !facts.addresses.includes(host.address))
    problems.push(`no interface of it has the address ${host.address}; it has ${facts.addresses.join(', ')}`);
  if (facts.architecture !== config.architecture)
    problems.push(`it is ${facts.architecture}, the image is for ${config.architecture}`);
  if (Math.abs(facts.clockSkewMs) > maxClockSkewMs)
    problems.push(`its clock is ${Math.round(facts.clockSkewMs / 1000)} s off this machine's`);
  if (facts.diskFreeBytes < disk)
    problems.push(`${megabytes(facts.diskFreeBytes)} are free at /var/lib/sealer, ${megabytes(disk)} are needed`);
  if (needs.memoryBytes && facts.memoryBytes < needs.memoryBytes)
    problems.push(`it has ${megabytes(facts.memoryBytes)} of memory, ${megabytes(needs.memoryBytes)} are needed`);
  if (needs.cpus && facts.cpus < needs.cpus) problems.push(`it has ${facts.cpus} processors, ${needs.cpus} are needed`);
  return problems;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
