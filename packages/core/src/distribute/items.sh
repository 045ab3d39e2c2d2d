# shellcheck shell=bash
# For place-items.sh and items-hold.sh. $1: the cluster's folder, $2: the mark of its lines, $3: how many bytes of standard
# input describe what is wanted, a line an item.

# shellcheck disable=SC2034 # used by the scripts that begin with this one
base=$1; ledger=$1/owned; mark=$2; spec=$(head -c "$3")
lines() { printf '%s\n' "$spec" | grep "^$1	" | cut -f2- || true; }
key_path() { printf '/proc/sys/%s' "$(printf %s "$1" | tr . /)"; }
kept() { [ "$(readlink -- "$1" 2>/dev/null)" = "$2" ]; }
. ./looks.sh
