# shellcheck shell=bash
# Runs a hook in the rootfs. $1: the rootfs, $2: clean or install, $3: the script.

# The rootfs is not there when a host is cleaned that never got one.
cd "$1" 2> /dev/null || { [ "$2" = clean ] && exit 0; echo "no rootfs at $1" >&2; exit 1; }
PATH="$1/bin:$PATH"
set +eu +o pipefail
eval "$3"
