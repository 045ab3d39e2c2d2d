# shellcheck shell=bash
# Whether the registry runs, was started after its files were written, and answers.
# $1: its service, $2: its folder, $3: its port.
pid=$(systemctl show -p MainPID --value "$1")
[ "$pid" -gt 0 ] && systemctl is-enabled -q "$1" && ! [ "$2/tls.crt" -nt "/proc/$pid" ] && ! [ "$2/config.yml" -nt "/proc/$pid" ] && timeout 2 bash -c "</dev/tcp/127.0.0.1/$3"
