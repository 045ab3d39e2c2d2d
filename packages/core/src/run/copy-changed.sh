# shellcheck shell=sh
# Copies files with all their attributes. $1: from, $2: to; standard input: their paths, each ended by a NUL.
tar -C "$1" --null --no-recursion --format=posix --numeric-owner --xattrs '--xattrs-include=*' -T - -cf - |
  tar -C "$2" -xpf - --numeric-owner --xattrs '--xattrs-include=*'
