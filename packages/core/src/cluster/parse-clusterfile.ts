/** Clusterfile text to a validated ClusterSpec. Every error of the file is reported, each with its place. */
import { dirname, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import type { SealerError } from '../errors/sealer-error.js';
import { suggest } from '../errors/suggest.js';
import type { ClusterfileSchema } from '../generated/types.js';
import type { TrustDeclaration } from '../trust/trust-settings.js';
import { expandAddresses, localAddress } from './addresses.js';
import type { ClusterSpec, HostSpec, PluginDocument, RuntimeDocument } from './cluster-spec.js';
import { clusterfileErrors } from './clusterfile-errors.js';
import { pluginDocument } from './plugin-documents.js';
import { sshSettings } from './ssh-settings.js';
import { parseTaint } from './taints.js';
import { userSshConfig } from './user-ssh-config.js';
import { checkSchema, type LocatedDocument, readDocuments } from './yaml-documents.js';

const runtimeKinds = [
  'InitConfiguration',
  'JoinConfiguration',
  'ClusterConfiguration',
  'KubeletConfiguration',
  'KubeProxyConfiguration',
];
const laterKinds = ['Config', 'Application'];
const ownKinds = ['Cluster', 'Plugin'];

/** @param file name for messages. @throws CLUSTERFILE_INVALID with every error in `errors` */
export function parseClusterfile(text: string, file: string): ClusterSpec {
  const errors: SealerError[] = [];
  const hooks: PluginDocument[] = [];
  const runtimeDocuments: RuntimeDocument[] = [];
  let cluster: ClusterSpec | undefined;
  let clusters = 0;
  for (const document of readDocuments(text, file, errors)) {
    const kind = String(document.value.kind ?? '');
    const apiVersion = String(document.value.apiVersion ?? '');
    const position = document.at(['kind']);
    if (kind === 'Cluster') {
      clusters += 1;
      if (clusters > 1)
        errors.push(
          clusterfileErrors.CLUSTERFILE_FIELD(
            { path: 'kind', problem: 'there is a second Cluster document' },
            { position },
          ),
        );
      else if (/\/v1/.test(apiVersion))
        errors.push(clusterfileErrors.CLUSTERFILE_VERSION({ apiVersion }, { position: document.at(['apiVersion']) }));
      else if (checkSchema(document, 'cluster', errors)) cluster = clusterOf(document, errors);
      else checkAddresses(document, errors);
    } else if (kind === 'Plugin') {
      const hook = pluginDocument(document, file, errors);
      if (hook) hooks.push(hook);
    } else if (runtimeKinds.includes(kind)) {
      const { apiVersion: _version, kind: _kind, ...content } = document.value;
      runtimeDocuments.push({ apiVersion, kind, content, source: `${file}:${position.line}` });
    } else if (laterKinds.includes(kind))
      errors.push(clusterfileErrors.CLUSTERFILE_KIND_UNAVAILABLE({ kind }, { position }));
    else
      errors.push(
        clusterfileErrors.CLUSTERFILE_KIND_UNKNOWN(
          { kind, suggestion: suggest(kind, [...ownKinds, ...runtimeKinds]) },
          { position },
        ),
      );
  }
  if (!clusters && !errors.length)
    errors.push(
      clusterfileErrors.CLUSTERFILE_FIELD(
        { path: 'the file', problem: 'it has no document of kind Cluster' },
        { position: { file, line: 1, column: 1 } },
      ),
    );
  if (errors.length || !cluster)
    throw clusterfileErrors.CLUSTERFILE_INVALID({ file, count: errors.length }, { errors });
  return { ...cluster, hooks, runtimeDocuments };
}

/** What can be said of a document that has other mistakes: all of them are reported at once. */
function checkAddresses(document: LocatedDocument, errors: SealerError[]): void {
  const { hosts } = (document.value.spec ?? {}) as { hosts?: unknown };
  for (const [index, group] of (Array.isArray(hosts) ? hosts : []).entries()) {
    const { ips } = (group ?? {}) as { ips?: unknown };
    for (const [number, text] of (Array.isArray(ips) ? ips : []).entries()) {
      if (typeof text !== 'string') continue;
      const path = ['spec', 'hosts', index, 'ips', number];
      try {
        expandAddresses(text);
      } catch (cause) {
        const problem = (cause as Error).message;
        errors.push(
          clusterfileErrors.CLUSTERFILE_FIELD({ path: path.join('.'), problem }, { position: document.at(path) }),
        );
      }
    }
  }
}

function clusterOf(document: LocatedDocument, errors: SealerError[]): ClusterSpec {
  const { metadata, spec } = document.value as unknown as ClusterfileSchema.Cluster;
  const fail = (path: (string | number)[], problem: string) =>
    errors.push(
      clusterfileErrors.CLUSTERFILE_FIELD({ path: path.join('.'), problem }, { position: document.at(path) }),
    );
  const attempt = <T>(path: (string | number)[], work: () => T): T | undefined => {
    try {
      return work();
    } catch (cause) {
      fail(path, (cause as Error).message);
      return undefined;
    }
  };
  const hosts: HostSpec[] = [];
  for (const [index, group] of spec.hosts.entries()) {
    const at = ['spec', 'hosts', index];
    if (group.roles.includes('master') && group.roles.includes('node'))
      fail([...at, 'roles'], 'a host is master or node, not both');
    const taints = (group.taints ?? []).flatMap(
      (taint, number) => attempt([...at, 'taints', number], () => parseTaint(taint)) ?? [],
    );
    for (const [number, text] of group.ips.entries()) {
      for (const ip of attempt([...at, 'ips', number], () => expandAddresses(text)) ?? []) {
        const address = ip === 'local' ? localAddress() : ip;
        if (hosts.some((host) => host.address === address)) fail([...at, 'ips', number], `${address} is listed twice`);
        const ssh = attempt([...at, 'ssh'], () =>
          sshSettings({ ...userSshConfig(address), ...spec.ssh, ...group.ssh }),
        );
        if (ssh)
          hosts.push({
            address,
            local: ip === 'local',
            roles: group.roles,
            ssh,
            env: pairs(group.env),
            labels: group.labels ?? {},
            taints,
          });
      }
    }
  }
  if (hosts.length && !hosts.some((host) => host.roles.includes('master')))
    fail(['spec', 'hosts'], 'no host has the role master');
  const families = new Set(
    hosts.map((host) => (ipaddr.isValid(host.address) ? ipaddr.parse(host.address).kind() : 'name')),
  );
  if (families.size > 1) fail(['spec', 'hosts'], 'IPv4 and IPv6 addresses are mixed');
  const env = pairs(spec.env);
  return {
    name: metadata.name,
    image: spec.image,
    env,
    hosts,
    hostAliases: spec.hostAliases ?? [],
    registry: {
      domain: spec.registry?.localRegistry?.domain ?? 'sea.hub',
      port: Number(spec.registry?.localRegistry?.port ?? 5000),
    },
    ...(spec.appNames ? { launchApps: spec.appNames } : {}),
    ...(spec.cmd ? { commands: spec.cmd } : {}),
    ...(spec.containerRuntime ? { containerRuntime: spec.containerRuntime.type } : {}),
    plugins: spec.plugins ?? [],
    ...(spec.trust ? { trust: trustOf(spec.trust, document.at(['spec', 'trust']).file) } : {}),
    hooks: [],
    runtimeDocuments: [],
    network: { ...(env.PodCIDR ? { podCidr: env.PodCIDR } : {}), ...(env.SvcCIDR ? { serviceCidr: env.SvcCIDR } : {}) },
  };
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
