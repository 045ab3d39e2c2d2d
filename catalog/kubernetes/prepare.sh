#!/bin/bash
# prepare.sh --from DIR | --upstream  [--arch amd64]: fills context/ for `sealer build`.
#   --from DIR   what test/lab/kube/build.sh and images.mjs made: k8s/ containerd/ cni/ runc crictl registry helm images/
#   --upstream   upstream's releases, each checked against its published sha256; images are then pulled by the build
set -eu
KUBE_VERSION=${KUBE_VERSION:-v1.34.4} CONTAINERD=2.4.2 RUNC=1.5.2 CNI=1.9.1 CRICTL=1.36.0 HELM=4.1.4 REGISTRY=3.1.2
HERE=$(dirname "$(readlink -f "$0")"); FROM= ARCH=amd64 UPSTREAM=
while [ $# -gt 0 ]; do case $1 in
  --from) FROM=$(readlink -f "$2"); shift 2;; --upstream) UPSTREAM=1; shift;; --arch) ARCH=$2; shift 2;;
  *) sed -n '2,4p' "$0"; exit 2;; esac; done
[ -n "$FROM$UPSTREAM" ] || { sed -n '2,4p' "$0"; exit 2; }
C=$HERE/context; mkdir -p "$C/$ARCH/bin" "$C/$ARCH/cni" "$C/manifests"

take() { # take SOURCE TARGET: links where it can, and leaves alone what is the same already
  [ "$1" -ef "$2" ] && return 0
  cmp -s "$1" "$2" && return 0
  rm -f "$2"; cp -l "$1" "$2" 2>/dev/null || cp "$1" "$2"; chmod 755 "$2"
}
fetch() { # fetch URL SHA256-URL TARGET
  curl -fsSL --retry 3 -o "$3.new" "$1"
  local sum; sum=$(curl -fsSL --retry 3 "$2" | grep -oE '[0-9a-f]{64}' | head -n 1)
  [ -n "$sum" ] && echo "$sum  $3.new" | sha256sum -c --quiet - || { rm -f "$3.new"; echo "prepare: $1 is not what $2 says" >&2; exit 1; }
  mv "$3.new" "$3"
}
images() { # the bundle; with a layout, taken from it
  local suffix=${1:+ from oci:$1:}
  "$C/$ARCH/bin/kubeadm" config images list --kubernetes-version "$KUBE_VERSION" 2>/dev/null | while read -r name; do echo "$name${suffix:+$suffix$name}"; done
  echo "ghcr.io/flannel-io/flannel:v0.28.10${suffix:+${suffix}ghcr.io/flannel-io/flannel:v0.28.10}"
}

if [ -n "$FROM" ]; then
  for f in kubeadm kubelet kubectl; do take "$FROM/k8s/$f" "$C/$ARCH/bin/$f"; done
  for f in containerd containerd-shim-runc-v2 ctr; do take "$FROM/containerd/$f" "$C/$ARCH/bin/$f"; done
  for f in runc crictl registry helm; do take "$FROM/$f" "$C/$ARCH/bin/$f"; done
  for f in "$FROM"/cni/*; do take "$f" "$C/$ARCH/cni/${f##*/}"; done
  ln -sfn "$FROM/images" "$C/images"
  images context/images > "$C/manifests/imageList"
else
  T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; B=$C/$ARCH/bin; GH=https://github.com
  for f in kubeadm kubelet kubectl; do U=https://dl.k8s.io/release/$KUBE_VERSION/bin/linux/$ARCH/$f; fetch "$U" "$U.sha256" "$B/$f"; done
  U=$GH/containerd/containerd/releases/download/v$CONTAINERD/containerd-$CONTAINERD-linux-$ARCH.tar.gz; fetch "$U" "$U.sha256sum" "$T/containerd.tgz"
  tar -xzf "$T/containerd.tgz" -C "$B" --strip-components=1 bin/containerd bin/containerd-shim-runc-v2 bin/ctr
  U=$GH/opencontainers/runc/releases/download/v$RUNC; curl -fsSL "$U/runc.sha256sum" | grep "runc.$ARCH\$" > "$T/runc.sum"; fetch "$U/runc.$ARCH" "file://$T/runc.sum" "$B/runc"
  U=$GH/containernetworking/plugins/releases/download/v$CNI/cni-plugins-linux-$ARCH-v$CNI.tgz; fetch "$U" "$U.sha256" "$T/cni.tgz"; tar -xzf "$T/cni.tgz" -C "$C/$ARCH/cni" --exclude='./LICENSE' --exclude='./README.md'
  U=$GH/kubernetes-sigs/cri-tools/releases/download/v$CRICTL/crictl-v$CRICTL-linux-$ARCH.tar.gz; fetch "$U" "$U.sha256" "$T/crictl.tgz"; tar -xzf "$T/crictl.tgz" -C "$B" crictl
  U=https://get.helm.sh/helm-v$HELM-linux-$ARCH.tar.gz; fetch "$U" "$U.sha256sum" "$T/helm.tgz"; tar -xzf "$T/helm.tgz" -C "$B" --strip-components=1 "linux-$ARCH/helm"
  U=$GH/distribution/distribution/releases/download/v$REGISTRY/registry_${REGISTRY}_linux_$ARCH.tar.gz; fetch "$U" "$U.sha256" "$T/registry.tgz"; tar -xzf "$T/registry.tgz" -C "$B" registry
  chmod 755 "$B"/*; images > "$C/manifests/imageList"
fi
echo "prepare: $C is filled"
