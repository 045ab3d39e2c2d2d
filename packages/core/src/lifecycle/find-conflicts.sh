# shellcheck shell=bash
# Prints what is in the way of a cluster, a line each; and where it is not installed yet, addresses and routes of the host
# (`address` INTERFACE CIDR, `route` LINE CIDR). $1: the cluster's folder, $2: its ledger. Reads what is needed from standard
# input, a line each: port N, tool NAME, absent PATH, reach ADDRESS PORT, with tabs.

export LC_ALL=C
base=$(readlink -m "$1")
[ -e "$2" ] && fresh= || fresh=1
# Ours are what runs from the cluster's folder, and its pods.
is_own() { case $(readlink "/proc/$1/exe") in "$base"/*) return 0 ;; esac; grep -q kubepods "/proc/$1/cgroup" 2> /dev/null; }
port() {
  local hex inode pid seen=
  hex=$(printf ':%04X$' "$1")
  # shellcheck disable=SC2013 # numbers
  for inode in $(cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | awk -v h="$hex" '$4 == "0A" && $2 ~ h {print $10}'); do
    seen=1
    pid=$(find /proc/[0-9]*/fd -lname "socket:\\[$inode\\]" 2> /dev/null | cut -d/ -f3 | head -n 1 || true)
    if [ -z "$pid" ]; then continue; fi
    if [ -z "$fresh" ] && is_own "$pid"; then return 0; fi
    echo "port $1 is in use by $(cat "/proc/$pid/comm") (process $pid)"
    return 0
  done
  if [ -n "$seen" ] && [ -n "$fresh" ]; then echo "port $1 is in use"; fi
}
# A refusal is an answer: nobody listens there yet.
reach() {
  local said rc=0
  # shellcheck disable=SC2016 # for the inner shell
  said=$(timeout 2 bash -c ': < "/dev/tcp/$1/$2"' reach "$1" "$2" 2>&1) || rc=$?
  case $rc:$said in
    0:* | *refused*) ;;
    124:*) echo "it cannot reach $1 port $2: no answer within 2 s, as when a firewall drops packets" ;;
    *) echo "it cannot reach $1 port $2: $(tail -n 1 <<< "$said" | sed 's/.*: //')" ;;
  esac
}
while IFS='	' read -r kind what more; do
  case $kind in
    port) port "$what" ;;
    tool) command -v "$what" > /dev/null || echo "the program $what is missing" ;;
    absent) if [ -n "$fresh" ] && [ -e "$what" ]; then echo "$what exists: something else is installed here"; fi ;;
    reach) if [ -n "$fresh" ]; then reach "$what" "$more" & fi ;;
  esac
done
wait
[ -n "$fresh" ] || exit 0
ip -o addr show scope global | awk '{print "address\t" $2 "\t" $4}'
{ ip route; ip -6 route; } 2> /dev/null | awk '$1 != "default" && $1 !~ /^(fe80|ff00|unreachable|blackhole|prohibit)/ {print "route\t" $0 "\t" $1}' || true
