# shellcheck shell=bash
# A host's disk: "/" is an overlay over the base, /var a real folder, because containerd's overlayfs snapshots
# cannot lie on an overlay. Kept over stop, crash and reboot; gone at down.

need_real_disk() {
  local kind
  kind=$(stat -f -c %T "$CACHE")
  case $kind in
    ext2/ext3 | xfs | btrfs | f2fs) ;;
    *) die "$CACHE lies on '$kind': hosts need a disk with ext4, xfs or btrfs; set SEALER_LAB_CACHE to a folder on one" ;;
  esac
}

make_disk() {
  local i=$1 disk=$HOSTS/$1 upper=$HOSTS/$1/upper n
  [ -e "$disk/ready" ] && return 0
  rm -rf "$upper" "$disk/work" "${disk:?}/var"
  mkdir -p "$upper/etc/ssh" "$upper/root/.ssh" "$disk/work" "$disk/root" &&
    cp -a "$(cat "$LAB/base")/var" "$disk/var" || die "cannot make the disk of host $i below $disk"
  chmod 700 "$upper/root" "$upper/root/.ssh"
  echo "h$i" > "$upper/etc/hostname"
  {
    printf '127.0.0.1 localhost\n::1 localhost\n'
    for ((n = 1; n <= 20; n++)); do echo "$(address $n) h$n"; done
  } > "$upper/etc/hosts"
  tr -d - < /proc/sys/kernel/random/uuid > "$upper/etc/machine-id"
  echo "nameserver $NET.254" > "$upper/etc/resolv.conf" # nobody listens there: refused at once
  ssh-keygen -q -t ed25519 -N '' -f "$upper/etc/ssh/ssh_host_ed25519_key" -C "h$i" || die "cannot make the host key of host $i"
  cp "$KEY.pub" "$upper/root/.ssh/authorized_keys"
  install -m 600 "$KEY" "$upper/root/.ssh/id_ed25519"
  printf 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n' > "$upper/root/.ssh/config"
  : > "$disk/ready"
}

# limited-dir I PATH SIZE: a small disk of its own at PATH, for disk-full stories. Gone at unlimit and at every boot.
limited_dir() {
  need_running "$1"
  [[ ${2:-} = /* ]] && [ -n "${3:-}" ] || die "limited-dir I PATH SIZE: expected an absolute path and a size such as 20m"
  enter "$1" -- sh -c 'mkdir -p "$1" && mount -t tmpfs -o "size=$2" lab-limited "$1"' _ "$2" "$3"
}

unlimit() {
  need_running "$1"
  enter "$1" -- umount -l "$2"
}
