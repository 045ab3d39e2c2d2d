# shellcheck shell=bash
# Stops the registry for good. $1: its service.
systemctl disable -q --now "$1"
systemctl reset-failed "$1" 2> /dev/null || true
