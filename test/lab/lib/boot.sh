# shellcheck shell=bash
# Runs as a host's first process inside its new namespaces, and becomes its systemd.

boot() {
  local i=$1 disk=$HOSTS/$1 root=$HOSTS/$1/root
  set -e
  mount --make-rprivate /
  mount -t overlay "lab-h$i" -o "lowerdir=$(cat "$LAB/base"),upperdir=$disk/upper,workdir=$disk/work" "$root"
  mount --bind "$disk/var" "$root/var"
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  boot_devices "$root"
  mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  boot_sysctls "$root"
  boot_cgroups "$root" "$disk/cgroups"
  boot_modules "$root"
  hostname "h$i"
  cd "$root"
  mkdir -p run/old
  pivot_root . run/old
  # Shared, as on a real machine: containers' mounts propagate.
  exec chroot . /bin/sh -c 'umount -l /run/old; rmdir /run/old; mount --make-rshared /
    exec env -i container=lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=linux /sbin/init' < /dev/null
}

boot_devices() {
  local dev=$1/dev entry name major minor
  mount -t tmpfs -o mode=755,nosuid tmpfs "$dev"
  mkdir "$dev/net" "$dev/pts" "$dev/shm" "$dev/mqueue"
  for entry in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 kmsg:1:11 fuse:10:229 console:1:3 net/tun:10:200; do
    IFS=: read -r name major minor <<< "$entry" # console is /dev/null: nobody reads it
    mknod -m 666 "$dev/$name" c "$major" "$minor"
  done
  chmod 644 "$dev/kmsg"
  ln -s /proc/self/fd "$dev/fd"
  ln -s fd/0 "$dev/stdin"
  ln -s fd/1 "$dev/stdout"
  ln -s fd/2 "$dev/stderr"
  ln -s pts/ptmx "$dev/ptmx"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$dev/shm"
  mount -t mqueue mqueue "$dev/mqueue"
}

# What is not per namespace in /proc/sys is read-only. The knobs a kubelet or an installer sets are copies of the host's own.
boot_sysctls() {
  local sys=$1/proc/sys copies=$1/run/lab-sys name copy
  mkdir -p "$copies"
  for name in vm/overcommit_memory vm/panic_on_oom vm/swappiness vm/max_map_count kernel/panic kernel/panic_on_oops \
    kernel/keys/root_maxkeys kernel/keys/root_maxbytes fs/inotify/max_user_instances fs/inotify/max_user_watches fs/file-max; do
    [ ! -e "$sys/$name" ] || cat "$sys/$name" > "$copies/${name//\//.}"
  done
  mount --bind "$sys" "$sys"
  mount --bind "$sys/net" "$sys/net"
  mount -o remount,bind,ro "$sys"
  for copy in "$copies"/*; do
    name=${copy##*/}
    mount --bind "$copy" "$sys/${name//.//}"
  done
  [ ! -e "$1/proc/sysrq-trigger" ] || mount --bind /dev/null "$1/proc/sysrq-trigger"
}

boot_cgroups() {
  local mounts=$1/sys/fs/cgroup list=$2 name
  if [ "$(wc -l < "$list")" = 1 ] && [ -e "$(cat "$list")/cgroup.controllers" ]; then
    mount -t cgroup2 cgroup2 "$mounts"
    return
  fi
  mount -t tmpfs -o mode=755,nosuid,nodev,noexec tmpfs "$mounts"
  while read -r name; do
    name=${name#/sys/fs/cgroup/}
    name=${name%%/*}
    mkdir "$mounts/$name"
    case $name in
      unified) mount -t cgroup2 cgroup2 "$mounts/$name" ;;
      systemd) mount -t cgroup -o none,name=systemd cgroup "$mounts/$name" ;;
      *) mount -t cgroup -o "$name" cgroup "$mounts/$name" ;;
    esac
  done < "$list"
}

# This machine's modules where it has any; else a list of what is built in, so that `modprobe overlay` answers 0.
boot_modules() {
  local kernel modules name
  kernel=$(uname -r)
  modules=$1/lib/modules/$kernel
  mkdir -p "$modules"
  if [ -e "/lib/modules/$kernel/modules.dep" ]; then
    mount --bind "/lib/modules/$kernel" "$modules"
    mount -o remount,bind,ro "$modules"
  elif [ ! -e "$modules/modules.builtin.bin" ]; then
    for name in fs/overlayfs/overlay net/bridge/br_netfilter net/bridge/bridge net/netfilter/nf_conntrack drivers/net/vxlan/vxlan \
      net/netfilter/ipset/ip_set net/ipv4/netfilter/ip_tables net/ipv6/netfilter/ip6_tables net/netfilter/nf_tables \
      drivers/net/veth net/netfilter/nf_nat net/netfilter/xt_comment drivers/net/tun; do
      echo "kernel/$name.ko"
    done > "$modules/modules.builtin"
    : > "$modules/modules.order"
    chroot "$1" depmod "$kernel" 2> /dev/null || true
  fi
}
