// Made by tools/embed-scripts.mjs from the *.sh files of this package. Do not edit.

/** run-line.sh */
export const runLine = `cd "$1" || exit; export KUBECACHEDIR="$2/../kubectl-cache"; export PATH="$2/bin:$PATH" KUBECONFIG="$3" APP="$4"; eval "$5"
`;

