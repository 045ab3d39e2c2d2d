# shellcheck shell=bash
# What is in the way of a new cluster, a line each; nothing where this cluster is installed. $1: the cluster's ledger,
# $2: how many ports, then the ports, then paths that must not be there.

if [ -e "$1" ]; then exit 0; fi
shift; n=$1; shift
for _ in $(seq "$n"); do
  hex=$(printf ':%04X$' "$1")
  if awk -v h="$hex" '$4 == "0A" && $2 ~ h {f=1} END {exit !f}' /proc/net/tcp /proc/net/tcp6 2>/dev/null; then echo "port $1 is in use"; fi
  shift
done
for p in "$@"; do [ ! -e "$p" ] || echo "$p exists: something else is installed here"; done
