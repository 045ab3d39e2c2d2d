# shellcheck shell=bash
# Limits of the kernel, control groups, SELinux.

at_least() {
  local value
  { read -r value < "/proc/sys/$1"; } 2> /dev/null || return
  [ "$value" -ge "$2" ] || found "$3" "${1//\//.}" "$value" "$2"
}
look_at_kernel() {
  local name groups
  at_least fs/inotify/max_user_instances 128 kernel-limit
  at_least fs/inotify/max_user_watches 8192 kernel-limit
  at_least fs/file-max 65536 kernel-limit
  at_least kernel/pid_max 32768 kernel-limit
  at_least net/netfilter/nf_conntrack_max 32768 kernel-limit
  for name in pid net mnt ipc uts cgroup; do at_least "user/max_${name}_namespaces" 64 namespaces; done
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then groups=$(cat /sys/fs/cgroup/cgroup.controllers)
  else groups=$(awk '$4 == 1 {print $1}' /proc/cgroups | tr '\n' ' '); fi
  for name in cpu memory pids; do case " $groups " in *" $name "*) ;; *) found controller-missing "$name" "$groups" ;; esac; done
  name=$(cat /sys/fs/selinux/enforce 2> /dev/null)
  [ "$name" != 1 ] || found selinux
}
