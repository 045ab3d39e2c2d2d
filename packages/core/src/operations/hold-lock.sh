# shellcheck shell=bash
# Holds the lock of a cluster until standard input ends or is silent: says `locked`, or who holds it and ends with 75.
# The file goes with its holder, so that nothing is left where nothing began: who locks one that is gone tries again.
# $1: the cluster, $2: who we are, $3: seconds of silence.

lock="/run/sealer/cluster-$1.lock"; holder="/run/sealer/cluster-$1.holder"
while :; do
  mkdir -p /run/sealer; exec 8>>"$lock"
  if ! flock -n 8; then cat "$holder" 2>/dev/null; exit 75; fi
  [ "$(stat -Lc %i /proc/self/fd/8)" = "$(stat -c %i "$lock" 2>/dev/null)" ] && break
done
trap 'rm -f "$lock" "$holder"; rmdir /run/sealer 2>/dev/null' EXIT
printf '%s\n' "$2" > "$holder"; echo locked; while IFS= read -r -t "$3"; do :; done
