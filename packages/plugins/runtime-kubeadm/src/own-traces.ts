/**
 * What of a host's links, routes, rules and files is this cluster's: not there before, and with an address of its pod or
 * service network, or under a name that only Kubernetes gives. All else stays, and what looks alike is listed.
 */
import type { Network } from '@sealer/core';
import { mentioning } from './mentioning.js';
import type { NetworkState } from './network-state.js';
import { alike, chainKey, jumpsInto, ownChains, removalOf } from './own-chains.js';

export interface OwnTraces {
  /** Lines for remove-traces.sh. */
  items: string[];
  /** Input of iptables-restore --noflush, by tool. */
  rules: Map<string, string>;
  /** What looks like a cluster's and is not this one's. */
  left: string[];
}

export function ownTraces(state: NetworkState, networks: readonly Network[]): OwnTraces {
  const mentions = mentioning(networks);
  const links = ownLinks(state, mentions);
  const chains = ownChains(state, mentions);
  const files = ownFiles(state, mentions);
  const gone = new Set(files);
  const folders = state.folders
    .filter((folder) => !state.before.has(`folder\t${folder}`))
    .filter((folder) => !state.paths.some((path) => path.startsWith(`${folder}/`) && !gone.has(path)));
  const routes = state.routes.filter(
    (route) => !state.before.has(`route\t${route}`) && mentions(route.split(' ').find((word) => /\//.test(word)) ?? ''),
  );
  return {
    items: [
      ...links.map((name) => `link\t${name}`),
      ...routes.map((route) => `route\t${route}`),
      ...files.map((path) => `file\t${path}`),
      ...folders.sort((a, b) => b.length - a.length).map((path) => `folder\t${path}`),
      ...state.emptyTables
        .filter((table) => !state.before.has(`table\t${table.replace(' ', '\t')}`))
        .map((table) => `table\t${table.replace(' ', '\t')}`),
    ],
    rules: removalOf(state, chains),
    left: [
      ...state.links
        .filter(
          ({ name }) => /^(cni|flannel|veth|cali|tunl|cilium|kube|nodelocal|weave)/.test(name) && !links.includes(name),
        )
        .map(({ name }) => `interface ${name}`),
      ...state.chains
        .filter((chain) => alike.test(chain.chain) && !chains.has(chainKey(chain)))
        .map(({ tool, table, chain }) => `chain ${chain} of ${tool}, table ${table}`),
      ...state.rules
        .filter((rule) => /--comment "?(kubernetes|cali|flanneld)/.test(rule.line))
        .filter((rule) => !chains.has(chainKey(rule)) && !alike.test(rule.chain) && !jumpsInto(rule, chains))
        .map(({ tool, table, line }) => `rule of ${tool}, table ${table}: ${line}`),
      ...state.paths.filter((path) => !gone.has(path)),
    ],
  };
}

function ownLinks(state: NetworkState, mentions: (text: string) => boolean): string[] {
  const before = new Set([...state.before].flatMap((line) => /^link\t([^\t]*)/.exec(line)?.[1] ?? []));
  const own = new Set(
    state.addresses.filter(({ address }) => mentions(address.split('/')[0] ?? '')).map(({ link }) => link),
  );
  return state.links
    .filter(({ name, master }) => !before.has(name) && (own.has(name) || (own.has(master) && !before.has(master))))
    .map(({ name }) => name);
}

/** A file that names an address of the cluster, and, of the leases of a pod network, what lies beside them. */
function ownFiles(state: NetworkState, mentions: (text: string) => boolean): string[] {
  const made = state.paths.filter((path) => !state.before.has(`path\t${path}`));
  const own = new Set(
    made.filter((path) => mentions(path.split('/').at(-1) ?? '') || mentions(state.texts.get(path) ?? '')),
  );
  const leases = (path: string) => /^\/var\/lib\/cni\/networks\/[^/]+\//.exec(path)?.[0];
  const folders = new Set([...own].map(leases).filter((folder) => folder !== undefined));
  return made.filter((path) => own.has(path) || folders.has(leases(path) ?? ''));
}
