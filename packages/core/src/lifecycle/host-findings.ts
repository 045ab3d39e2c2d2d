/** What the preflight says of each finding of look-at-host.sh. A problem is refused, a warning is said. */

export interface FindingKind {
  severity: 'problem' | 'warning';
  /** @param seen the words after the id */
  says: (...seen: string[]) => string;
  remedy: (...seen: string[]) => string;
}

const problem = (says: FindingKind['says'], remedy: FindingKind['remedy']): FindingKind => ({
  severity: 'problem',
  says,
  remedy,
});
const warning = (says: FindingKind['says'], remedy: FindingKind['remedy']): FindingKind => ({
  severity: 'warning',
  says,
  remedy,
});

export const findingKinds: Readonly<Record<string, FindingKind>> = {
  'name-elsewhere': problem(
    (name, at, planned, line) => `/etc/hosts:${line} says ${name} is ${at}; it has to be ${planned}`,
    (name) => `take ${name} out of that line`,
  ),
  'name-in-dns': problem(
    (name, at, planned) => `DNS, which is asked before /etc/hosts, says ${name} is ${at}; it has to be ${planned}`,
    () => 'put `files` before `dns` in the line hosts: of /etc/nsswitch.conf',
  ),
  'dns-first': warning(
    (order) => `/etc/nsswitch.conf asks DNS before /etc/hosts (hosts: ${order})`,
    () => 'put `files` before `dns`',
  ),
  'hosts-file-unused': problem(
    (order) => `/etc/nsswitch.conf does not ask /etc/hosts for names (hosts: ${order})`,
    () => 'write `files` first in the line hosts:',
  ),
  'own-name-elsewhere': warning(
    (name, at, line) => `/etc/hosts:${line} says its own name ${name} is ${at}, which no interface of it has`,
    () => 'correct the line',
  ),
  'localhost-elsewhere': problem(
    (at, line) => `/etc/hosts:${line} says localhost is ${at}`,
    () => 'take localhost out of that line',
  ),
  'localhost-missing': problem(
    () => 'localhost has no address',
    () => 'add the line `127.0.0.1 localhost` to /etc/hosts',
  ),
  'resolver-missing': problem(
    (file) => `${file} is missing, of which pods get their DNS servers`,
    () => 'make it, with a line nameserver; where there is no DNS server, any address will do',
  ),
  'resolver-empty': problem(
    (file) => `${file} names no DNS server, and the cluster's DNS does not start without`,
    () => 'add a line nameserver; where there is no DNS server, any address will do',
  ),
  'resolver-loop': problem(
    (file, server) => `${file} names ${server}: in a pod that is the pod, and the cluster's DNS would ask itself`,
    () => 'name the servers behind it there, or give the kubelet another file (resolvConf in KubeletConfiguration)',
  ),
  'folder-is-file': problem(
    (path, at) => `${at} is a file; ${path} has to be a folder`,
    () => 'move it away',
  ),
  'folder-read-only': problem(
    (path, at) => `nothing can be written to ${path}: ${at} is read-only`,
    () => 'mount it for writing, or mount a disk there',
  ),
  'folder-noexec': problem(
    (path, target) => `programs cannot run from ${path}: ${target} is mounted with noexec`,
    (_, target) => `mount -o remount,exec ${target}, and correct /etc/fstab`,
  ),
  'folder-layers': problem(
    (path, kind) => `layers of containers cannot be put together in ${path}: its file system is ${kind}`,
    (path) => `mount a disk with ext4 or xfs at ${path}`,
  ),
  'findmnt-missing': warning(
    () => 'how its disks are mounted was not looked at: findmnt is missing',
    () => 'install util-linux',
  ),
  'folder-in-memory': warning(
    (path, target) => `${path} is in memory (tmpfs at ${target}): it is gone after a reboot`,
    () => 'mount a disk there',
  ),
  other: problem(
    (path, of) => `${path} is there: ${of}`,
    () => 'uninstall that with its own program, or choose another host',
  ),
  'network-taken': problem(
    (file, ours) => `${file} comes before ${ours}: pods would get their network by it`,
    (file) => `move ${file} away, with what installed it`,
  ),
  'network-unknown': warning(
    (file) => `${file} is there: pods get their network by it until the image's own network is installed`,
    (file) => `move ${file} away, unless it is wanted`,
  ),
  'udp-port-in-use': problem(
    (port) => `UDP port ${port} is in use`,
    (port) => `see who has it (ss -ulnp sport = :${port}; ip -d link show type vxlan) and end that`,
  ),
  firewall: warning(
    (port) => `a firewall is at work; whether it lets UDP port ${port} through between hosts cannot be seen from here`,
    (port) => `let UDP port ${port} through between the hosts`,
  ),
  'kernel-limit': warning(
    (name, value, least) => `${name} is ${value}, which is little (usual are ${least} and more)`,
    (name) => `raise it: sysctl -w ${name}=..., and in /etc/sysctl.d`,
  ),
  namespaces: problem(
    (name, value) => `${name} is ${value}: containers cannot be started`,
    (name) => `raise it: sysctl -w ${name}=15000, and in /etc/sysctl.d`,
  ),
  'controller-missing': problem(
    (name, groups) => `the control group controller ${name} is missing (there are: ${groups})`,
    (name) => `switch it on at boot, as by cgroup_enable=${name} on the kernel's command line`,
  ),
  selinux: warning(
    () => 'SELinux enforces its policy, under which nobody has tried this',
    () => 'if services fail with "Permission denied", setenforce 0, or give /var/lib/sealer a label programs may have',
  ),
  'proxy-between': problem(
    (place, proxy, targets) => `${place} puts the proxy ${proxy} before ${targets}, which are in the cluster`,
    (_place, _proxy, targets) => `add them to NO_PROXY there: ${targets}`,
  ),
};
