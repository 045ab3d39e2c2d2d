# shellcheck shell=bash
# Whether nothing of kubeadm is left, and the kubelet is stopped.
[ ! -e /etc/kubernetes/kubelet.conf ] && [ ! -e /etc/kubernetes/admin.conf ] && [ ! -d /var/lib/etcd/member ] && ! systemctl is-active -q kubelet
