#!/bin/bash
# image-tools.sh [crane|oras|regctl]: builds a program that copies images, once, and prints its path; without an argument all of them.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
for tool in ${1:-crane oras regctl}; do
  case $tool in
    crane) "$HERE/go-tool.sh" github.com/google/go-containerregistry/cmd/crane v0.22.1 ;;
    oras) "$HERE/go-tool.sh" oras.land/oras/cmd/oras v1.3.6 ;;
    regctl) "$HERE/go-tool.sh" github.com/regclient/regclient/cmd/regctl v0.11.7 ;;
    *) sed -n 2p "$0" >&2; exit 2 ;;
  esac
done
