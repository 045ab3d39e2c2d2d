/** Fields of Go sealer that are read and not carried out: a warning, or an error where passing over them would harm. */
import type { ClusterfileSchema } from '../generated/types.js';

export interface PassedOver {
  path: (string | number)[];
  text: string;
  /** Passing it over would make another cluster than was asked for. */
  harms: boolean;
}

type Spec = ClusterfileSchema.Cluster['spec'];

/** Variables that Go sealer itself reads, and where the same is said here. */
const variables: Readonly<Record<string, string>> = {
  CertSANs: 'write the names in a ClusterConfiguration document, as apiServer.certSANs',
  CertSANS: 'write the names in a ClusterConfiguration document, as apiServer.certSANs',
  CgroupDriver: 'write it in a KubeletConfiguration document, as cgroupDriver',
  HostIPFamily: 'the addresses of the hosts decide',
  IPv6DualStack: 'give PodCIDR and SvcCIDR an IPv4 and an IPv6 network each, with a comma',
  IPvsVIPv4: 'there is no virtual address',
  IPvsVIPv6: 'there is no virtual address',
  UseIPasNodeName: 'nodes are called as their hosts are',
};

export function passedOver(spec: Spec): PassedOver[] {
  const found: PassedOver[] = [];
  const noEffect = (path: (string | number)[], why: string) =>
    found.push({ path, harms: false, text: `has no effect: ${why}` });
  const refuse = (path: (string | number)[], text: string) => found.push({ path, harms: true, text });
  if (spec.dataRoot && spec.dataRoot !== '/var/lib/sealer/data')
    noEffect(['spec', 'dataRoot'], 'files of the cluster lie in /var/lib/sealer on every host');
  for (const [index, line] of (spec.cmd_args ?? []).entries())
    noEffect(['spec', 'cmd_args', index], `it is taken as if it stood in spec.env (${line.split('=')[0]})`);
  for (const [index, line] of (spec.env ?? []).entries()) {
    const name = line.split('=')[0] ?? '';
    const why = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (why) noEffect(['spec', 'env', index], `${name} is only a variable of scripts here; ${why}`);
  }
  const blocks: [(string | number)[], ClusterfileSchema.Ssh | undefined][] = [
    [['spec', 'ssh'], spec.ssh],
    ...spec.hosts.map((host, index): [(string | number)[], ClusterfileSchema.Ssh | undefined] => [
      ['spec', 'hosts', index, 'ssh'],
      host.ssh,
    ]),
  ];
  for (const [path, ssh] of blocks)
    if (ssh?.encrypted)
      refuse(
        [...path, 'encrypted'],
        'passwords in the cipher of Go sealer are not read: its key is public; write passwd as env:NAME or file:PATH',
      );
  registry(spec.registry, noEffect, refuse);
  return found;
}

function registry(
  given: Spec['registry'],
  noEffect: (path: string[], why: string) => void,
  refuse: (path: string[], text: string) => void,
): void {
  const { localRegistry: local, externalRegistry: external } = given ?? {};
  const at = (...names: string[]) => ['spec', 'registry', ...names];
  if (external && Object.keys(external).length > 0) {
    if (local) noEffect(at('externalRegistry'), 'the local registry is used, as in Go sealer');
    else
      refuse(
        at('externalRegistry'),
        'a registry outside the cluster is not used by this version; the one inside holds the images: take it out, or name localRegistry',
      );
  }
  if (!local) return;
  for (const field of ['username', 'password'] as const)
    if (local[field])
      refuse(
        at('localRegistry', field),
        'the registry in the cluster has no logins in this version: it would be open; take it out to accept that',
      );
  if (local.ha) noEffect(at('localRegistry', 'ha'), 'there is one registry, on master0');
  if (local.insecure) noEffect(at('localRegistry', 'insecure'), 'the registry is always reached by https');
  const { dnsNames, ips } = local.cert?.subjectAltName ?? {};
  if (dnsNames?.length || ips?.length)
    noEffect(at('localRegistry', 'cert'), 'its certificate is made for its own domain');
}
