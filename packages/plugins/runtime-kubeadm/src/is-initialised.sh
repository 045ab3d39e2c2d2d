# shellcheck shell=bash
# Whether the API answers, and what `kubeadm init` does last is there. Ends with 75 when it was there once and the API
# says nothing now. Arguments: kubectl and its flags.
. ./ask.sh

[ -e /etc/kubernetes/admin.conf ] || exit 1
# kubeadm writes this near its end. Before that, an API server that does not answer is none that restarts.
grep -qs kubelet-client-current /etc/kubernetes/kubelet.conf || { ASK_SECONDS=0; silent=1; }
ask "$@" --request-timeout=10s get --raw /readyz
ask "$@" --request-timeout=10s -n kube-public get configmap cluster-info
ask "$@" --request-timeout=10s -n kube-system get daemonset kube-proxy
