import type { PlanContext } from '@sealer/core';

export const service = 'sealer-registry.service';

export function caFile(ctx: PlanContext): string {
  return `/etc/sealer/${ctx.cluster.name}-registry-ca.crt`;
}

/** Where the repositories of a domain lie: under the domain itself, a port's colon replaced. */
export function repositoryRoot(domain: string): string {
  return domain.toLowerCase().replace(/[^a-z0-9.-]/g, '-');
}
