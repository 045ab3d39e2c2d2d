# shellcheck shell=bash
# For who-listens.sh, is-running.sh and start.sh: who listens at the registry's port. A port that is open says nothing.

# listener SERVICE PORT: `own`, `none`, or the program that does.
listener() {
  local main inode pid found=none
  main=$(systemctl show -p MainPID --value "$1")
  # shellcheck disable=SC2013 # numbers
  for inode in $(cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | awk -v h="$(printf ':%04X$' "$2")" '$4 == "0A" && $2 ~ h {print $10}'); do
    if [ "$main" -gt 0 ] && [ -n "$(find "/proc/$main/fd" -lname "socket:\[$inode\]" 2> /dev/null)" ]; then echo own; return; fi
    pid=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2> /dev/null | cut -d/ -f3 | head -n 1 || true)
    found=${pid:+$(cat "/proc/$pid/comm" 2> /dev/null || true) (process $pid)}
  done
  echo "${found:-another program}"
}
