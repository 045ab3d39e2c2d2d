/**
 * config.json of the OCI runtime specification (config.md, config-linux.md) for one RUN. No cgroups, limits or oom score: those
 * ask for rights that a build need not have, and nothing of the build outlives it.
 */
export interface SpecMount {
  destination: string;
  type: string;
  source: string;
  options: string[];
}

export interface SpecInput {
  args: readonly string[];
  /** `KEY=value`. */
  env: readonly string[];
  /** Absolute path of the root. */
  root: string;
  /** Beside those that every command gets. */
  mounts: readonly SpecMount[];
  network: 'default' | 'none' | 'host';
  /** In a user namespace, where less can be mounted. */
  userNamespace: boolean;
}

/** What a command may do as root: enough for package managers, not for making devices or loading modules. */
export const capabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

export function systemMounts(userNamespace: boolean): SpecMount[] {
  const apart = ['nosuid', 'noexec', 'nodev'];
  const mount = (destination: string, type: string, source: string, options: string[]) => ({
    destination,
    type,
    source,
    options,
  });
  return [
    mount('/proc', 'proc', 'proc', apart),
    mount('/dev', 'tmpfs', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620']),
    mount('/dev/shm', 'tmpfs', 'shm', [...apart, 'mode=1777', 'size=65536k']),
    // sysfs belongs to the network namespace, which may be the machine's own.
    userNamespace
      ? mount('/sys', 'bind', '/sys', ['rbind', ...apart, 'ro'])
      : mount('/sys', 'sysfs', 'sysfs', [...apart, 'ro']),
  ];
}

export function runtimeSpec({ args, env, root, mounts, network, userNamespace }: SpecInput): Record<string, unknown> {
  const namespaces = ['pid', 'ipc', 'uts', 'mount', ...(network === 'none' ? ['network'] : [])];
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args,
      env,
      cwd: '/',
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: false,
    },
    root: { path: root, readonly: false },
    hostname: 'build',
    mounts: [...systemMounts(userNamespace), ...mounts],
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      maskedPaths: [
        '/proc/acpi',
        '/proc/kcore',
        '/proc/keys',
        '/proc/latency_stats',
        '/proc/sched_debug',
        '/proc/scsi',
        '/proc/timer_list',
        '/proc/timer_stats',
        '/sys/firmware',
      ],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}
