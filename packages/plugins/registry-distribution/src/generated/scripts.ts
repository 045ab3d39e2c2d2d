// Made by tools/embed-scripts.mjs from the *.sh files of this package. Do not edit.

/** is-running.sh */
export const isRunning = `listener() {
  local main inode pid found=none
  main=$(systemctl show -p MainPID --value "$1")
  for inode in $(cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | awk -v h="$(printf ':%04X$' "$2")" '$4 == "0A" && $2 ~ h {print $10}'); do
    if [ "$main" -gt 0 ] && [ -n "$(find "/proc/$main/fd" -lname "socket:\\[$inode\\]" 2> /dev/null)" ]; then echo own; return; fi
    pid=$(find /proc/[0-9]*/fd -lname "socket:\\[$inode\\]" 2> /dev/null | cut -d/ -f3 | head -n 1 || true)
    found=\${pid:+$(cat "/proc/$pid/comm" 2> /dev/null || true) (process $pid)}
  done
  echo "\${found:-another program}"
}
pid=$(systemctl show -p MainPID --value "$1")
[ "$pid" -gt 0 ] && systemctl is-enabled -q "$1" && ! [ "$2/tls.crt" -nt "/proc/$pid" ] && ! [ "$2/config.yml" -nt "/proc/$pid" ] && [ "$(listener "$1" "$3")" = own ]
`;

/** is-stopped.sh */
export const isStopped = `grep -qF "ExecStart=$2/" "/etc/systemd/system/$1" 2> /dev/null || exit 0
! systemctl is-active -q "$1" && ! systemctl is-enabled -q "$1" 2> /dev/null
`;

/** start.sh */
export const start = `systemctl daemon-reload; systemctl enable -q "$1"; systemctl restart "$1"
listener() {
  local main inode pid found=none
  main=$(systemctl show -p MainPID --value "$1")
  for inode in $(cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | awk -v h="$(printf ':%04X$' "$2")" '$4 == "0A" && $2 ~ h {print $10}'); do
    if [ "$main" -gt 0 ] && [ -n "$(find "/proc/$main/fd" -lname "socket:\\[$inode\\]" 2> /dev/null)" ]; then echo own; return; fi
    pid=$(find /proc/[0-9]*/fd -lname "socket:\\[$inode\\]" 2> /dev/null | cut -d/ -f3 | head -n 1 || true)
    found=\${pid:+$(cat "/proc/$pid/comm" 2> /dev/null || true) (process $pid)}
  done
  echo "\${found:-another program}"
}
for _ in $(seq 100); do
  found=$(listener "$1" "$2")
  [ "$found" != own ] || exit 0
  [ "$found" = none ] || { systemctl stop "$1"; echo "$found"; exit 75; }
  sleep 0.1
done
journalctl -u "$1" -n 20 --no-pager >&2
exit 1
`;

/** stop.sh */
export const stop = `systemctl disable -q --now "$1"
systemctl reset-failed "$1" 2> /dev/null || true
`;

/** who-listens.sh */
export const whoListens = `listener() {
  local main inode pid found=none
  main=$(systemctl show -p MainPID --value "$1")
  for inode in $(cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | awk -v h="$(printf ':%04X$' "$2")" '$4 == "0A" && $2 ~ h {print $10}'); do
    if [ "$main" -gt 0 ] && [ -n "$(find "/proc/$main/fd" -lname "socket:\\[$inode\\]" 2> /dev/null)" ]; then echo own; return; fi
    pid=$(find /proc/[0-9]*/fd -lname "socket:\\[$inode\\]" 2> /dev/null | cut -d/ -f3 | head -n 1 || true)
    found=\${pid:+$(cat "/proc/$pid/comm" 2> /dev/null || true) (process $pid)}
  done
  echo "\${found:-another program}"
}
listener "$1" "$2"
`;

