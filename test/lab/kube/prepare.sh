#!/bin/bash
# prepare.sh: everything the lab's clusters are built from - Kubernetes' programs, their container images, and the build
# contexts of catalog/. The base of the hosts is built meanwhile. Cached by inputs; the last line names the folder.
set -eu
HERE=$(dirname "$(readlink -f "$0")"); ROOT=$HERE/../../..
"$HERE/../base.sh" > /dev/null & BASE=$!
KUBE=$("$HERE/build.sh")
node "$HERE/images.mjs" "$KUBE" "$KUBE/images"
wait $BASE || { echo "lab: the base of the hosts could not be built; its messages are above" >&2; exit 1; }
"$ROOT/catalog/kubernetes/prepare.sh" --from "$KUBE" >&2
"$ROOT/catalog/web-demo/prepare.sh" --from "$KUBE" >&2
echo "$KUBE"
