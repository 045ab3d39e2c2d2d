# shellcheck shell=bash
# Whether the node's own credentials work, it is registered under its name, and its kubelet runs. Ends with 75 when it
# has credentials and the API says nothing.
# $1: the rootfs, $2: the kubelet's kubeconfig, $3: the node's name, $4: master or worker.
. ./ask.sh

[ -e "$2" ] && systemctl is-active -q kubelet || exit 1
[ "$4" = worker ] || [ -e /etc/kubernetes/manifests/etcd.yaml ] || exit 1
ask "$1/bin/kubectl" --kubeconfig "$2" --cache-dir "$1/../kubectl-cache" --request-timeout=10s get node "$3"
