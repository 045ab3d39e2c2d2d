# shellcheck shell=bash
# Whether the API answers, and what `kubeadm init` does last is there. Arguments: kubectl and its flags.
[ -e /etc/kubernetes/admin.conf ] || exit 1
"$@" --request-timeout=10s get --raw /readyz > /dev/null 2>&1 || exit 1
"$@" --request-timeout=10s -n kube-public get configmap cluster-info > /dev/null 2>&1 || exit 1
"$@" --request-timeout=10s -n kube-system get daemonset kube-proxy > /dev/null 2>&1
