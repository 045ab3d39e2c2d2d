# shellcheck shell=bash
# Runs a line of the image's author. $1: where, $2: the rootfs, $3: the kubeconfig, $4: the line.
cd "$1" || exit
export PATH="$2/bin:$PATH" KUBECONFIG="$3"
eval "$4"
