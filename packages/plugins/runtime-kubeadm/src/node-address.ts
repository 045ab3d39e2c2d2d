/**
 * A node's address is the one in the Clusterfile, on a host with several interfaces as on one without a default route; the
 * kubelet alone would take the default route's.
 */
import type { PlannedHost } from '@sealer/core';

type Argument = { name: string; value: string };

/** Arguments of the kubelet with its address, unless they say one already. */
export function withNodeAddress(given: unknown, host: PlannedHost): Argument[] {
  const args = Array.isArray(given) ? (given as Argument[]) : [];
  return args.some(({ name }) => name === 'node-ip') ? args : [...args, { name: 'node-ip', value: host.address }];
}
