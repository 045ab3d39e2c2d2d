/** `sealer run IMAGE --masters ... --nodes ...`: the flags say what a Clusterfile would. */
import { stringify } from 'yaml';
import type { Secret } from '../secrets/secret.js';
import type { ClusterSpec } from './cluster-spec.js';
import { pairs, parseClusterfile } from './parse-clusterfile.js';

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
  return applyFlags(parseClusterfile(stringify(document), 'the flags'), {
    ...flags,
    masters: undefined,
    nodes: undefined,
  });
}

/** Flags over a Clusterfile: they win where both speak. */
export function applyFlags(spec: ClusterSpec, flags: ClusterFlags): ClusterSpec {
  const env = { ...spec.env, ...pairs(flags.env) };
  return {
    ...spec,
    ...(flags.image ? { image: flags.image } : {}),
    env,
    network: { ...(env.PodCIDR ? { podCidr: env.PodCIDR } : {}), ...(env.SvcCIDR ? { serviceCidr: env.SvcCIDR } : {}) },
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
