# shellcheck shell=bash
# Whether exactly this version is unpacked, complete and in use. $1: the cluster's folder, $2: the version's hex digits.

cd "$1/versions" && [ -e "$2.complete" ] && [ "$(readlink "$1/rootfs")" = "versions/$2" ]
find "$2" -type f -printf '%P %s\n' | sort | cmp -s - "$2.files"
