#!/bin/bash
# lab.sh - several systemd hosts on one machine, from namespaces and overlayfs only.
#   up N | start I | stop I | reboot I | crash I | ssh I [cmd] | exec I cmd.. | cp I src dst | key | status [--json] | down
#   partition I [J] | heal [I [J]] | limited-dir I PATH SIZE | unlimit I PATH
# LAB_NAME (default lab) and LAB_NET (default 10.77.0) keep labs apart. Host I: name hI, address LAB_NET.(10+I).
set -u
CACHE=${SEALER_LAB_CACHE:-$HOME/.cache/sealer-lab}; NAME=${LAB_NAME:-lab}; NET=${LAB_NET:-10.77.0}; KEY=$CACHE/id_ed25519
SELF=$(readlink -f "$0"); LAB=$CACHE/labs/$NAME; H=$LAB/hosts
# Interface names have 15 characters: a short hash of the lab's name makes them unique.
TAG=$(printf %s "$NAME" | sha256sum | cut -c1-5); SW=sealer-$NAME-sw; UP=lab$TAG
MAXWAIT=${LAB_WAIT:-40}
need_tools() { # installs what is missing, and says so
  local want=; command -v ip > /dev/null || want="$want iproute2"; command -v nft > /dev/null || want="$want nftables"; command -v ssh > /dev/null || want="$want openssh-client"
  [ -z "$want" ] || { echo "lab: installing$want" >&2; apt-get -qq update >&2; DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $want > /dev/null || die "cannot install$want"; }
}
die() { echo "lab: $*" >&2; exit 1; }
ip4() { echo $NET.$((10 + $1)); }
ns() { echo sealer-$NAME-h$1; }
need() { [ -d "$H/$1" ] || die "no host $1"; }
hosts() { ls "$H" 2>/dev/null | sort -n; }
base() { cat "$LAB/base"; }
initpid() { # the host's PID 1 as this machine sees it; empty when the host is down
  local u; u=$(cat "$H/$1/unshare.pid" 2>/dev/null) || return 0
  [ -r "/proc/$u/task/$u/children" ] && tr -d ' ' < "/proc/$u/task/$u/children"
}
# ---- network: a bridge in a namespace of its own, so this machine's iptables never see lab frames
sw_up() {
  [ -e /run/netns/$SW ] && return 0
  ip netns add $SW
  ip link add $UP type veth peer name upl netns $SW
  ip -n $SW link set lo up
  ip -n $SW link add br0 type bridge; ip -n $SW link set br0 up
  ip netns exec $SW sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0 net.bridge.bridge-nf-call-arptables=0 2>/dev/null
  ip -n $SW link set dev upl master br0 up
  # the hosts' gateway: answers "unreachable" for the rest of the world, so that nothing waits out a TCP timeout there
  ip -n $SW addr add $NET.254/24 dev br0; ip netns exec $SW sysctl -qw net.ipv4.ip_forward=1; ip -n $SW route add unreachable default metric 99
  ip addr add $NET.1/24 dev $UP; ip link set $UP up
}
net_up() { # a fresh network namespace at every boot, as a real machine has
  local i=$1 n; n=$(ns $1)
  ip netns del "$n" 2>/dev/null; ip -n $SW link del "p$i" 2>/dev/null
  ip netns add "$n" || return 1
  ip -n $SW link add "p$i" type veth peer name eth0 netns "$n" || return 1
  ip -n "$n" link set eth0 address "$(printf '02:77:00:00:00:%02x' "$i")"
  ip -n $SW link set dev "p$i" master br0 up
  ip -n "$n" link set lo up; ip -n "$n" link set eth0 up
  ip -n "$n" addr add "$(ip4 $i)/24" dev eth0; ip -n "$n" route add default via $NET.254
  rules
}
# cuts are files in $LAB/cuts: "I" (cut from all) or "I-J"; the switch's own nft table drops their frames
rules() {
  local f t="table bridge lab"
  { echo "$t"; echo "delete $t"; echo "$t {"; echo "chain f {"; echo "type filter hook forward priority 0; policy accept;"
    for f in "$LAB"/cuts/*; do [ -e "$f" ] || continue; f=${f##*/}
      case $f in
        *-*) echo "iifname p${f%-*} oifname p${f#*-} drop; iifname p${f#*-} oifname p${f%-*} drop;";;
        *)   echo "iifname p$f drop; oifname p$f drop;";;
      esac; done; echo "}"; echo "}"; } | ip netns exec $SW nft -f -
}
# ---- control groups: one child per mounted hierarchy, below the one this process is in
cgs() { # lines "mountpoint path-of-this-process"
  awk '$3=="cgroup"||$3=="cgroup2"{print $2,$3,$4}' /proc/self/mounts | while read -r mp t o; do
    case $mp in /sys/fs/cgroup/*) ;; *) continue;; esac
    if [ $t = cgroup2 ]; then p=$(awk -F: '$1==0{print $3}' /proc/self/cgroup)
    else c=${mp##*/}; p=$(awk -F: -v c="$c" '$2==c||$2=="name="c{print $3}' /proc/self/cgroup); fi
    p=${p%%/sealer-lab-*}; [ "$p" = / ] && p=
    echo "$mp$p"
  done
}
cg_enter() {
  local d; cgs > "$H/$1/cgroups"
  while read -r d; do
    for x in "$d/sealer-lab-$NAME" "$d/sealer-lab-$NAME/h$1"; do
      mkdir "$x" 2>/dev/null || [ -d "$x" ] || return 1
      [ -e "$x/cpuset.cpus" ] && { cat "$d/cpuset.cpus" > "$x/cpuset.cpus"; cat "$d/cpuset.mems" > "$x/cpuset.mems"; echo 1 > "$x/cgroup.clone_children"; }
    done
    [ -e "$d/sealer-lab-$NAME/h$1/cpu.rt_runtime_us" ] && echo 0 > "$d/sealer-lab-$NAME/h$1/cpu.rt_runtime_us" 2>/dev/null
    [ -n "${LAB_MEM:-}" ] && [ -e "$d/sealer-lab-$NAME/h$1/memory.limit_in_bytes" ] && echo "$LAB_MEM" > "$d/sealer-lab-$NAME/h$1/memory.limit_in_bytes"
    echo $BASHPID > "$d/sealer-lab-$NAME/h$1/cgroup.procs" || return 1
  done < "$H/$1/cgroups"
}
cg_clean() {
  local d n; for n in 1 2 3 4 5; do
    while read -r d; do [ -d "$d/sealer-lab-$NAME/h$1" ] && find "$d/sealer-lab-$NAME/h$1" -depth -type d -exec rmdir {} + 2>/dev/null; done < "$H/$1/cgroups"
    while read -r d; do [ -d "$d/sealer-lab-$NAME/h$1" ] && { sleep 0.2; continue 2; }; done < "$H/$1/cgroups"; break
  done 2>/dev/null
  while read -r d; do rmdir "$d/sealer-lab-$NAME" 2>/dev/null; done < "$H/$1/cgroups" 2>/dev/null; :
}
# ---- one host
disk() {
  local i=$1 d=$H/$1 f; [ -e "$d/ready" ] && return 0
  rm -rf "$d/upper" "$d/work" "$d/var"; mkdir -p "$d/upper/etc" "$d/work" "$d/root"
  cp -a "$(base)/var" "$d/var"      # /var is a real directory: containerd's overlayfs snapshots cannot lie on an overlay
  echo "h$i" > "$d/upper/etc/hostname"
  { echo "127.0.0.1 localhost"; echo "::1 localhost"; for f in 1 2 3 4 5 6 7 8 9; do echo "$(ip4 $f) h$f"; done; } > "$d/upper/etc/hosts"
  printf 'lab%s%s' "$i" "$(date +%s%N)" | md5sum | cut -c1-32 > "$d/upper/etc/machine-id"
  mkdir -p "$d/upper/etc/ssh"; chmod 755 "$d/upper/etc/ssh"
  ssh-keygen -q -t ed25519 -N '' -f "$d/upper/etc/ssh/ssh_host_ed25519_key" -C "h$i"
  echo "nameserver $NET.254" > "$d/upper/etc/resolv.conf"     # answers "unreachable" at once
  : > "$d/ready"
}
boot() { # runs as the host's first process, inside its new namespaces
  local i=$1 d=$H/$1 r=$H/$1/root c f v
  set -e
  mount --make-rprivate /
  mount -t overlay lab-h$i -o "lowerdir=$(base),upperdir=$d/upper,workdir=$d/work" "$r"
  mount --bind "$d/var" "$r/var"
  mount -t proc proc "$r/proc"; mount -t sysfs sysfs "$r/sys"
  mount -t tmpfs -o mode=755,nosuid tmpfs "$r/dev"
  for v in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 kmsg:1:11 fuse:10:229 console:1:3; do
    IFS=: read -r f a b <<< "$v"; mknod -m 666 "$r/dev/$f" c $a $b; done
  chmod 644 "$r/dev/kmsg"; mkdir "$r/dev/net" "$r/dev/pts" "$r/dev/shm" "$r/dev/mqueue"; mknod -m 666 "$r/dev/net/tun" c 10 200
  ln -s /proc/self/fd "$r/dev/fd"; ln -s fd/0 "$r/dev/stdin"; ln -s fd/1 "$r/dev/stdout"; ln -s fd/2 "$r/dev/stderr"; ln -s pts/ptmx "$r/dev/ptmx"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$r/dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$r/dev/shm"; mount -t mqueue mqueue "$r/dev/mqueue"
  mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$r/run"; mount -t tmpfs -o mode=1777 tmpfs "$r/tmp"
  # what is not per-namespace in /proc/sys is read-only here; the few knobs a kubelet or an installer sets are host-private copies
  mkdir -p "$r/run/lab-sys"
  for f in vm/overcommit_memory vm/panic_on_oom vm/swappiness vm/max_map_count kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes fs/inotify/max_user_instances fs/inotify/max_user_watches fs/file-max; do
    [ -e "$r/proc/sys/$f" ] || continue; cat "$r/proc/sys/$f" > "$r/run/lab-sys/${f//\//.}"; done
  mount --bind "$r/proc/sys" "$r/proc/sys"; mount --bind "$r/proc/sys/net" "$r/proc/sys/net"; mount -o remount,bind,ro "$r/proc/sys"
  for f in "$r"/run/lab-sys/*; do v=${f##*/}; mount --bind "$f" "$r/proc/sys/${v//./\/}"; done
  [ -e "$r/proc/sysrq-trigger" ] && mount --bind /dev/null "$r/proc/sysrq-trigger"
  mount -t tmpfs -o mode=755,nosuid,nodev,noexec tmpfs "$r/sys/fs/cgroup"
  while read -r c; do c=${c#/sys/fs/cgroup/}; c=${c%%/*}; mkdir "$r/sys/fs/cgroup/$c"
    case $c in
      unified) mount -t cgroup2 cgroup2 "$r/sys/fs/cgroup/$c";;
      systemd) mount -t cgroup -o none,name=systemd cgroup "$r/sys/fs/cgroup/$c";;
      *) mount -t cgroup -o "$c" cgroup "$r/sys/fs/cgroup/$c";;
    esac; done < "$d/cgroups"
  hostname "h$i"
  cd "$r"; mkdir -p run/old; pivot_root . run/old; exec chroot . /bin/sh -c 'umount -l /run/old; rmdir /run/old; mount --make-rshared /; exec env -i container=lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=linux /sbin/init' < /dev/null
}
keeper() { # stays outside; boots the host again when it reboots itself
  local i=$1 rc
  while :; do
    net_up "$i" || exit 1
    ( cg_enter "$i" || exit 1; echo $BASHPID > "$H/$i/unshare.pid"
      exec nsenter --net=/run/netns/$(ns $i) unshare --mount --uts --ipc --pid --cgroup --fork --propagation slave "$SELF" _boot "$i" ) > "$H/$i/boot.log" 2>&1 < /dev/null
    rc=$?; echo "$(date +%T) host $i ended rc=$rc" >> "$H/$i/keeper.log"; rm -f "$H/$i/unshare.pid"
    cg_clean "$i"
    [ $rc = 129 ] || break     # 129 = SIGHUP = the host called reboot(2) to restart
  done
  ip netns del "$(ns $i)" 2>/dev/null; rm -f "$H/$i/keeper.pid"
}
start() {
  mkdir -p "$H/$1" "$LAB/cuts"; sw_up; disk "$1"
  [ -e "$H/$1/keeper.pid" ] && kill -0 "$(cat "$H/$1/keeper.pid")" 2>/dev/null && { echo "h$1 runs already"; return; }
  setsid "$SELF" _keeper "$1" >> "$H/$1/keeper.log" 2>&1 < /dev/null &
  echo $! > "$H/$1/keeper.pid"
}
wait_ssh() { local t=$((SECONDS + MAXWAIT)); while [ $SECONDS -lt $t ]; do [ -e "$H/$1/keeper.pid" ] || return 1; s "$1" true 2>/dev/null && return 0; sleep 0.2; done; return 1; }
s() { local i=$1; shift; ssh -q -i "$KEY" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=2 -o BatchMode=yes root@"$(ip4 $i)" "$@"; }
wait_end() { local n; for ((n = 0; n < $2 * 10; n++)); do [ -e "$H/$1/keeper.pid" ] || return 0; sleep 0.1; done; return 1; }
halt() { # $2 = off | kill
  local p; p=$(initpid "$1"); [ -n "$p" ] || { [ -e "$H/$1/keeper.pid" ] && kill "$(cat "$H/$1/keeper.pid")" 2>/dev/null; rm -f "$H/$1/keeper.pid"; return 0; }
  [ "$2" = off ] && { kill -s RTMIN+4 "$p"; wait_end "$1" "${LAB_STOP:-20}" && return 0; }
  p=$(initpid "$1"); [ -n "$p" ] && kill -9 "$p"; wait_end "$1" 10
}
case ${1:-} in
  up) need_tools; mkdir -p "$LAB"; B=$("${SELF%/*}/base.sh") || die "no base"; [ -e "$LAB/base" ] || echo "$B" > "$LAB/base"
    trap 'trap - INT TERM; "$SELF" down; exit 130' INT TERM
    for ((i = 1; i <= ${2:-3}; i++)); do start $i; done; for ((i = 1; i <= ${2:-3}; i++)); do wait_ssh $i || die "h$i: no ssh"; done;;
  start) start "$2"; wait_ssh "$2" || die "h$2: no ssh";;
  stop) need "$2"; halt "$2" off;;
  crash) need "$2"; halt "$2" kill;;
  reboot) need "$2"; p=$(initpid "$2"); kill -s RTMIN+5 "$p"; while [ -d "/proc/$p" ]; do sleep 0.1; done; wait_ssh "$2" || die "h$2: no ssh";;
  ssh) i=$2; shift 2; s "$i" "$@";;
  exec) i=$2; shift 2; exec nsenter -t "$(initpid "$i")" -m -u -i -n -p -C -r -w "$@";;
  key) echo "$KEY";;
  limited-dir) need "$2"; p=$(initpid "$2"); nsenter -t "$p" -m -r -w -- sh -c 'mkdir -p "$1" && mount -t tmpfs -o size="$2" tmpfs "$1"' _ "$3" "$4";;
  unlimit) need "$2"; nsenter -t "$(initpid "$2")" -m -r -w -- umount -l "$3";;
  cp) scp -q -r -i "$KEY" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "$3" root@"$(ip4 "$2")":"$4";;
  partition) need "$2"; if [ -n "${3:-}" ]; then : > "$LAB/cuts/$2-$3"; else : > "$LAB/cuts/$2"; fi; rules;;
  heal) if [ -n "${3:-}" ]; then rm -f "$LAB/cuts/$2-$3" "$LAB/cuts/$3-$2"; elif [ -n "${2:-}" ]; then rm -f "$LAB/cuts/$2" "$LAB/cuts/$2-"* "$LAB/cuts/"*"-$2"; else rm -f "$LAB"/cuts/*; fi; rules;;
  status) if [ "${2:-}" = --json ]; then o=; for i in $(hosts); do p=$(initpid $i); o="$o${o:+,}{\"host\":$i,\"name\":\"h$i\",\"address\":\"$(ip4 $i)\",\"up\":$([ -n "$p" ] && echo true || echo false)}"; done; echo "[$o]"; exit 0; fi
    for i in $(hosts); do p=$(initpid $i); m=$(cat $(sed -n '/memory/p' $H/$i/cgroups)/sealer-lab-$NAME/h$i/memory.usage_in_bytes 2>/dev/null)
      echo "h$i $(ip4 $i) $([ -n "$p" ] && echo "up pid=$p mem=$((${m:-0} / 1048576))M" || echo down) $(s $i systemctl is-system-running 2>/dev/null) $(ls "$LAB/cuts" 2>/dev/null | grep -E "^$i(-|\$)|-$i\$" | sed 's/^/cut:/' | tr '\n' ' ')"; done;;
  down) for i in $(hosts); do halt $i ${2:-kill} & done; wait
    for i in $(hosts); do ip netns del "$(ns $i)" 2>/dev/null; [ -n "$(initpid $i)" ] && die "h$i still runs"; cg_clean $i; rm -rf "${H:?}/$i"; done
    ip link del $UP 2>/dev/null; ip netns del $SW 2>/dev/null; rm -rf "$LAB"; rmdir "$CACHE/labs" 2>/dev/null; :;;
  _boot) boot "$2";;
  _keeper) keeper "$2";;
  *) sed -n '2,6p' "$0"; exit 2;;
esac
