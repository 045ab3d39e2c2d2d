/** What read-facts.sh tells of a host, in one round trip: `key=value` lines. */

import type { Privilege } from './envelope.js';
import type { HostFacts } from './facts.js';

/** Programs every host must have (design.md section 7); iptables or nft is checked apart. */
export const requiredTools = ['systemctl', 'tar', 'gzip', 'sha256sum', 'ip', 'mount', 'flock', 'grep', 'find'] as const;

const architectures: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm' };

/** @param now the operator's clock in the middle of the round trip, in ms */
export function parseFacts(text: string, now: number, privilege: Privilege['kind']): HostFacts {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at), [...(values.get(line.slice(0, at)) ?? []), line.slice(at + 1)]);
  }
  const one = (key: string) => values.get(key)?.[0] ?? '';
  return {
    hostname: one('hostname'),
    architecture: architectures[one('machine')] ?? one('machine'),
    os: { id: one('osId'), version: one('osVersion'), name: one('osName') },
    kernel: one('kernel'),
    cpus: Number(one('cpus')),
    memoryBytes: Number(one('memory')),
    diskFreeBytes: Number(one('disk')),
    root: one('uid') === '0' || privilege !== 'root',
    systemd: one('systemd') === '1',
    cgroupVersion: one('cgroup') === '2' ? 2 : 1,
    capSysResource: one('sysresource') === '1',
    canSetConntrack: one('conntrack') === '1',
    swap: one('swap') === '1',
    clockSkewMs: Math.round(Number(one('now')) - now),
    addresses: one('addresses').split(' ').filter(Boolean),
    missingTools: values.get('missing') ?? [],
    defaultRoute: one('route') === '1',
  };
}
