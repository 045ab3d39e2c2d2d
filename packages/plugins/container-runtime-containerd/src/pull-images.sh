# shellcheck shell=bash
# Pulls images, two at a time. $1: crictl, $2: the socket, then the images.
c=$1; r=$2; shift 2; printf '%s\0' "$@" | xargs -0 -n 1 -P 2 "$c" -r "$r" pull
