# shellcheck shell=bash
# shellcheck disable=SC2034 # the other parts use these
# Names and places of one lab. All of them follow from LAB_NAME and LAB_NET, so that two labs never meet.

NAME=${LAB_NAME:-lab}
NET=${LAB_NET:-10.77.0}
LAB=$CACHE/labs/$NAME
HOSTS=$LAB/hosts
# An interface name has room for 15 characters: the machine's end carries a hash of the lab's name.
UPLINK=lab$(printf %s "$NAME" | sha256sum | cut -c1-8)
SWITCH=sealer-$NAME-sw     # network namespaces have file names: no such limit
GROUP=sealer-lab-$NAME

[[ $NAME =~ ^[a-z0-9][a-z0-9-]{0,31}$ ]] || die "LAB_NAME '$NAME': expected up to 32 of a-z, 0-9 and '-'"
[[ $NET =~ ^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$ ]] || die "LAB_NET '$NET': expected the first three numbers of an IPv4 network, such as 10.77.0"

address() { echo "$NET.$((10 + $1))"; }
namespace() { echo "sealer-$NAME-h$1"; }
host_numbers() { ls "$HOSTS" 2> /dev/null | sort -n; }

need_number() { [[ ${1:-} =~ ^[1-9][0-9]{0,2}$ ]] && [ "$1" -le 200 ] || die "'${1:-}': expected the number of a host, 1 to 200"; }
need_host() { need_number "${1:-}"; [ -d "$HOSTS/$1" ] || die "lab '$NAME' has no host $1; it has: $(host_numbers | tr '\n' ' ')"; }
need_running() { need_host "${1:-}"; [ -n "$(init_pid "$1")" ] || die "host $1 of lab '$NAME' is down: lab.sh start $1"; }

# The host's PID 1 as this machine sees it; nothing when the host is down.
init_pid() {
  local parent
  parent=$(cat "$HOSTS/$1/unshare.pid" 2> /dev/null) || return 0
  tr -d ' ' 2> /dev/null < "/proc/$parent/task/$parent/children" || true
}
