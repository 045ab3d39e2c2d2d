# shellcheck shell=bash
# Ends every process with a setting in its environment: TERM, then KILL. $1: the setting, `NAME=value`.

# grep fails when a process, any process, ends while it looks.
find_them() { { grep -lzsxF -- "$1" /proc/[0-9]*/environ || true; } | cut -d/ -f3; }
for s in TERM TERM TERM TERM TERM KILL; do
  p=$(find_them "$1" | tr '\n' ' '); [ -n "$p" ] || exit 0
  # shellcheck disable=SC2086 # several
  kill -s $s $p 2>/dev/null || true; sleep 0.4
done
