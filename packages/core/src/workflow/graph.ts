/** The phases table laid out over the hosts of a run: which piece of work waits for which. Pure. */
import type { Operation } from './operation.js';
import { type Phase, type PhaseName, phasesOf } from './phases.js';

export interface GraphHost {
  name: string;
  isMaster: boolean;
}

/** One phase on one host, or one cluster phase. */
export interface GraphNode {
  /** `<phase>` or `<phase>/<host>`. */
  id: string;
  phase: Phase & { name: PhaseName };
  host?: string;
  /** Ids of nodes that must be settled before. */
  after: string[];
}

/** @param hosts the first master of the list is master0 */
export function layOut(operation: Operation, hosts: readonly GraphHost[]): GraphNode[] {
  const rows = phasesOf(operation);
  const names = new Set<string>(rows.map((row) => row.name));
  const nodes: GraphNode[] = [];
  for (const phase of rows) {
    const visited: (string | undefined)[] = phase.scope === 'cluster' ? [undefined] : hostsOf(phase, hosts);
    let previous: string | undefined;
    for (const host of visited) {
      const id = nodeId(phase.name, host);
      const after = phase.requires.flatMap((text) => required(text, phase, host, hosts, rows, names));
      if (phase.serial && previous) after.push(previous);
      previous = id;
      nodes.push({ id, phase, ...(host === undefined ? {} : { host }), after: [...new Set(after)] });
    }
  }
  return nodes;
}

function nodeId(phase: string, host?: string): string {
  return host === undefined ? phase : `${phase}/${host}`;
}

function hostsOf(phase: Phase, hosts: readonly GraphHost[]): string[] {
  return select(phase.on ?? 'all', hosts);
}

function select(where: string, hosts: readonly GraphHost[]): string[] {
  const masters = hosts.filter((host) => host.isMaster);
  const sets: Record<string, readonly GraphHost[]> = {
    all: hosts,
    masters,
    master0: masters.slice(0, 1),
    joiners: masters.slice(1),
    workers: hosts.filter((host) => !host.isMaster),
  };
  return (sets[where] ?? []).map((host) => host.name);
}

function required(
  text: string,
  phase: Phase,
  host: string | undefined,
  hosts: readonly GraphHost[],
  rows: readonly Phase[],
  names: ReadonlySet<string>,
): string[] {
  const [name, where] = text.split('@') as [string, string | undefined];
  const row = rows.find((candidate) => candidate.name === name);
  if (!row || !names.has(name)) return [];
  if (row.scope === 'cluster') return [name];
  const visited = hostsOf(row, hosts);
  const wanted = where ? select(where, hosts) : phase.scope === 'host' && host !== undefined ? [host] : visited;
  return wanted.filter((candidate) => visited.includes(candidate)).map((candidate) => nodeId(name, candidate));
}
