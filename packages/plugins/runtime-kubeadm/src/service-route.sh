# shellcheck shell=bash
# Gives networks a route by the interface that has an address. $1: the address, then the networks.
address=$1; shift
device=$(ip -o addr show to "$address" | awk '{print $2; exit}')
for network in "$@"; do
  case $network in
    *:*) ip -6 route replace "$network" dev "$device" ;;
    *) ip route replace "$network" dev "$device" src "$address" ;;
  esac
done
