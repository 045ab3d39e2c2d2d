/** A Cluster document that fits its schema, as a ClusterSpec: addresses expanded, defaults filled in. */
import { dirname, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import type { SealerError } from '../errors/sealer-error.js';
import type { ClusterfileSchema } from '../generated/types.js';
import type { TrustDeclaration } from '../trust/trust-settings.js';
import { expandAddresses, localAddress, networksFault } from './addresses.js';
import { show } from './check-schema.js';
import type { ClusterSpec, HostSpec } from './cluster-spec.js';
import { clusterfileErrors } from './clusterfile-errors.js';
import { sshSettings } from './ssh-settings.js';
import { parseTaint } from './taints.js';
import { userSshConfig } from './user-ssh-config.js';
import { passedOver } from './without-effect.js';
import type { LocatedDocument, Warn } from './yaml-documents.js';

type Path = (string | number)[];

export function clusterOf(document: LocatedDocument, errors: SealerError[], warn: Warn): ClusterSpec {
  const { metadata, spec } = document.value as unknown as ClusterfileSchema.Cluster;
  const fail = (path: Path, problem: string) => {
    errors.push(clusterfileErrors.CLUSTERFILE_FIELD({ path: show(path), problem }, { position: document.at(path) }));
  };
  for (const { path, text, harms } of passedOver(spec))
    if (harms) fail(path, text);
    else warn({ text: `${show(path)} ${text}`, position: document.at(path) });
  const hosts = hostsOf(spec, fail, (path, text) =>
    warn({ text: `${show(path)} ${text}`, position: document.at(path) }),
  );
  for (const [index, { ip }] of (spec.hostAliases ?? []).entries())
    if (!ipaddr.isValid(ip)) fail(['spec', 'hostAliases', index, 'ip'], `"${ip}" is no IP address`);
  for (const [index, line] of (spec.env ?? []).entries()) {
    const problem = networkProblem(line);
    if (problem) fail(['spec', 'env', index], problem);
  }
  const env = { ...pairs(spec.cmd_args), ...pairs(spec.env) };
  const local = spec.registry?.localRegistry;
  return {
    name: metadata.name,
    image: spec.image,
    env,
    hosts,
    hostAliases: spec.hostAliases ?? [],
    registry: { domain: local?.domain ?? 'sea.hub', port: Number(local?.port ?? 5000) },
    // An empty name alone is Go sealer's word for nothing at all.
    ...(spec.appNames?.length ? { launchApps: spec.appNames.filter(Boolean) } : {}),
    ...(spec.cmd?.length ? { commands: spec.cmd } : {}),
    ...(spec.containerRuntime?.type ? { containerRuntime: spec.containerRuntime.type } : {}),
    plugins: spec.plugins ?? [],
    ...(spec.trust ? { trust: trustOf(spec.trust, document.at(['spec', 'trust']).file) } : {}),
    hooks: [],
    runtimeDocuments: [],
    network: networkOf(env),
  };
}

/** Undefined for variables that name no network, and for those that name one. */
export function networkProblem(line: string): string | undefined {
  const [, name, value = ''] = /^(PodCIDR|SvcCIDR)=(.*)$/s.exec(line) ?? [];
  const fault = value ? networksFault(value) : undefined;
  return fault === undefined ? undefined : `${name}: ${fault}`;
}

export function networkOf(env: Readonly<Record<string, string>>): ClusterSpec['network'] {
  return { ...(env.PodCIDR ? { podCidr: env.PodCIDR } : {}), ...(env.SvcCIDR ? { serviceCidr: env.SvcCIDR } : {}) };
}

function hostsOf(
  spec: ClusterfileSchema.Cluster['spec'],
  fail: (path: Path, problem: string) => void,
  note: (path: Path, text: string) => void,
): HostSpec[] {
  const attempt = <T>(path: Path, work: () => T): T | undefined => {
    try {
      return work();
    } catch (cause) {
      fail(path, (cause as Error).message);
      return undefined;
    }
  };
  const hosts: HostSpec[] = [];
  for (const [index, group] of spec.hosts.entries()) {
    const at: Path = ['spec', 'hosts', index];
    // Go sealer writes an empty group where a cluster has no workers.
    if (group.ips.length === 0) note([...at, 'ips'], 'has no effect: it is empty');
    const roles = [...new Set(group.roles.filter((role) => role !== 'master0'))];
    if (roles.includes('master') && roles.includes('node'))
      fail([...at, 'roles'], 'a host is master or node, not both');
    if (
      roles.length < new Set(group.roles).size &&
      (hosts.length > 0 || !roles.includes('master') || group.ips.length > 1)
    )
      fail([...at, 'roles'], 'master0 is the first host with the role master: put it first, in a group of its own');
    const taints = (group.taints ?? []).flatMap(
      (taint, number) => attempt([...at, 'taints', number], () => parseTaint(taint)) ?? [],
    );
    for (const [number, text] of group.ips.entries())
      for (const ip of attempt([...at, 'ips', number], () => expandAddresses(text)) ?? []) {
        const address = ip === 'local' ? localAddress() : ip;
        if (hosts.some((host) => host.address === address)) fail([...at, 'ips', number], `${address} is listed twice`);
        const ssh = attempt([...at, 'ssh'], () =>
          sshSettings({ ...userSshConfig(address), ...spec.ssh, ...group.ssh }),
        );
        const { labels = {}, env } = group;
        if (ssh) hosts.push({ address, local: ip === 'local', roles, ssh, env: pairs(env), labels, taints });
      }
  }
  // Where an address is wrong, what follows from it is not worth a line.
  if (!spec.hosts.some((group) => group.roles.includes('master') && group.ips.length > 0))
    fail(['spec', 'hosts'], 'no host has the role master');
  const families = new Set(
    hosts.map((host) => (ipaddr.isValid(host.address) ? ipaddr.parse(host.address).kind() : 'name')),
  );
  if (families.size > 1) fail(['spec', 'hosts'], 'IPv4 and IPv6 addresses are mixed');
  return hosts;
}

/** Paths of keys start from the Clusterfile; what is kept of it may lie elsewhere. */
function trustOf({ keys, ...trust }: TrustDeclaration, file: string): TrustDeclaration {
  const absolute = (key: string) => (key.includes('-----BEGIN') ? key : resolve(dirname(file), key));
  return { ...trust, ...(keys ? { keys: keys.map(absolute) } : {}) };
}

/** `KEY=value` strings; of a key given twice the last counts. */
export function pairs(list: readonly string[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (list ?? []).map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  );
}
