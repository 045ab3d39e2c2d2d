/** Cluster documents of the older form (spec.masters, spec.nodes) as one of today's, with the places of the old fields. */
import type { SealerError } from '../errors/sealer-error.js';
import type { ClusterfileSchema } from '../generated/types.js';
import { checkSchema } from './check-schema.js';
import { clusterfileErrors } from './clusterfile-errors.js';
import type { LocatedDocument, Warn } from './yaml-documents.js';

const onlyOlder = ['masters', 'nodes', 'provider', 'network', 'certSANS'];
const machineFields = ['cpu', 'memory', 'count', 'systemDisk', 'dataDisks'] as const;

/** Go sealer decides by the fields as well: files of both forms carry every version. */
export function isOlderCluster({ value }: LocatedDocument): boolean {
  const { spec } = value as { spec?: unknown };
  if (typeof spec !== 'object' || spec === null || 'hosts' in spec) return false;
  return onlyOlder.some((field) => field in spec);
}

export function fromOlderCluster(
  document: LocatedDocument,
  errors: SealerError[],
  warn: Warn,
): LocatedDocument | undefined {
  const before = errors.length;
  if (!checkSchema(document, 'clusterV1', errors)) return undefined;
  const { spec, ...rest } = document.value as unknown as ClusterfileSchema.ClusterV1;
  const { masters, nodes, network, provider, certSANS, ...same } = spec;
  const noEffect = (path: string[], why: string) =>
    warn({ text: `spec.${path.join('.')} has no effect: ${why}`, position: document.at(['spec', ...path]) });
  const refuse = (path: string[], problem: string) =>
    errors.push(
      clusterfileErrors.CLUSTERFILE_FIELD(
        { path: `spec.${path.join('.')}`, problem },
        { position: document.at(['spec', ...path]) },
      ),
    );
  if (provider && provider !== 'BAREMETAL')
    refuse(
      ['provider'],
      `${provider} makes machines, which this version does not; give the addresses of machines that are there`,
    );
  for (const field of ['interface', 'cniName', 'withoutCNI'] as const)
    if (network?.[field]) noEffect(['network', field], 'the cluster image brings its network');
  if (certSANS?.length)
    noEffect(['certSANS'], 'write the names in a ClusterConfiguration document, as apiServer.certSANs');
  const groups = (['masters', 'nodes'] as const).flatMap((name) => {
    const group = { masters, nodes }[name];
    if (!group) return [];
    for (const field of machineFields)
      if (group[field] !== undefined && group.ipList?.length)
        noEffect([name, field], 'it is about machines that are made');
    return [{ name, ips: group.ipList ?? [] }];
  });
  if (!masters.ipList?.length && (!provider || provider === 'BAREMETAL'))
    refuse(['masters'], 'it has no ipList: the addresses of the masters are missing');
  // The rest would be consequences.
  if (errors.length > before) return undefined;
  const networks = (['podCIDR', 'svcCIDR'] as const).filter((field) => network?.[field]);
  const variable = { podCIDR: 'PodCIDR', svcCIDR: 'SvcCIDR' };
  const env = [...networks.map((field) => `${variable[field]}=${network?.[field]}`), ...(same.env ?? [])];
  const hosts = groups.map(({ name, ips }) => ({ ips, roles: [name === 'masters' ? 'master' : 'node'] }));
  const at: LocatedDocument['at'] = (path) => {
    const [first, second, index, field, ...below] = path;
    if (first === 'spec' && second === 'env' && typeof index === 'number') {
      const name = networks[index];
      return document.at(name ? ['spec', 'network', name] : ['spec', 'env', index - networks.length]);
    }
    if (first !== 'spec' || second !== 'hosts') return document.at(path);
    const group = groups[Number(index)]?.name;
    if (group === undefined) return document.at(['spec']);
    return document.at(['spec', group, ...(field === 'ips' ? ['ipList', ...below] : [])]);
  };
  return { value: { ...rest, apiVersion: 'sealer.io/v2', spec: { ...same, env, hosts } }, at };
}
