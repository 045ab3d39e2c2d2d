# shellcheck shell=bash
# Waits until nobody holds a lock. $1: its name, $2: for how many seconds.
f=/run/sealer/$1.lock
[ -e "$f" ] || exit 0
exec flock -w "$2" "$f" true
