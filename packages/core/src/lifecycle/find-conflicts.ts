/** What of the host itself is in the way of a cluster: ports, programs, other installations, networks, ways to others. */
import { contains, overlap, parseCidr } from '../cluster/cidr.js';
import * as scripts from '../generated/scripts.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';
import { requirementsOf } from './host-requirements.js';

/** @returns a sentence for each problem */
export async function findConflicts(ctx: PlanContext, host: PlannedHost, machine: Host): Promise<string[]> {
  const needs = requirementsOf(ctx, host);
  const stdin = [
    ...needs.ports.map((port) => `port\t${port}`),
    ...needs.tools.map((tool) => `tool\t${tool}`),
    ...needs.absent.map((path) => `absent\t${path}`),
    ...needs.reach.map(({ address, port }) => `reach\t${address}\t${port}`),
  ].join('\n');
  const found = await machine.query.output(script(scripts.findConflicts, ctx.paths.base, ctx.paths.ledger), {
    stdin: `${stdin}\n`,
  });
  const problems = new Set<string>();
  for (const line of found.split('\n').filter(Boolean)) {
    const [kind, what = '', cidr = ''] = line.split('\t');
    if (kind === 'address' || kind === 'route') {
      const other = parseCidr(cidr.includes('/') ? cidr : `${cidr}/${cidr.includes(':') ? 128 : 32}`);
      for (const { title, cidr: ours } of needs.networks) {
        const own = parseCidr(ours);
        if (!own || !other || !overlap(own, other)) continue;
        const seen = `${title} ${ours} overlaps the ${kind === 'address' ? `address ${cidr} of ${what}` : `route "${what}"`}`;
        // A wide route by a gateway gives way to the cluster's own; a network that the host stands in does not.
        if (kind === 'route' && / via /.test(what) && other.prefix < own.prefix && contains(other, own.base))
          ctx.warn(`${seen}: what lies there by that route cannot be reached from the host any more`, host);
        else problems.add(seen);
      }
    } else problems.add(line);
  }
  return [...problems];
}
