/** Which chains of iptables are a cluster's: by the names Kubernetes has, and by its own addresses where names are shared. */
import type { NetworkState, Rule } from './network-state.js';

/** kube-proxy's and the kubelet's, of all modes and versions (pkg/proxy, pkg/util/iptables). */
const kubernetes =
  /^KUBE-(SERVICES|EXTERNAL-SERVICES|NODEPORTS|POSTROUTING|FORWARD|FIREWALL|PROXY-FIREWALL|MARK-MASQ|MARK-DROP|IPTABLES-HINT|KUBELET-CANARY|PROXY-CANARY|NODE-PORT|LOAD-BALANCER|SOURCE-RANGES-FIREWALL|IPVS-FILTER|IPVS-OUT-FILTER|(SVC|SVL|SEP|EXT|FW|XLB)-[A-Z2-7]{16})$/;
const flannel = /^FLANNEL-(POSTRTG|FWD)$/;
/** Made by CNI plugins, for other engines too. */
const hostPorts = /^CNI-HOSTPORT-/;
const perContainer = /^CNI-(DN-)?[0-9a-f]{5,}$/;
/** What looks like a cluster's, and is listed when it stays. */
export const alike = /^(KUBE|CNI|FLANNEL|cali|CILIUM|WEAVE)-/;

export const chainKey = ({ tool, table, chain }: Omit<Rule, 'line'>) => `chain\t${tool}\t${table}\t${chain}`;

/** Keys of the chains that are ours. */
export function ownChains(state: NetworkState, mentions: (text: string) => boolean): Set<string> {
  const inside = new Map<string, string[]>();
  for (const rule of state.rules) inside.set(chainKey(rule), [...(inside.get(chainKey(rule)) ?? []), rule.line]);
  const made = state.chains.filter((chain) => !state.before.has(chainKey(chain)));
  const own = new Set(
    made
      .filter((chain) => {
        const lines = inside.get(chainKey(chain)) ?? [];
        if (kubernetes.test(chain.chain)) return true;
        if (flannel.test(chain.chain)) return lines.length === 0 || lines.some(mentions);
        return perContainer.test(chain.chain) && lines.some(mentions);
      })
      .map(chainKey),
  );
  for (const chain of made.filter((one) => hostPorts.test(one.chain))) {
    // Every engine that publishes ports goes through these: the last one out takes them along.
    const ports = state.rules.filter((rule) => rule.tool === chain.tool && rule.chain === 'CNI-HOSTPORT-DNAT');
    if (ports.every((rule) => jumpsInto(rule, own))) own.add(chainKey(chain));
  }
  return own;
}

export function jumpsInto(rule: Rule, own: ReadonlySet<string>): boolean {
  const target = / -[jg] (\S+)/.exec(rule.line)?.[1];
  return target !== undefined && own.has(chainKey({ ...rule, chain: target }));
}

/** Input of iptables-restore --noflush, by tool: only what is ours is named in it. */
export function removalOf(state: NetworkState, own: ReadonlySet<string>): Map<string, string> {
  const inputs = new Map<string, string>();
  for (const tool of new Set(state.chains.map((chain) => chain.tool))) {
    let text = '';
    for (const table of new Set(state.chains.filter((chain) => chain.tool === tool).map((chain) => chain.table))) {
      const here = (one: { tool: string; table: string }) => one.tool === tool && one.table === table;
      const jumps = state.rules.filter((rule) => here(rule) && !own.has(chainKey(rule)) && jumpsInto(rule, own));
      const chains = state.chains.filter((chain) => here(chain) && own.has(chainKey(chain))).map(({ chain }) => chain);
      if (!jumps.length && !chains.length) continue;
      const lines = [
        ...jumps.map((rule) => rule.line.replace(/^-A /, '-D ')),
        ...chains.map((chain) => `-F ${chain}`),
        ...chains.map((chain) => `-X ${chain}`),
      ];
      text += `*${table}\n${lines.join('\n')}\nCOMMIT\n`;
    }
    if (text) inputs.set(tool, text);
  }
  return inputs;
}
