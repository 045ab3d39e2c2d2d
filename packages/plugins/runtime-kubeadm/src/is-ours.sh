# shellcheck shell=bash
# For scripts that stop things: whether the kubelet of this host is this cluster's. $1: the rootfs.

is_ours() { [ "$(readlink /etc/systemd/system/kubelet.service)" = "$1/etc/systemd/kubelet.service" ]; }
