/** Runs a command on the hosts of a cluster, all at once. */
import type { ClusterSpec } from '../cluster/cluster-spec.js';
import type { SealerError } from '../errors/sealer-error.js';
import { script } from '../host/command.js';
import type { CommandResult } from '../host/host.js';
import { openHosts } from '../host/open-host.js';
import type { OperationOptions } from './session.js';

export interface ExecResult {
  host: string;
  /** Absent when the host could not be reached. */
  result?: CommandResult;
  error?: SealerError;
}

/** @param roles only hosts with one of these roles; `[]` is all. @param line a line of bash */
export async function execOnHosts(
  cluster: ClusterSpec,
  line: string,
  roles: readonly string[],
  options: OperationOptions,
): Promise<ExecResult[]> {
  const wanted = cluster.hosts.filter((host) => roles.length === 0 || roles.some((role) => host.roles.includes(role)));
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
