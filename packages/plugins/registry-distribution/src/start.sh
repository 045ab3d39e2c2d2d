# shellcheck shell=bash
# Starts the registry and waits until it answers. $1: its service, $2: its port.
systemctl daemon-reload; systemctl enable -q "$1"; systemctl restart "$1"
for _ in $(seq 100); do
  timeout 1 bash -c "</dev/tcp/127.0.0.1/$2" 2> /dev/null && exit 0
  sleep 0.1
done
journalctl -u "$1" -n 20 --no-pager >&2
exit 1
