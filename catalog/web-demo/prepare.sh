#!/bin/bash
# prepare.sh --from DIR: writes context/manifests/imageList, which takes the image of the web application from DIR/images.
set -eu
[ "${1:-}" = --from ] && [ -n "${2:-}" ] || { sed -n 2p "$0"; exit 2; }
C=$(dirname "$(readlink -f "$0")")/context; mkdir -p "$C/manifests"
ln -sfn "$(readlink -f "$2")/images" "$C/images"
echo 'docker.io/library/web:1 from oci:context/images:docker.io/library/web:1' > "$C/manifests/imageList"
