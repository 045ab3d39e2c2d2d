/** Which targets a NO_PROXY leaves to a proxy, as Go's net/http reads it (golang.org/x/net/http/httpproxy). */
import { BlockList, isIP } from 'node:net';

/** @param targets names, addresses and networks (by their first address) */
export function leftToProxy(noProxy: string, targets: readonly string[]): string[] {
  const entries = noProxy
    .split(/[\s,]+/)
    .map((entry) => entry.toLowerCase())
    .filter(Boolean);
  return targets.filter((target) => !entries.some((entry) => covers(entry, target.toLowerCase())));
}

function covers(entry: string, target: string): boolean {
  if (entry === '*') return true;
  const [address = ''] = target.split('/');
  const family = isIP(address);
  if (family === 0) {
    const name = entry.replace(/:\d+$/, '').replace(/^\*/, '');
    return name.startsWith('.') ? target.endsWith(name) : target === name || target.endsWith(`.${name}`);
  }
  const [base = '', prefix] = entry.replace(/^\[(.*)\](:\d+)?$/, '$1').split('/');
  const plain = isIP(base) ? base : base.replace(/:\d+$/, '');
  if (isIP(plain) !== family) return false;
  const bits = family === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  if (!(Number.isInteger(length) && length >= 0 && length <= bits)) return false;
  const list = new BlockList();
  list.addSubnet(plain, length, family === 6 ? 'ipv6' : 'ipv4');
  return list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
