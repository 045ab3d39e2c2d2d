/** Links, rules and files of a host as host-state.sh tells them. */

export interface Rule {
  /** iptables, ip6tables, or one of them with its back end. */
  tool: string;
  table: string;
  chain: string;
  /** As iptables-save writes it: `-A CHAIN ...`. */
  line: string;
}

export interface NetworkState {
  links: { name: string; master: string }[];
  addresses: { link: string; address: string }[];
  routes: string[];
  chains: { tool: string; table: string; chain: string }[];
  rules: Rule[];
  /** nftables: `ip nat`. */
  tables: string[];
  /** Of them those without a rule. */
  emptyTables: string[];
  folders: string[];
  paths: string[];
  texts: Map<string, string>;
  /** Lines of what was there before anything of the cluster was, as they are now told. */
  before: Set<string>;
}

export function parseNetworkState(output: string): NetworkState {
  const state: NetworkState = {
    links: [],
    addresses: [],
    routes: [],
    chains: [],
    rules: [],
    tables: [],
    emptyTables: [],
    folders: [],
    paths: [],
    texts: new Map(),
    before: new Set(),
  };
  for (const line of output.split('\n')) {
    const [kind, one = '', two = '', three = ''] = line.split('\t');
    if (kind === 'before') state.before.add(line.slice('before\t'.length));
    else if (kind === 'link') state.links.push({ name: one, master: two });
    else if (kind === 'address') state.addresses.push({ link: one, address: two });
    else if (kind === 'route') state.routes.push(one);
    else if (kind === 'chain') state.chains.push({ tool: one, table: two, chain: three });
    else if (kind === 'rule')
      state.rules.push({ tool: one, table: two, chain: three.split(' ')[1] ?? '', line: three });
    else if (kind === 'table') state.tables.push(`${one} ${two}`);
    else if (kind === 'empty') state.emptyTables.push(`${one} ${two}`);
    else if (kind === 'folder') state.folders.push(one);
    else if (kind === 'path') state.paths.push(one);
    else if (kind === 'text') state.texts.set(one, Buffer.from(two, 'base64').toString());
  }
  return state;
}
