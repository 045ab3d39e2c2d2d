/** What sealer knows of a host before it plans. Plain data: facts are fingerprinted in plan.json. */
export interface HostFacts {
  hostname: string;
  /** OCI name of the processor architecture: amd64, arm64. */
  architecture: string;
  /** ID and VERSION_ID of /etc/os-release. */
  os: { id: string; version: string; name: string };
  kernel: string;
  cpus: number;
  memoryBytes: number;
  /** Free bytes of the file system that will hold /var/lib/sealer. */
  diskFreeBytes: number;
  /** True when the commands run as root, directly or by sudo. */
  root: boolean;
  systemd: boolean;
  cgroupVersion: 1 | 2;
  /** False where a bounding set lacks it, as in some containers: a negative oom_score_adj is refused. */
  capSysResource: boolean;
  /** False in a container-like host whose /proc/sys/net/netfilter/nf_conntrack_max cannot be written. */
  canSetConntrack: boolean;
  swap: boolean;
  /** Milliseconds the host's clock is ahead of the operator's (negative: behind). */
  clockSkewMs: number;
  /** IPv4 and IPv6 addresses of its interfaces, loopback left out. */
  addresses: string[];
  /** Names of the programs of preflight's list that are missing. */
  missingTools: string[];
  defaultRoute: boolean;
}
