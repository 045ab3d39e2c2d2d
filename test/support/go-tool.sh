#!/bin/bash
# go-tool.sh PACKAGE VERSION [TAGS]: builds a program that others maintain out of its Go module, once, and prints its path.
#   go-tool.sh github.com/distribution/distribution/v3/cmd/registry v3.1.0
set -eu
[ $# -ge 2 ] || { sed -n '2,3p' "$0" >&2; exit 2; }
package=$1 version=$2 tags=${3:-}
cache=${SEALER_LAB_CACHE:-$HOME/.cache/sealer-lab}
export PATH=$PATH:/usr/local/go/bin GOTOOLCHAIN=${GOTOOLCHAIN:-local} CGO_ENABLED=0 GOFLAGS='' GOCACHE=$cache/gocache
folder=$cache/go-tools/$(printf '%s' "$package@$version $tags $(go env GOVERSION)" | sha256sum | cut -c1-16)
mkdir -p "$folder"
exec 7> "$folder.lock"; flock 7
program=$(find "$folder" -type f -perm -u+x | head -n 1)
if [ -z "$program" ]; then
  echo "go-tool: building $package $version (minutes, once)" >&2
  # Beside its place, so that one that was cut off is not taken for whole.
  GOBIN=$folder.new go install -trimpath -ldflags '-s -w' -tags "$tags" "$package@$version" >&2
  mv "$folder.new"/* "$folder/"; rmdir "$folder.new"
  program=$(find "$folder" -type f -perm -u+x | head -n 1)
fi
echo "$program"
