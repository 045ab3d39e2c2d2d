#!/bin/bash
# apt.sh - Debian packages for the lab and the tests; several scripts may call it at once.
#   install PACKAGE...        installs them; services they bring are not started
#   download DIR PACKAGE...   puts their .deb files into DIR
set -eu
[ $# -ge 2 ] || { sed -n '2,4p' "$0" >&2; exit 2; }
command=$1; shift
[ "$(id -u)" = 0 ] || [ "$command" = download ] || { echo "apt: needs root to install $*" >&2; exit 1; }
fail() { echo "apt: could not $command $*: do it by hand, then try again" >&2; exit 1; }

# One apt-get at a time: its own lock is an error, not a wait.
exec 7> "${TMPDIR:-/tmp}/sealer-apt.lock"
flock 7
find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -1 2> /dev/null | grep -q . \
  || apt-get -qq update > /dev/null || fail "$@"

policy=/usr/sbin/policy-rc.d
case $command in
  install)
    # Nothing starts: the lab's own sshd is all that should run.
    [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy; trap 'rm -f $policy' EXIT; }
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" > /dev/null 2>&1 \
      || { apt-get -qq update; DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@"; } > /dev/null || fail "$@" ;;
  download)
    dir=$1; shift
    mkdir -p "$dir"; cd "$dir"
    apt-get -qq -o APT::Sandbox::User=root download "$@" || fail "$@" ;;
  *) sed -n '2,4p' "$0" >&2; exit 2 ;;
esac
