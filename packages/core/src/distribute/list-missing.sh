# shellcheck shell=bash
# Prints which blobs are not there. $1: the folder of blobs, then their hex digits.
cd "$1" 2> /dev/null || { shift; printf '%s\n' "$@"; exit 0; }
shift
for b in "$@"; do [ -e "$b" ] || echo "$b"; done
