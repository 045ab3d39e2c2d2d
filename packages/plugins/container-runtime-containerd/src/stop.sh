# shellcheck shell=bash
# Stops this cluster's containerd and all its containers, and takes their mounts and namespaces away. $1: the cluster's folder.
. ./is-ours.sh
is_ours "$1" || [ -n "$(own_shims "$1")" ] || exit 0
# Disabling takes the link away by which it is known as ours.
if is_ours "$1"; then systemctl disable -q --now containerd 2>/dev/null || true; ours=1; fi
# The namespaces of pods have names as every engine with CNI gives them: those our containers were made with are ours.
namespaces=$(cat /run/containerd/io.containerd.runtime.v2.task/*/*/config.json 2> /dev/null | grep -oE '"path": ?"(/var)?/run/netns/[^"/]+"' | sed 's,.*/\([^"]*\)"$,\1,' | sort -u || true)
for pid in $(own_shims "$1"); do
  # shellcheck disable=SC2013 # numbers
  for child in $(cat "/proc/$pid/task/"*/children 2>/dev/null); do kill -KILL "$child" 2>/dev/null || true; done
  kill -KILL "$pid" 2>/dev/null || true
done
awk 'index($5, "/run/containerd/") == 1 || index($5, "/var/lib/containerd/") == 1 {print $5}' /proc/self/mountinfo | sort -r | while IFS= read -r m; do umount -l "$m" 2>/dev/null || true; done
for name in $namespaces; do umount -l "/run/netns/$name" 2> /dev/null || true; rm -f "/run/netns/$name"; done
rmdir /run/netns 2>/dev/null || true
[ -z "${ours:-}" ] || systemctl reset-failed containerd 2>/dev/null || true
