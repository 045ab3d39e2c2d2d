# shellcheck shell=bash
# For stop.sh and is-stopped.sh: which containerd, shims and namespaces are this cluster's. $1: the cluster's folder.

is_ours() { case $(readlink /etc/systemd/system/containerd.service) in "$1"/rootfs/*) true ;; *) false ;; esac; }
# Other engines' shims have the same name; ours run from the unpacked image.
own_shims() { find /proc -mindepth 2 -maxdepth 2 -name exe -lname "$(readlink -f "$1")/versions/*/bin/containerd-shim-runc-v2*" 2> /dev/null | cut -d/ -f3; }
