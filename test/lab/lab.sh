#!/bin/bash
# lab.sh - several real systemd hosts on one machine, from namespaces and overlayfs only. Needs root. See README.md.
#   up N                         start hosts 1..N and wait for ssh; builds the base when there is none
#   ssh I [cmd]   exec I cmd..   by the network; straight into its namespaces (also while cut off)
#   cp I SRC DST                 copy a file or folder into a host
#   stop I  start I  reboot I    as the power button does it;  crash I: pull the plug. Disks stay
#   partition I [J]              cut I off from all, or from J;  heal [I [J]]: undo
#   limited-dir I PATH SIZE      a small disk at PATH (disk-full stories);  unlimit I PATH
#   status [--json]   key        what there is; path of the ssh key
#   down                         remove hosts, disks, network
# LAB_NAME (default lab) and LAB_NET (default 10.77.0) keep labs apart. Host I: name hI, address LAB_NET.(10+I).
set -u
# From the first line on: without a trap, bash drops the program it waits for and goes on.
trap 'exit 130' INT TERM HUP
SELF=$(readlink -f "$0")
# shellcheck source=/dev/null # each is checked by itself
for part in tools names network cgroups disk boot reach keeper status lab-life; do . "${SELF%/*}/lib/$part.sh"; done

main() {
  local command=${1:-}
  [ $# = 0 ] || shift
  case $command in
    up) up "${1:-3}" ;;
    down) down ;;
    start) need_host "${1:-}"; start_host "$1"; await_ssh "$1" ;;
    stop) need_host "${1:-}"; halt_host "$1" off ;;
    crash) need_host "${1:-}"; halt_host "$1" kill ;;
    reboot) need_running "${1:-}"; reboot_host "$1" ;;
    ssh) need_host "${1:-}"; run_ssh "$@" ;;
    exec) need_running "${1:-}"; enter "$@" ;;
    cp) [ $# = 3 ] || usage; need_host "$1"; copy_in "$@" ;;
    partition) partition "${1:-}" "${2:-}" ;;
    heal) heal "${1:-}" "${2:-}" ;;
    limited-dir) [ $# = 3 ] || usage; limited_dir "$@" ;;
    unlimit) [ $# = 2 ] || usage; unlimit "$@" ;;
    status) status "${1:-}" ;;
    key) need_key; echo "$KEY" ;;
    _boot) boot "$1" ;;
    _keeper) keeper "$1" ;;
    *) usage ;;
  esac
}

usage() {
  sed -n '2,12s/^# \{0,1\}//p' "$SELF" >&2
  exit 2
}

# One line, so that bash has read all of it: the file may be replaced while a keeper runs.
main "$@"; exit
