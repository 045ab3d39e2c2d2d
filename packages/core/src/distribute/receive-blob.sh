# shellcheck shell=bash
# Takes a blob from standard input and gives it its name when its digest is right. $1: the folder of blobs,
# $2: the hex digits, $3: bytes that are there already, $4: seconds of silence after which another sender counts as
# gone, $5: the size of the whole. Ends with 76: others went on, 77: cannot be written, 78: damaged, 79: cut off.

mkdir -p "$1"; cd "$1" || exit
exec 7>>"$2.lock"
# Whoever holds the lock is another run at work, or one that was cut off: then nothing arrives any more.
while ! flock -w "$4" 7; do
  size=$(stat -c %s "$2.partial" 2>/dev/null || echo 0)
  # shellcheck disable=SC2013 # numbers
  [ "$size" != "${seen:-$3}" ] || [ "$size" -ge "$5" ] || for p in $(grep -lzsxF -- "SEALER_COMMAND=$(cat "$2.lock")" /proc/[0-9]*/environ | cut -d/ -f3); do kill -9 "$p" || true; done
  seen=$size
done
printf %s "$SEALER_COMMAND" > "$2.lock"
[ ! -e "$2" ] || { cat > /dev/null; rm -f "$2.lock"; exit 0; }
[ "$(stat -c %s "$2.partial" 2>/dev/null || echo 0)" = "$3" ] || { echo "moved on" >&2; exit 76; }
cat >> "$2.partial" || exit 77
# The sender has gone: what arrived is for the next try.
[ "$(stat -c %s "$2.partial")" -ge "$5" ] || { echo "cut off" >&2; exit 79; }
[ "$(sha256sum < "$2.partial" | cut -c1-64)" = "$2" ] || { rm -f "$2.partial"; exit 78; }
mv -f "$2.partial" "$2"; stat -c '%i %s %Y %Z' "$2" > "$2.verified"; rm -f "$2.lock"
