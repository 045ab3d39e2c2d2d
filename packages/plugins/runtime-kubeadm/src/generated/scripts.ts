// Made by tools/embed-scripts.mjs from the *.sh files of this package. Do not edit.

/** clean-network.sh */
export const cleanNetwork = `systemctl stop kubelet 2> /dev/null || true
is_clean() {
  ! ip link show cni0 > /dev/null 2>&1 && ! ip link show flannel.1 > /dev/null 2>&1 && [ -z "$({ iptables-save; ip6tables-save; } 2>/dev/null | grep -E "KUBE-|CNI-|FLANNEL-" || true)" ]
}
clean() {
  for link in cni0 flannel.1; do ip link del "$link" 2>/dev/null || true; done
  ip -o link show type veth | awk -F': ' '/veth[0-9a-f]+@/{sub(/@.*/,"",$2); print $2}' | while IFS= read -r l; do ip link del "$l" 2>/dev/null || true; done
  for tool in iptables ip6tables; do
    command -v $tool-save > /dev/null || continue
    $tool-save 2>/dev/null | grep -E 'KUBE-|CNI-|FLANNEL-' > /dev/null || continue
    $tool-save 2>/dev/null | grep -vE 'KUBE-|CNI-|FLANNEL-|flanneld|kubernetes ' | $tool-restore || true
  done
  if command -v nft > /dev/null; then
    for table in filter nat mangle raw; do for family in ip ip6; do
      rules=$(nft list table $family $table 2>/dev/null) || continue
      grep -qE '^\\s+(counter|jump|ip |ip6 |meta |xt |#|oifname|iifname|ct |tcp |udp |mark)|comment' <<< "$rules" || nft delete table $family $table 2>/dev/null || true
    done; done
  fi
  for f in $(ls /run/netns 2>/dev/null | grep '^cni-' || true); do ip netns del "$f" 2>/dev/null || true; done
}
for _ in 1 2 3 4 5; do
  clean
  sleep 0.3
  is_clean && exit 0
done
echo "links or rules of Kubernetes come back; something still runs that makes them" >&2
exit 1
`;

/** disable-kubelet.sh */
export const disableKubelet = `systemctl disable -q --now kubelet 2> /dev/null || true
systemctl reset-failed kubelet 2> /dev/null || true
`;

/** has-joined.sh */
export const hasJoined = `ask() {
  local said
  until said=$("$@" 2>&1 > /dev/null); do
    case $said in *\\(NotFound\\)*) exit 1 ;; esac
    [ "$SECONDS" -lt "$ASK_SECONDS" ] || { printf '%s\\n' "$said" >&2; exit "$silent"; }
    sleep 1
  done
}
[ -e "$2" ] && systemctl is-active -q kubelet || exit 1
[ "$4" = worker ] || [ -e /etc/kubernetes/manifests/etcd.yaml ] || exit 1
silent=75
ask "$1/bin/kubectl" --kubeconfig "$2" --cache-dir "$1/../kubectl-cache" --request-timeout=10s get node "$3"
`;

/** is-initialised.sh */
export const isInitialised = `ask() {
  local said
  until said=$("$@" 2>&1 > /dev/null); do
    case $said in *\\(NotFound\\)*) exit 1 ;; esac
    [ "$SECONDS" -lt "$ASK_SECONDS" ] || { printf '%s\\n' "$said" >&2; exit "$silent"; }
    sleep 1
  done
}
[ -e /etc/kubernetes/admin.conf ] || exit 1
silent=75
grep -qs kubelet-client-current /etc/kubernetes/kubelet.conf || { ASK_SECONDS=0; silent=1; }
ask "$@" --request-timeout=10s get --raw /readyz
ask "$@" --request-timeout=10s -n kube-public get configmap cluster-info
ask "$@" --request-timeout=10s -n kube-system get daemonset kube-proxy
`;

/** is-network-clean.sh */
export const isNetworkClean = `is_clean() {
  ! ip link show cni0 > /dev/null 2>&1 && ! ip link show flannel.1 > /dev/null 2>&1 && [ -z "$({ iptables-save; ip6tables-save; } 2>/dev/null | grep -E "KUBE-|CNI-|FLANNEL-" || true)" ]
}
is_clean
`;

/** is-reset.sh */
export const isReset = `[ ! -e /etc/kubernetes/kubelet.conf ] && [ ! -e /etc/kubernetes/admin.conf ] && [ ! -d /var/lib/etcd/member ] && ! systemctl is-active -q kubelet
`;

/** reset.sh */
export const reset = `"$1" reset --force --cri-socket "$2" --cleanup-tmp-dir \${3:+"--skip-phases=$3"} >&2 || true
systemctl stop kubelet 2>/dev/null || true
systemctl stop kubepods.slice 2>/dev/null || true
find /etc/kubernetes /var/lib/kubelet /var/lib/etcd /etc/cni/net.d /var/lib/cni -mindepth 1 -depth -xdev -delete 2>/dev/null || true
`;

