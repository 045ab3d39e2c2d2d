# shellcheck shell=bash
# Whether nothing of this cluster's kubeadm is left, and its kubelet is stopped. $1: the rootfs.
. ./is-ours.sh
is_ours "$1" || exit 0
[ ! -e /etc/kubernetes/kubelet.conf ] && [ ! -e /etc/kubernetes/admin.conf ] && [ ! -d /var/lib/etcd/member ] && ! systemctl is-active -q kubelet
