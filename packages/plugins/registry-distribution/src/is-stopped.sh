# shellcheck shell=bash
# Whether this cluster's registry neither runs nor will. $1: its service, $2: the rootfs.
grep -qF "ExecStart=$2/" "/etc/systemd/system/$1" 2> /dev/null || exit 0
! systemctl is-active -q "$1" && ! systemctl is-enabled -q "$1" 2> /dev/null
