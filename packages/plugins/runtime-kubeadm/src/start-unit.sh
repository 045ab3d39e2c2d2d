# shellcheck shell=bash
# Starts a unit that was just placed, now and at each boot. $1: the unit.
systemctl daemon-reload; systemctl enable -q "$1"; systemctl restart "$1"
