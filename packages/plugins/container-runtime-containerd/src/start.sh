# shellcheck shell=bash
# Starts containerd and waits until it answers. $1: the rootfs, $2: its socket.
systemctl daemon-reload; systemctl enable -q containerd; systemctl restart containerd
for _ in $(seq 100); do
  "$1/bin/crictl" -r "$2" version > /dev/null 2>&1 && exit 0
  sleep 0.1
done
journalctl -u containerd -n 20 --no-pager >&2
exit 1
