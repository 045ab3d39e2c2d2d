# shellcheck shell=bash
# For clean-network.sh and is-network-clean.sh.

is_clean() {
  ! ip link show cni0 > /dev/null 2>&1 && ! ip link show flannel.1 > /dev/null 2>&1 && [ -z "$({ iptables-save; ip6tables-save; } 2>/dev/null | grep -E "KUBE-|CNI-|FLANNEL-" || true)" ]
}
