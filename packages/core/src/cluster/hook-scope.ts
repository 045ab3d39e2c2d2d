/**
 * `scope` and `on` of a Plugin document: which hosts it means. Both generations of Go sealer are read: roles with `|`
 * (`/` stands in its guide), addresses with commas and ranges, one label `key=value`.
 */
import ipaddr from 'ipaddr.js';
import { suggest } from '../errors/suggest.js';
import { expandAddresses } from './addresses.js';
import type { HostSpec } from './cluster-spec.js';

/** Words that mean something in every cluster, also where they select nothing. */
const everywhere = ['all', 'master', 'master0', 'node'];

/** The words of a scope; a label and a range stay whole. */
export function scopeWords(text: string): string[] {
  return (
    text
      .split(/[|,;\s]+/)
      .filter(Boolean)
      // A slash is part of a label's key, and of nothing else that is one word.
      .flatMap((word) => (word.includes('=') ? [word] : word.split('/').filter(Boolean)))
  );
}

export interface SelectableHost {
  address: string;
  roles: readonly string[];
  labels: Readonly<Record<string, string>>;
  /** Known when the host has been reached. */
  hostname?: string;
}

export function selects(word: string, host: SelectableHost, isMaster0: boolean): boolean {
  if (word === 'all') return true;
  if (word === 'master0') return isMaster0;
  const isMaster = host.roles.includes('master');
  if (word === 'node') return !isMaster;
  if (host.roles.includes(word) || host.hostname === word.toLowerCase()) return true;
  const equals = word.indexOf('=');
  if (equals !== -1) return hasLabel(host, word.slice(0, equals), word.slice(equals + 1));
  return isAddress(word) && expandAddresses(word).includes(host.address);
}

/** As `kubectl -l` would find it: declared labels, and the roles as Kubernetes shows them. */
function hasLabel(host: SelectableHost, key: string, value: string): boolean {
  // `==` is the same to Kubernetes.
  const wanted = value.replace(/^=/, '');
  if (key === 'role' || key === 'roles') return host.roles.includes(wanted);
  const role = /^node-role\.kubernetes\.io\/(.+)$/.exec(key)?.[1];
  if (role !== undefined)
    return wanted === '' && (host.roles.includes(role) || (role === 'control-plane' && host.roles.includes('master')));
  if (key === 'kubernetes.io/hostname') return host.hostname === wanted;
  return Object.hasOwn(host.labels, key) && host.labels[key] === wanted;
}

function isAddress(word: string): boolean {
  return /[.:]/.test(word) && word.split('-').every((part) => ipaddr.isValid(part));
}

/** Why a word cannot be right in any cluster: an address that is none, a range that ends before it begins. */
export function scopeFault(word: string): string | undefined {
  if (word.includes('=')) {
    if (/!=/.test(word)) return `"${word}" is no key=value: one label that is there is read`;
    return undefined;
  }
  if (!/^[\d.:a-f-]+$/i.test(word) || !/[.:]/.test(word)) return undefined;
  try {
    expandAddresses(word);
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}

/** What a scope misses in this cluster, as a sentence; undefined when it is as it should be. */
export function scopeProblem(words: readonly string[], hosts: readonly SelectableHost[]): string | undefined {
  if (words.length === 0) return undefined;
  const master0 = hosts.findIndex((host) => host.roles.includes('master'));
  const hits = (word: string) => hosts.some((host, index) => selects(word, host, index === master0));
  // A host name is only known once hosts answer.
  const known = (word: string) => hosts.some((host) => host.hostname !== undefined) || !isHostname(word);
  const missing = words.filter((word) => !hits(word) && known(word));
  const idle = missing.filter((word) => !everywhere.includes(word));
  if (missing.length < words.length && idle.length === 0) return undefined;
  const roles = [...new Set(hosts.flatMap((host) => host.roles))];
  const [first = ''] = idle.length > 0 ? idle : missing;
  const near = suggest(first, [...roles, ...everywhere]);
  const list = (idle.length > 0 ? idle : missing).map((word) => `"${word}"`).join(', ');
  return `${list} selects no host of the cluster; its roles are ${roles.join(', ')}, and all and master0 can be said${near ? `; did you mean ${near}?` : ''}`;
}

/** Roles seldom have a digit or a dot, names of machines nearly always do. */
function isHostname(word: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/i.test(word) && /[\d.]/.test(word) && !isAddress(word) && word !== 'master0';
}

export function selectable({ address, roles, labels }: HostSpec): SelectableHost {
  return { address, roles, labels };
}
