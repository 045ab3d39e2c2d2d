# shellcheck shell=bash
# Whether the registry runs, was started after its files were written, and is what listens at its port.
# $1: its service, $2: its folder, $3: its port.
. ./listener.sh
pid=$(systemctl show -p MainPID --value "$1")
[ "$pid" -gt 0 ] && systemctl is-enabled -q "$1" && ! [ "$2/tls.crt" -nt "/proc/$pid" ] && ! [ "$2/config.yml" -nt "/proc/$pid" ] && [ "$(listener "$1" "$3")" = own ]
