# shellcheck shell=bash
# Whether links and rules of the network of Kubernetes are gone.
. ./network.sh
is_clean
