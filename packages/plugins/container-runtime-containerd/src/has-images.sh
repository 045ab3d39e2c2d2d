# shellcheck shell=bash
# Whether all images are there. $1: crictl, $2: the socket, then the images.
c=$1; r=$2; shift 2
for i in "$@"; do "$c" -r "$r" inspecti -q "$i" > /dev/null 2>&1 || exit 1; done
