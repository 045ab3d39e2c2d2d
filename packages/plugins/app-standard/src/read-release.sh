# shellcheck shell=bash
# Prints as JSON what a release of a chart consists of, as it is in the cluster. $1: the rootfs, $2: the kubeconfig,
# $3: the release, then kubectl and its flags.
rootfs=$1; export KUBECONFIG=$2; release=$3; shift 3
manifest=$("$rootfs/bin/helm" get manifest "$release")
# A chart may have no object at all.
grep -q '^kind:' <<< "$manifest" || exit 0
"$@" get -f - --ignore-not-found -o json <<< "$manifest"
