#!/bin/bash
# demo.sh: the main job on real hosts. Builds a cluster image, runs it on three lab hosts and fetches a page through the
# cluster's own DNS and service network. `demo.sh down` takes it all away.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd); ROOT=$(cd "$HERE/../.." && pwd)
export LAB_NAME=demo LAB_NET=10.78.0
CACHE=${SEALER_LAB_CACHE:-$HOME/.cache/sealer-lab}
export SEALER_HOME=$CACHE/demo-home
LAB=$ROOT/test/lab/lab.sh
sealer() { node "$ROOT/packages/cli/bin/run.js" "$@"; }

if [ "${1:-}" = down ]; then "$LAB" down; rm -rf "$SEALER_HOME/clusters" "$SEALER_HOME/known_hosts"; echo 'the demo is gone'; exit 0; fi
. "$ROOT/test/setup.sh"
hosts_up() { "$LAB" down; rm -rf "$SEALER_HOME/clusters" "$SEALER_HOME/known_hosts"; "$LAB" up 3; }
build_images() { sealer build -t kubernetes:v1.34.4 "$ROOT/catalog/kubernetes" && sealer build -t web-demo:1.0 "$ROOT/catalog/web-demo"; }
timed 'start three hosts' hosts_up
timed 'sealer build' build_images
mkdir -p "$SEALER_HOME"
sed "s,@KEY@,$("$LAB" key),; s,@NET@,$LAB_NET,g" "$HERE/Clusterfile" > "$SEALER_HOME/Clusterfile"
timed 'sealer run' sealer run -f "$SEALER_HOME/Clusterfile"
export KUBECONFIG=$SEALER_HOME/clusters/demo/kubeconfig
KUBECTL=$KUBE/k8s/kubectl
ready() { "$KUBECTL" rollout status deployment/web --timeout=120s; }
timed 'wait for the application' ready
say 'nodes and pods'; "$KUBECTL" get nodes -o wide; "$KUBECTL" get pods -A -o wide
POD=$("$KUBECTL" get pods -l app=web -o name | head -n 1)
say "http://web.default.svc.cluster.local/ fetched from $POD, six times"
page() { "$KUBECTL" exec "$POD" -- /usr/local/bin/web get http://web.default.svc.cluster.local/; }
# kube-proxy follows a pod's readiness by a moment: until both replicas have answered, for 30 s at most.
SEEN=; for _ in $(seq 60); do
  ANSWER=$(page 2> /dev/null) || { sleep 0.5; continue; }
  [ -n "$SEEN" ] || SEEN=$ANSWER
  [ "$ANSWER" = "$SEEN" ] || break
done
for _ in 1 2 3 4 5 6; do page; done
show_times
cat <<TXT

The cluster runs. Use it:
  export KUBECONFIG=$KUBECONFIG
  $KUBECTL get nodes
  SEALER_HOME=$SEALER_HOME node packages/cli/bin/run.js status
Take it all down:
  npm run demo -- down
TXT
