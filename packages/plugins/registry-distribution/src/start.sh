# shellcheck shell=bash
# Starts the registry and waits until it listens. $1: its service, $2: its port. Ends with 75 when another program does,
# which is named on standard output.
systemctl daemon-reload; systemctl enable -q "$1"; systemctl restart "$1"
. ./listener.sh
for _ in $(seq 100); do
  found=$(listener "$1" "$2")
  [ "$found" != own ] || exit 0
  [ "$found" = none ] || { systemctl stop "$1"; echo "$found"; exit 75; }
  sleep 0.1
done
journalctl -u "$1" -n 20 --no-pager >&2
exit 1
