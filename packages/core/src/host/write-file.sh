# shellcheck shell=bash
# Writes standard input to a file that is whole or not there. $1: its path, $2: its mode.
# shellcheck disable=SC2174 # folders above that one are for root alone, by the umask
umask 077; mkdir -p -m 755 -- "$(dirname -- "$1")"
t="$1.sealer-new"
cat > "$t"
chmod "$2" "$t"
sync "$t"
mv -f -- "$t" "$1"
