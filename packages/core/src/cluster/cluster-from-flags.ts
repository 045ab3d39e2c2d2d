/** `sealer run IMAGE --masters ... --nodes ...`: the flags say what a Clusterfile would. */
import { stringify } from 'yaml';
import type { SealerError } from '../errors/sealer-error.js';
import type { Secret } from '../secrets/secret.js';
import { expandAddresses } from './addresses.js';
import { networkOf, networkProblem, pairs } from './cluster-document.js';
import type { ClusterSpec, HostSpec } from './cluster-spec.js';
import { clusterfileErrors } from './clusterfile-errors.js';
import { parseClusterfile } from './parse-clusterfile.js';

export interface ClusterFlags {
  image?: string | undefined;
  name?: string | undefined;
  masters?: string | undefined;
  nodes?: string | undefined;
  user?: string | undefined;
  password?: Secret | undefined;
  port?: number | undefined;
  privateKey?: string | undefined;
  privateKeyPassphrase?: Secret | undefined;
  env?: readonly string[] | undefined;
  apps?: readonly string[] | undefined;
  commands?: readonly string[] | undefined;
}

/** The same checks as for a file. @throws CLUSTERFILE_INVALID */
export function clusterFromFlags(flags: ClusterFlags): ClusterSpec {
  checkFlags(flags);
  const hosts = [
    ...(flags.masters ? [{ ips: [flags.masters], roles: ['master'] }] : []),
    ...(flags.nodes ? [{ ips: [flags.nodes], roles: ['node'] }] : []),
  ];
  const document = {
    apiVersion: 'sealer.io/v2',
    kind: 'Cluster',
    metadata: { name: flags.name ?? 'my-cluster' },
    spec: { image: flags.image ?? '', hosts },
  };
  return settle(parseFlags(stringify(document)), flags);
}

/** Flags over a Clusterfile: they win where both speak; hosts are added. @throws CLUSTERFILE_INVALID */
export function applyFlags(spec: ClusterSpec, flags: ClusterFlags): ClusterSpec {
  checkFlags(flags);
  const added: HostSpec[] = [];
  for (const [flag, role] of [
    ['masters', 'master'],
    ['nodes', 'node'],
  ] as const) {
    if (!flags[flag]) continue;
    // The form of a host alone: a cluster of workers only would be refused.
    const cluster = parseFlags(
      stringify({
        apiVersion: 'sealer.io/v2',
        kind: 'Cluster',
        metadata: { name: spec.name },
        spec: { image: 'any', hosts: [{ ips: [flags[flag]], roles: ['master'] }] },
      }),
    );
    for (const host of cluster.hosts) {
      if ([...spec.hosts, ...added].some(({ address }) => address === host.address))
        throw invalid([fault(`--${flag}`, `${host.address} is in the Clusterfile already, or given twice`)]);
      added.push({ ...host, roles: [role] });
    }
  }
  return settle({ ...spec, hosts: [...spec.hosts, ...added] }, flags);
}

function settle(spec: ClusterSpec, flags: ClusterFlags): ClusterSpec {
  const env = { ...spec.env, ...pairs(flags.env) };
  return {
    ...spec,
    ...(flags.image ? { image: flags.image } : {}),
    env,
    network: networkOf(env),
    hosts: spec.hosts.map((host) => ({
      ...host,
      ssh: {
        ...host.ssh,
        ...(flags.user ? { user: flags.user } : {}),
        ...(flags.port ? { port: flags.port } : {}),
        ...(flags.password ? { password: flags.password } : {}),
        ...(flags.privateKey ? { privateKey: flags.privateKey } : {}),
        ...(flags.privateKeyPassphrase ? { privateKeyPassphrase: flags.privateKeyPassphrase } : {}),
      },
    })),
    ...(flags.apps?.length ? { launchApps: flags.apps.filter(Boolean) } : {}),
    ...(flags.commands?.length ? { commands: [...flags.commands] } : {}),
  };
}

/** What flags say is said of flags: there is no file to look into. */
function checkFlags(flags: ClusterFlags): void {
  const errors: SealerError[] = [];
  for (const flag of ['masters', 'nodes'] as const)
    try {
      const addresses = expandAddresses(flags[flag] ?? '');
      const twice = addresses.find((address, index) => addresses.indexOf(address) !== index);
      if (twice !== undefined) throw new Error(`${twice} is listed twice`);
      if (flags[flag] !== undefined && addresses.length === 0) throw new Error('it names no host');
    } catch (cause) {
      errors.push(fault(`--${flag}`, (cause as Error).message));
    }
  for (const line of flags.env ?? [])
    if (!/^[A-Za-z_][A-Za-z0-9_]*=/.test(line))
      // What follows may be a secret.
      errors.push(fault('--env', `"${line.split('=')[0]}" is no KEY=value, the key of letters, digits and _`));
    else if (networkProblem(line)) errors.push(fault('--env', networkProblem(line) as string));
  if (errors.length > 0) throw invalid(errors);
}

/** The text is made here: its lines mean nothing to anybody. */
function parseFlags(text: string): ClusterSpec {
  try {
    return parseClusterfile(text, 'the flags');
  } catch (cause) {
    const { errors, message } = cause as SealerError;
    throw invalid(errors.map((one) => fault('the flags', one.message ?? message)));
  }
}

function fault(path: string, problem: string): SealerError {
  return clusterfileErrors.CLUSTERFILE_FIELD({ path, problem });
}

function invalid(errors: SealerError[]): SealerError {
  return clusterfileErrors.CLUSTERFILE_INVALID({ file: 'what the flags say', count: errors.length }, { errors });
}
