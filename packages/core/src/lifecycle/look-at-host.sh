# shellcheck shell=bash
# Prints settings and leftovers that would end in a stall, ID<TAB>WHAT... lines; nothing where the cluster is installed.
# $1: the cluster's ledger. Standard input: KIND<TAB>WHAT<TAB>MORE lines, of the kinds below.

if [ -e "$1" ]; then exit 0; fi
set +eu
found() { local IFS=$'\t'; printf '%s\n' "$*"; }
. ./look-at-names.sh
. ./look-at-resolver.sh
. ./look-at-proxies.sh
. ./look-at-folders.sh
. ./look-at-others.sh
. ./look-at-kernel.sh
names=() own='' addresses=()
while IFS=$'\t' read -r kind what more; do
  case $kind in
    name) names+=("$what $more") ;;
    own) own=$what ;;
    address) addresses+=("$what") ;;
    resolver) resolver "$what" ;;
    unit) unit_proxies "$what" ;;
    folder) folder "$what" "$more" ;;
    other) other "$what" "$more" ;;
    network) network "$what" "$more" ;;
    udp) udp_port "$what" ;;
  esac
done
look_at_names
command_proxies
look_at_kernel
true
