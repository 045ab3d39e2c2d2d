#!/bin/bash
# base.sh - builds the root file system that all lab hosts share; cached by its inputs. Prints its path on the last line.
# A plain Debian with systemd and sshd. No container runtime, no CNI plugins, no crictl: those come from the cluster image.
# SEALER_LAB_CACHE (default ~/.cache/sealer-lab) says where; the mirror is the one apt uses on this machine.
set -eu
HERE=$(dirname "$(readlink -f "$0")")
. "$HERE/lib/tools.sh"
. "$HERE/lib/base-prepare.sh"

SUITE=bookworm
PACKAGES=systemd,systemd-sysv,dbus,openssh-server,tar,gzip,iproute2,iptables,nftables,ipset,conntrack,ethtool,socat,kmod,procps,ca-certificates,curl,sudo,util-linux,iputils-ping,netbase

main() {
  local hash base
  hash=$({ cat "$HERE/base.sh" "$HERE/lib/base-prepare.sh"; dpkg --print-architecture; } | sha256sum | cut -c1-16)
  base=$CACHE/base-$hash
  if [ ! -e "$base" ]; then
    [ "$(id -u)" = 0 ] || die "building the base needs root"
    need_programs debootstrap:debootstrap openssl:openssl
    mkdir -p "$CACHE"
    exec 7> "$CACHE/base.lock"
    flock -n 7 || { say "another process builds the base: waiting"; flock 7; }
    [ -e "$base" ] || build "$base"
    exec 7>&-
  fi
  echo "$base"
}

build() { # build BASE: under a temporary name until complete, gone when interrupted
  local tree=$CACHE/.base-building log=$CACHE/debootstrap.log pid mirror
  say "building $1 (about two minutes, once)"
  rm -rf "$tree"
  trap 'kill -9 "${pid:-}" 2> /dev/null; sleep 0.2; rm -rf "$tree"' EXIT
  trap 'exit 130' INT TERM HUP
  mirror=$(apt_mirror)
  # In namespaces of its own: its mounts of /proc and /sys never meet the rm above, and all of it dies with one pid.
  unshare --mount --pid --fork --kill-child --propagation private -- \
    debootstrap --variant=minbase --include="$PACKAGES" "$SUITE" "$tree" ${mirror:+"$mirror"} > "$log" 2>&1 7>&- &
  pid=$!
  while kill -0 $pid 2> /dev/null; do
    sleep 5 & wait $! # a signal ends the wait, not the sleep
    say "$(tail -n 1 "$log" | cut -c1-100)"
  done
  wait $pid || { tail -n 5 "$log" >&2; die "debootstrap failed, see $log; mirror: ${mirror:-its default}"; }
  prepare_tree "$tree" || die "preparing the base failed"
  sync -f "$tree"
  mv "$tree" "$1"
  trap - EXIT INT TERM HUP
  say "base is complete: $1"
}

apt_mirror() { # the first Debian archive in apt's own sources, in either of their formats
  local found
  found=$(sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([a-z]*:[^ ]*debian[^ ]*\).*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2> /dev/null | head -n 1) || true
  [ -n "$found" ] || found=$(sed -n 's/^URIs: *\([^ ]*debian[^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources 2> /dev/null | head -n 1) || true
  echo "$found"
}

main
