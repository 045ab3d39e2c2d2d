// Made by tools/embed-scripts.mjs from the *.sh files of this package. Do not edit.

/** is-running.sh */
export const isRunning = `pid=$(systemctl show -p MainPID --value "$1")
[ "$pid" -gt 0 ] && systemctl is-enabled -q "$1" && ! [ "$2/tls.crt" -nt "/proc/$pid" ] && ! [ "$2/config.yml" -nt "/proc/$pid" ] && timeout 2 bash -c "</dev/tcp/127.0.0.1/$3"
`;

/** is-stopped.sh */
export const isStopped = `! systemctl is-active -q "$1" && ! systemctl is-enabled -q "$1" 2> /dev/null
`;

/** start.sh */
export const start = `systemctl daemon-reload; systemctl enable -q "$1"; systemctl restart "$1"
for _ in $(seq 100); do
  timeout 1 bash -c "</dev/tcp/127.0.0.1/$2" 2> /dev/null && exit 0
  sleep 0.1
done
journalctl -u "$1" -n 20 --no-pager >&2
exit 1
`;

/** stop.sh */
export const stop = `systemctl disable -q --now "$1"
systemctl reset-failed "$1" 2> /dev/null || true
`;

