/** Runs a command on the hosts of a cluster, all at once. */
import type { ClusterSpec } from '../cluster/cluster-spec.js';
import { scopeProblem, selectable, selects } from '../cluster/hook-scope.js';
import type { SealerError } from '../errors/sealer-error.js';
import { script } from '../host/command.js';
import type { CommandResult } from '../host/host.js';
import { openHosts } from '../host/open-host.js';
import { lifecycleErrors } from '../lifecycle/lifecycle-errors.js';
import type { OperationOptions } from './session.js';

export interface ExecResult {
  host: string;
  /** Absent when the host could not be reached. */
  result?: CommandResult;
  error?: SealerError;
}

/** @throws ROLE_UNKNOWN. @param roles only hosts with one of these roles; `[]` is all. @param line a line of bash */
export async function execOnHosts(
  cluster: ClusterSpec,
  line: string,
  roles: readonly string[],
  options: OperationOptions,
): Promise<ExecResult[]> {
  const master0 = cluster.hosts.find((host) => host.roles.includes('master'));
  const wanted = cluster.hosts.filter(
    (host) => roles.length === 0 || roles.some((role) => selects(role, selectable(host), host === master0)),
  );
  const problem = scopeProblem(roles, cluster.hosts.map(selectable));
  if (problem) throw lifecycleErrors.ROLE_UNKNOWN({ problem });
  const { hosts, failures } = await openHosts(wanted, options);
  try {
    const results = await Promise.all(
      [...hosts].map(async ([name, host]) => ({
        host: name,
        result: await host.query.run(script('set +e +u; line=$1; shift; eval -- "$line"', line), {
          signal: options.signal,
        }),
      })),
    );
    const failed = failures.map((failure) => ({ host: failure.name, error: failure.error }));
    const order = wanted.map((host) => host.address);
    return [...results, ...failed].sort((a, b) => order.indexOf(a.host) - order.indexOf(b.host));
  } finally {
    await Promise.all([...hosts.values()].map((host) => host.close()));
  }
}
