# shellcheck shell=bash
# Whether containerd runs, was started after its configuration was written, and answers.
# $1: its configuration, $2: the rootfs, $3: its socket.
pid=$(systemctl show -p MainPID --value containerd)
[ "$pid" -gt 0 ] && systemctl is-enabled -q containerd && ! [ "$1" -nt "/proc/$pid" ] && "$2/bin/crictl" -r "$3" version > /dev/null
