/** Addresses as users write them: one, a list with commas, ranges `first-last`, `local`. */
import { hostname, networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** More than this in one range is a slip of the pen. */
const maxRange = 1024;

/** @throws Error with a plain reason */
export function expandAddresses(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .flatMap((part) => (part.includes('-') ? expandRange(part) : [canonical(part)]));
}

function canonical(text: string): string {
  if (text === 'local') return text;
  if (!ipaddr.isValid(text) || (ipaddr.IPv4.isIPv4(text) && !ipaddr.IPv4.isValidFourPartDecimal(text))) {
    throw new Error(`"${text}" is no IP address`);
  }
  return ipaddr.parse(text).toString();
}

function expandRange(text: string): string[] {
  const [from, to, more] = text.split('-').map((part) => part.trim());
  if (!from || !to || more !== undefined) throw new Error(`"${text}" is no range first-last`);
  const first = ipaddr.parse(canonical(from));
  const last = ipaddr.parse(canonical(to));
  if (first.kind() !== last.kind()) throw new Error(`"${text}" mixes IPv4 and IPv6`);
  const [low, high] = [toNumber(first), toNumber(last)];
  if (low > high) throw new Error(`"${text}" ends before it begins`);
  if (high - low >= BigInt(maxRange)) throw new Error(`"${text}" has more than ${maxRange} addresses`);
  const length = first.toByteArray().length;
  return Array.from({ length: Number(high - low) + 1 }, (_, index) => fromNumber(low + BigInt(index), length));
}

function toNumber(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  return address.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function fromNumber(value: bigint, length: number): string {
  const bytes = Array.from({ length }, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 255n));
  return ipaddr.fromByteArray(bytes).toString();
}

/** Networks with their prefix, with commas for several families; undefined when the text is that. */
export function networksFault(text: string): string | undefined {
  for (const part of text.split(',').map((one) => one.trim()))
    if (!/^[^/]+\/\d{1,3}$/.test(part) || !ipaddr.isValidCIDR(part))
      return `"${part}" is no network such as 10.244.0.0/16`;
  return undefined;
}

/** The address other hosts know this machine by. */
export function localAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find((address) => !address.internal && address.family === 'IPv4')?.address ?? hostname();
}
