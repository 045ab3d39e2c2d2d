/** Networks written as address/prefix. */
import { BlockList } from 'node:net';

export interface Network {
  cidr: string;
  base: string;
  prefix: number;
  family: 'ipv4' | 'ipv6';
  addresses: BlockList;
}

/** undefined when the text is no network. */
export function parseCidr(text: string): Network | undefined {
  const [base = '', prefix = ''] = text.split('/');
  const family = base.includes(':') ? 'ipv6' : 'ipv4';
  const addresses = new BlockList();
  try {
    if (!/^\d+$/.test(prefix)) return undefined;
    addresses.addSubnet(base, Number(prefix), family);
  } catch {
    return undefined;
  }
  return { cidr: text, base, prefix: Number(prefix), family, addresses };
}

export function contains({ addresses, family }: Network, address: string): boolean {
  try {
    return family === (address.includes(':') ? 'ipv6' : 'ipv4') && addresses.check(address, family);
  } catch {
    return false;
  }
}

export function overlap(one: Network, other: Network): boolean {
  return contains(one, other.base) || contains(other, one.base);
}
