#!/bin/bash
# bare.sh all | STEP... - what `sealer run` does, by hand: a parallel shell script over ssh that installs the same Kubernetes with the
# same containerd, registry and flannel on lab hosts that are up. Each step is timed. test/bench divides sealer's time by this one.
#   steps: stage copy configure registry push pull init network join ready dns workload   (all: every one, then check)
#   KUBE=DIR      what test/lab/kube/build.sh printed (default: asks it)     IMAGES=DIR  OCI layout by images.mjs (default KUBE/images)
#   MASTERS="1" WORKERS="2 3"   LAB_NAME, LAB_NET as for lab.sh             OUT=DIR     logs and times.tsv (default: a folder in the cache)
set -u
HERE=$(dirname "$(readlink -f "$0")"); REPO=$HERE/../../..
[ $# -gt 0 ] || { sed -n '2,6p' "$0"; exit 2; }
CACHE=${SEALER_LAB_CACHE:-$HOME/.cache/sealer-lab}; export LAB_NAME=${LAB_NAME:-lab} LAB_NET=${LAB_NET:-10.77.0}
KUBE=${KUBE:-$("$REPO/test/lab/kube/build.sh" | tail -n 1)}; IMAGES=${IMAGES:-$KUBE/images}
V=v${K8S_VERSION:-1.34.4}; MASTERS=${MASTERS:-1}; WORKERS=${WORKERS-"2 3"}; HOSTS="$MASTERS $WORKERS"
OUT=${OUT:-$CACHE/bare-$LAB_NAME}; STAGE=$OUT/stage; HUB=sea.hub:5000; CATALOG=$REPO/catalog
KEY=$("$REPO/test/lab/lab.sh" key); TOKEN=abcdef.0123456789abcdef
CERTKEY=e6a2eb8581237ab72a4f494f30285ec12a9694d750b9785706a83bfcbbbd2204
mkdir -p "$OUT"
WANT=; for t in skopeo jq bc openssl curl; do command -v $t > /dev/null || WANT="$WANT $t"; done
[ -z "$WANT" ] || { echo "bare: installing$WANT" >&2; "$REPO/test/support/apt.sh" install $WANT || exit 1; }

ip() { echo "$LAB_NET.$((10 + $1))"; }
on() { local i=$1; shift; ssh -q -i "$KEY" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes -o ConnectTimeout=3 root@"$(ip "$i")" "$@"; }
each() { local f=$1 i p rc=0 ps=(); shift; for i in "$@"; do $f "$i" > "$OUT/$f.h$i.log" 2>&1 & ps+=($!); done; for p in "${ps[@]}"; do wait "$p" || rc=1; done; return $rc; }
now() { date +%s.%N; }
since() { echo "$(now) - $1" | bc | xargs printf %.1f; }
note() { printf '%s\t%s\n' "$1" "$2" | tee -a "$OUT/times.tsv"; }
step() { local s rc; s=$(now); "$@"; rc=$?; note "$*" "$(since "$s")$([ $rc = 0 ] || echo " FAILED rc=$rc, see $OUT")"; return $rc; }
k() { on 1 kubectl --kubeconfig /etc/kubernetes/admin.conf "$@"; }
names() { jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"]' "$IMAGES/index.json"; }
count() { echo $HOSTS | wc -w; }

place() { cp -l "$@" 2>/dev/null || cp "$@"; }   # a link where both lie in one file system
stage() { # what every host gets, as one tree
  local d; rm -rf "$STAGE"; mkdir -p "$STAGE"/{usr/local/bin,opt/cni/bin,etc/containerd/certs.d,etc/systemd/system/kubelet.service.d,etc/sysctl.d,etc/cni/net.d,root}
  place "$KUBE"/k8s/{kubelet,kubeadm,kubectl} "$KUBE"/containerd/* "$KUBE"/{runc,crictl} "$STAGE/usr/local/bin/" && place "$KUBE"/cni/{bridge,host-local,portmap,loopback,firewall} "$STAGE/opt/cni/bin/" || return 1
  cp "$CATALOG"/kubernetes/etc/systemd/{kubelet,containerd}.service "$STAGE/etc/systemd/system/"; cp "$CATALOG/kubernetes/etc/systemd/10-kubeadm.conf" "$STAGE/etc/systemd/system/kubelet.service.d/"
  cat > "$STAGE/etc/containerd/config.toml" <<E
version = 3
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      SystemdCgroup = true
[plugins."io.containerd.cri.v1.images"]
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "$(names | grep /pause:)"
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "/etc/containerd/certs.d"
E
  printf 'net.ipv4.ip_forward=1\nnet.bridge.bridge-nf-call-iptables=1\n' > "$STAGE/etc/sysctl.d/k8s.conf"
  echo 'runtime-endpoint: unix:///run/containerd/containerd.sock' > "$STAGE/etc/crictl.yaml"
  cat > "$STAGE/root/kubeadm.yaml" <<E
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
- {token: $TOKEN, ttl: 24h0m0s}
certificateKey: $CERTKEY
localAPIEndpoint: {advertiseAddress: $(ip 1), bindPort: 6443}
nodeRegistration: {name: h1, criSocket: "unix:///run/containerd/containerd.sock"}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: $V
controlPlaneEndpoint: apiserver.cluster.local:6443
apiServer: {certSANs: [apiserver.cluster.local, $(for i in $MASTERS; do ip "$i"; done | paste -sd,)]}
networking: {podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/12}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
failCgroupV1: false
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}   # the disk is the whole machine's
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
conntrack: {maxPerCore: 0, min: 0}
E
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=sea.hub -addext "subjectAltName=DNS:sea.hub,IP:$(ip 1)" -keyout "$OUT/hub.key" -out "$OUT/hub.crt" 2>/dev/null || return 1
  cp "$OUT/hub.crt" "$STAGE/etc/containerd/hub.crt"
  for d in $(names | cut -d/ -f1 | sort -u); do mkdir -p "$STAGE/etc/containerd/certs.d/$d"; cat > "$STAGE/etc/containerd/certs.d/$d/hosts.toml" <<E
server = "https://$HUB/v2/$d"
[host."https://$HUB/v2/$d"]
  capabilities = ["pull", "resolve"]
  override_path = true
  ca = "/etc/containerd/hub.crt"
E
  done
}
copy_one() { tar -C "$STAGE" -cf - . | on "$1" "tar -xf - -C / --no-same-owner"; }
copy() { each copy_one $HOSTS; }
configure_one() {
  on "$1" "grep -q sea.hub /etc/hosts || echo $(ip 1) sea.hub >> /etc/hosts
  grep -q apiserver.cluster.local /etc/hosts || echo $(ip 1) apiserver.cluster.local >> /etc/hosts
  sysctl -q --system; systemctl daemon-reload; systemctl enable -q --now containerd; systemctl enable -q kubelet; for n in \$(seq 50); do crictl info && exit 0; sleep 0.2; done; exit 1"
}
configure() { each configure_one $HOSTS; }

registry() { # on h1; repositories lie there as <domain>/<repository>
  on 1 "cat > /usr/local/bin/registry && chmod 755 /usr/local/bin/registry" < "$KUBE/registry" && on 1 'mkdir -p /etc/hub /var/lib/hub; cat > /etc/hub/hub.crt' < "$OUT/hub.crt" && on 1 'cat > /etc/hub/hub.key' < "$OUT/hub.key" || return 1
  on 1 'cat > /etc/hub/config.yml' <<'E'
version: 0.1
log: {level: info, accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: /var/lib/hub}, delete: {enabled: true}}
http:
  addr: :5000
  tls: {certificate: /etc/hub/hub.crt, key: /etc/hub/hub.key}
E
  on 1 'cat > /etc/systemd/system/hub.service' <<'E'
[Service]
ExecStart=/usr/local/bin/registry serve /etc/hub/config.yml
Environment=OTEL_TRACES_EXPORTER=none
Restart=always
[Install]
WantedBy=multi-user.target
E
  on 1 'systemctl daemon-reload; systemctl enable -q --now hub; for n in $(seq 50); do ss -ltn | grep -q :5000 && exit 0; sleep 0.1; done; exit 1'
}
push() { local r p rc=0 ps=(); for r in $(names); do skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$IMAGES:$r" "docker://$(ip 1):5000/$r" >> "$OUT/push.log" 2>&1 & ps+=($!); done; for p in "${ps[@]}"; do wait "$p" || rc=1; done; return $rc; }
images_for() { names | if [[ " $MASTERS " = *" $1 "* ]]; then grep -v '/web:'; else grep -E '/(pause|kube-proxy|coredns|web|flannel):'; fi; }
pull_one() { on "$1" "for r in $(images_for "$1" | paste -sd' '); do crictl pull \$r || exit 1; done"; }
pull() { each pull_one $HOSTS; }

init() {
  on 1 "kubeadm init --config /root/kubeadm.yaml --upload-certs --skip-phases addon/coredns" > "$OUT/init.log" 2>&1 || return 1
  on 1 'mkdir -p /root/.kube; cp /etc/kubernetes/admin.conf /root/.kube/config'
}
# flannel dials the API server itself, so it need not wait for kube-proxy
network() { sed "s,{{ .PodCIDR }},10.244.0.0/16,; s,{{ .APIServerHost }},$(ip 1),; s,{{ .APIServerPort }},6443," "$CATALOG/kubernetes/network/flannel.yaml.tmpl" | on 1 'cat > /root/flannel.yaml; kubectl apply -f /root/flannel.yaml' > "$OUT/network.log" 2>&1; }
ca_hash() { on 1 "openssl x509 -pubkey -in /etc/kubernetes/pki/ca.crt | openssl rsa -pubin -outform der 2>/dev/null | sha256sum | cut -d' ' -f1"; }
join_args() { echo "--token $TOKEN --discovery-token-ca-cert-hash sha256:$HASH --cri-socket unix:///run/containerd/containerd.sock --node-name h$1"; }
join_worker() { on "$1" "kubeadm join $(ip 1):6443 $(join_args "$1")"; }
join_master() { on "$1" "kubeadm join $(ip 1):6443 $(join_args "$1") --control-plane --certificate-key $CERTKEY --apiserver-advertise-address $(ip "$1") && sed -i 's/^.* apiserver.cluster.local/$(ip "$1") apiserver.cluster.local/' /etc/hosts"; }
join() { local i; HASH=$(ca_hash); [ -n "$HASH" ] || return 1; [ -z "$WORKERS" ] || each join_worker $WORKERS || return 1
  for i in $MASTERS; do [ "$i" = 1 ] || each join_master "$i" || return 1; done; }   # one at a time: etcd members
ready() { local t=$((SECONDS + 180)) n; while [ $SECONDS -lt $t ]; do n=$(k get nodes --no-headers 2>/dev/null | awk '$2=="Ready"' | wc -l); [ "$n" = "$(count)" ] && return 0; sleep 0.5; done; return 1; }
# CoreDNS only once kube-proxy serves 10.96.0.1: pods that dial it earlier sit out a TCP connect of 30 s
service_up() { on 1 'for n in $(seq 300); do curl -sk -m 1 https://10.96.0.1/healthz | grep -qx ok && exit 0; sleep 0.2; done; exit 1'; }
dns() { service_up && on 1 'kubeadm init phase addon coredns --config /root/kubeadm.yaml' > "$OUT/dns.log" 2>&1 && k -n kube-system rollout status deployment/coredns --timeout=120s >> "$OUT/dns.log" 2>&1; }
workload() { on 1 'cat > /root/web.yaml; kubectl apply -f /root/web.yaml' < "$CATALOG/web-demo/web.yaml" > "$OUT/workload.log" 2>&1 && k rollout status deployment/web --timeout=120s >> "$OUT/workload.log" 2>&1; }
check() { # each replica fetches the page through the Service by its DNS name; retried, as kube-proxy follows readiness by a moment
  local p pods; pods=$(k get pods -l app=web -o name) || return 1; [ "$(echo "$pods" | wc -l)" = 2 ] || return 1
  for p in $pods; do page "$p" || { cat "$OUT/check.log" >&2; return 1; }; done
}
page() { local n; for n in $(seq 25); do k exec "$1" -- /usr/local/bin/web get http://web.default.svc.cluster.local/ < /dev/null > "$OUT/check.log" 2>&1 && grep -q '^web-' "$OUT/check.log" && return 0; sleep 0.2; done; return 1; }

all() { local s t; s=$(now); for t in stage copy configure registry push pull init network join ready dns workload; do step $t || return 1; done; note TOTAL "$(since "$s")"; step check; }
for c in "$@"; do case $c in
  all) rm -f "$OUT/times.tsv"; all;;
  stage|copy|configure|registry|push|pull|init|network|join|ready|dns|workload|check) step "$c";;
  *) sed -n '2,6p' "$0"; exit 2;;
esac || exit 1; done
