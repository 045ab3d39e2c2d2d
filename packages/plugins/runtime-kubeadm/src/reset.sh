# shellcheck shell=bash
# Takes back what `kubeadm init` or `join` did, half-done or whole. $1: the rootfs, $2: the socket of the container runtime,
# $3: what was there before (record-host.sh), $4: `stays` when members of etcd are left to be told.
# kubeadm's own phase cleanup-node empties folders whatever they held before, so it is left out.
before=$(mktemp); trap 'rm -f "$before"' EXIT
. ./is-ours.sh
is_ours "$1" || exit 0
[ "$4" != stays ] || "$1/bin/kubeadm" reset --force --cri-socket "$2" --skip-phases=cleanup-node >&2 || true
systemctl stop kubelet 2>/dev/null || true
timeout 60 "$1/bin/crictl" -r "$2" rmp --all --force > /dev/null 2>&1 || true
systemctl stop kubepods.slice 2>/dev/null || true
sed -n 's/^\(path\|mount\)\t//p' "$3" 2> /dev/null > "$before" || true
others() { grep -vxF -f "$before" || true; }
awk 'index($5, "/var/lib/kubelet/") == 1 {print $5}' /proc/self/mountinfo | others | sort -r | while IFS= read -r m; do umount "$m" 2> /dev/null || umount -l "$m" || true; done
for folder in /etc/kubernetes /var/lib/kubelet /var/lib/etcd; do
  # Without the record, as of an earlier version: only folders that the ledger says were not there.
  [ -e "$3" ] || grep -qxF "T	$folder" "$(dirname "$3")/owned" 2> /dev/null || continue
  { find "$folder" -mindepth 1 -depth -xdev 2> /dev/null || true; } | others | while IFS= read -r p; do
    if [ -d "$p" ] && [ ! -L "$p" ]; then rmdir --ignore-fail-on-non-empty -- "$p" || true; else rm -f -- "$p"; fi
  done
done
