#!/bin/bash
# cosign.sh [2|3]: builds a line of cosign, once, and prints its path; without an argument both.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
for line in ${1:-3 2}; do
  case $line in
    2) "$HERE/go-tool.sh" github.com/sigstore/cosign/v2/cmd/cosign v2.6.5 ;;
    3) "$HERE/go-tool.sh" github.com/sigstore/cosign/v3/cmd/cosign v3.1.3 ;;
    *) sed -n 2p "$0" >&2; exit 2 ;;
  esac
done
