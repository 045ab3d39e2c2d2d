# shellcheck shell=bash
# File systems of folders that are filled. $1: the folder, $2: what is done there.

folder() {
  local at=$1 kind options target
  while [ ! -e "$at" ]; do at=${at%/*}; at=${at:-/}; done
  [ -d "$at" ] || { found folder-is-file "$1" "$at"; return; }
  [ -w "$at" ] || found folder-read-only "$1" "$at"
  command -v findmnt > /dev/null || { found findmnt-missing; return; }
  read -r kind options target < <(findmnt -nro FSTYPE,OPTIONS,TARGET -T "$at" 2> /dev/null)
  case "$2,$options," in *exec*,noexec,*) found folder-noexec "$1" "$target" ;; esac
  case "$2 $kind" in *layers*\ overlay | *layers*\ nfs* | *layers*\ cifs | *layers*\ fuse* | *layers*\ 9p) found folder-layers "$1" "$kind" ;; esac
  case $kind in tmpfs | ramfs) found folder-in-memory "$1" "$target" ;; esac
}
