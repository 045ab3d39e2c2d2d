# shellcheck shell=bash
# What every script of the lab starts from: messages, the cache, and the programs it needs.

CACHE=${SEALER_LAB_CACHE:-${HOME:-/root}/.cache/sealer-lab}
case $CACHE in /*) ;; *) CACHE=$PWD/$CACHE ;; esac
KEY=$CACHE/id_ed25519

say() { echo "lab: $*" >&2; }
die() { say "$*"; exit 1; }

# need_programs PROGRAM:PACKAGE...: installs the packages of missing programs, and says so.
need_programs() {
  local pair missing=()
  for pair in "$@"; do command -v "${pair%%:*}" > /dev/null || missing+=("${pair#*:}"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]} (apt-get)"
  "${BASH_SOURCE[0]%/*}/../../support/apt.sh" install "${missing[@]}" || exit 1
}

# The key is the cache's, not the base's: one key opens every lab of this machine.
need_key() {
  [ -e "$KEY" ] && [ -e "$KEY.pub" ] && return 0
  mkdir -p "$CACHE"
  (flock 8; [ -e "$KEY" ] || ssh-keygen -q -t ed25519 -N '' -f "$KEY" -C sealer-lab; [ -e "$KEY.pub" ] || ssh-keygen -y -f "$KEY" > "$KEY.pub") 8< "$CACHE"
}
