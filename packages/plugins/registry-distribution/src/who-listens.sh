# shellcheck shell=bash
# Tells who listens at the registry's port: `own`, `none` or the program. $1: its service, $2: its port.
. ./listener.sh
listener "$1" "$2"
