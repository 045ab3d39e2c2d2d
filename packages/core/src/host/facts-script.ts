/** Reads all facts of a host in one round trip: `key=value` lines. */

import type { Privilege } from './envelope.js';
import type { HostFacts } from './facts.js';

/** Programs every host must have (design.md section 7); iptables or nft is checked apart. */
export const requiredTools = ['systemctl', 'tar', 'gzip', 'sha256sum', 'ip', 'mount', 'flock', 'grep', 'find'] as const;

export const factsScript = `
set +e
echo "now=$(date +%s%3N)"
echo "hostname=$(cat /proc/sys/kernel/hostname)"
echo "machine=$(uname -m)"
echo "kernel=$(uname -r)"
. /etc/os-release 2>/dev/null
echo "osId=\${ID:-}"; echo "osVersion=\${VERSION_ID:-}"; echo "osName=\${PRETTY_NAME:-}"
echo "cpus=$(nproc)"
echo "memory=$(awk '/^MemTotal:/{print $2*1024}' /proc/meminfo)"
d=/var/lib/sealer/blobs; while [ ! -d "$d" ]; do d=$(dirname "$d"); done
echo "disk=$(df -Pk "$d" | awk 'NR==2{printf "%.0f", $4*1024}')"
echo "uid=$(id -u)"
[ -d /run/systemd/system ] && echo systemd=1
[ -e /sys/fs/cgroup/cgroup.controllers ] && echo cgroup=2 || echo cgroup=1
caps=$(awk '/^CapBnd:/{print $2}' /proc/self/status); echo "sysresource=$(( (0x\${caps:-0} >> 24) & 1 ))"
[ -w /proc/sys/net/netfilter/nf_conntrack_max ] && echo "$(cat /proc/sys/net/netfilter/nf_conntrack_max)" 2>/dev/null > /proc/sys/net/netfilter/nf_conntrack_max && echo conntrack=1
[ "$(wc -l < /proc/swaps)" -gt 1 ] && echo swap=1
echo "addresses=$(ip -o addr show scope global | awk '{split($4,a,"/"); printf "%s ", a[1]}')"
[ -n "$(ip route show default)" ] && echo route=1
for t in ${requiredTools.join(' ')}; do command -v $t > /dev/null || printf 'missing=%s\\n' $t; done
command -v iptables > /dev/null || command -v nft > /dev/null || echo 'missing=iptables or nft'
true
`;

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
