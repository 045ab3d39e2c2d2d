# shellcheck shell=bash
# Takes back what `kubeadm init` or `join` did, half-done or whole. $1: kubeadm, $2: the socket of the container runtime,
# $3: phases to skip.
"$1" reset --force --cri-socket "$2" --cleanup-tmp-dir ${3:+"--skip-phases=$3"} >&2 || true
systemctl stop kubelet 2>/dev/null || true
systemctl stop kubepods.slice 2>/dev/null || true
find /etc/kubernetes /var/lib/kubelet /var/lib/etcd /etc/cni/net.d /var/lib/cni -mindepth 1 -depth -xdev -delete 2>/dev/null || true
