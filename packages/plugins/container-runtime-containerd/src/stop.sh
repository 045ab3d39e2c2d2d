# shellcheck shell=bash
# Stops containerd and all its containers, and takes their mounts away. $1: the rootfs.
systemctl disable -q --now containerd 2>/dev/null || true
for pid in $(pgrep -f "^$1/bin/containerd-shim|containerd-shim-runc-v2 -namespace" || true); do
  # shellcheck disable=SC2013 # numbers
  for child in $(cat "/proc/$pid/task/"*/children 2>/dev/null); do kill -KILL "$child" 2>/dev/null || true; done
  kill -KILL "$pid" 2>/dev/null || true
done
awk '$5 ~ "^/run/containerd/|^/var/lib/containerd/|^/run/netns/cni-" {print $5}' /proc/self/mountinfo | sort -r | while IFS= read -r m; do umount -l "$m" 2>/dev/null || true; done
rm -f /run/netns/cni-* ; rmdir /run/netns 2>/dev/null || true
systemctl reset-failed containerd 2>/dev/null || true
