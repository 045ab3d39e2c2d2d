# shellcheck shell=bash
# Runs a line in an app's folder. $1: the folder, $2: the rootfs, $3: the kubeconfig, $4: the app's name, $5: the line.
cd "$1" || exit; export KUBECACHEDIR="$2/../kubectl-cache"; export PATH="$2/bin:$PATH" KUBECONFIG="$3" APP="$4"; eval "$5"
