# shellcheck shell=bash
# Whether neither this cluster's containerd nor a container of it runs. $1: the cluster's folder.
. ./is-ours.sh
[ -z "$(own_shims "$1")" ] || exit 1
is_ours "$1" || exit 0
! systemctl is-active -q containerd && ! systemctl is-enabled -q containerd 2> /dev/null
