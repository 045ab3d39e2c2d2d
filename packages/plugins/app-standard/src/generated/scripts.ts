// Made by tools/embed-scripts.mjs from the *.sh files of this package. Do not edit.

/** read-release.sh */
export const readRelease = `rootfs=$1; export KUBECONFIG=$2; release=$3; shift 3
manifest=$("$rootfs/bin/helm" get manifest "$release")
grep -q '^kind:' <<< "$manifest" || exit 0
"$@" get -f - --ignore-not-found -o json <<< "$manifest"
`;

/** run-line.sh */
export const runLine = `cd "$1" || exit; export KUBECACHEDIR="$2/../kubectl-cache"; export PATH="$2/bin:$PATH" KUBECONFIG="$3" APP="$4"; eval "$5"
`;

