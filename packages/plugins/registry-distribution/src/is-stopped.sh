# shellcheck shell=bash
# Whether the registry neither runs nor will. $1: its service.
! systemctl is-active -q "$1" && ! systemctl is-enabled -q "$1" 2> /dev/null
