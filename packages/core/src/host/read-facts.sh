# shellcheck shell=bash
# Tells all facts of a host, `key=value` lines. Arguments: the programs a host must have.

set +e
echo "now=$(date +%s%3N)"
echo "hostname=$(cat /proc/sys/kernel/hostname)"
echo "machine=$(uname -m)"
echo "kernel=$(uname -r)"
. /etc/os-release 2>/dev/null
echo "osId=${ID:-}"; echo "osVersion=${VERSION_ID:-}"; echo "osName=${PRETTY_NAME:-}"
echo "cpus=$(nproc)"
echo "memory=$(awk '/^MemTotal:/{print $2*1024}' /proc/meminfo)"
d=/var/lib/sealer/blobs; while [ ! -d "$d" ]; do d=$(dirname "$d"); done
echo "disk=$(df -Pk "$d" | awk 'NR==2{printf "%.0f", $4*1024}')"
echo "uid=$(id -u)"
[ -d /run/systemd/system ] && echo systemd=1
[ -e /sys/fs/cgroup/cgroup.controllers ] && echo cgroup=2 || echo cgroup=1
caps=$(awk '/^CapBnd:/{print $2}' /proc/self/status); echo "sysresource=$(( (0x${caps:-0} >> 24) & 1 ))"
# shellcheck disable=SC2005 # read before it is written
[ -w /proc/sys/net/netfilter/nf_conntrack_max ] && echo "$(cat /proc/sys/net/netfilter/nf_conntrack_max)" 2>/dev/null > /proc/sys/net/netfilter/nf_conntrack_max && echo conntrack=1
[ "$(wc -l < /proc/swaps)" -gt 1 ] && echo swap=1
echo "addresses=$(ip -o addr show scope global | awk '{split($4,a,"/"); printf "%s ", a[1]}')"
[ -n "$(ip route show default)" ] && echo route=1
for t in "$@"; do command -v "$t" > /dev/null || printf 'missing=%s\n' "$t"; done
command -v iptables > /dev/null || command -v nft > /dev/null || echo 'missing=iptables or nft'
true
