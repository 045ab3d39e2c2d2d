# shellcheck shell=bash
# Whether a service address has a route, now and after a boot. $1: the unit, $2: the address.
systemctl is-enabled -q "$1" && ip route get "$2" > /dev/null 2>&1
