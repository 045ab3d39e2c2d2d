# shellcheck shell=bash
# Whether the unit of the service route is this cluster's. $1: the unit, $2: the cluster's folder.
grep -qF "ExecStart=/bin/bash $2/" "/etc/systemd/system/$1" 2> /dev/null && systemctl is-enabled -q "$1"
