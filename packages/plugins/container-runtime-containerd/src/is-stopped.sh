# shellcheck shell=bash
# Whether neither containerd nor a container of it runs.
! systemctl is-active -q containerd && ! systemctl is-enabled -q containerd 2> /dev/null && ! pgrep -f containerd-shim-runc-v2 > /dev/null
