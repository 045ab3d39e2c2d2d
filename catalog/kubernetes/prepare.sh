#!/bin/bash
# prepare.sh --from DIR | --from URL | --upstream [options]: fills context/ for `sealer build`.
#   --from DIR      a folder with k8s/ containerd/ cni/ runc crictl registry helm and images/, an OCI layout
#   --from URL      a mirror of upstream's releases: the host of the upstream URL is the first folder, URL/dl.k8s.io/release/...
#   --upstream      upstream's releases themselves; the container images are then pulled by the build
#   --arch ARCH     amd64 (default), arm64     --version V  Kubernetes, v1.34.4     --images DIR  OCI layout to take the images from
#   --context DIR   the folder to fill (default: context beside this script)
# Each download is checked against the sha256 published beside it. Bad input leaves what was there.
set -eu
CONTAINERD=${CONTAINERD_VERSION:-2.4.2} RUNC=${RUNC_VERSION:-1.5.2} CNI=${CNI_VERSION:-1.9.1} CRICTL=${CRICTL_VERSION:-1.36.0}
HELM=${HELM_VERSION:-4.1.4} REGISTRY=${REGISTRY_VERSION:-3.1.2} FLANNEL=v0.28.10 KUBE_VERSION=${KUBE_VERSION:-v1.34.4}
SELF=$(readlink -f "$0"); FROM='' ARCH=amd64 IMAGES='' C=${SELF%/*}/context
usage() { sed -n '2,8p' "$SELF" >&2; exit 2; }
die() { echo "prepare: $*" >&2; exit 1; }
while [ $# -gt 0 ]; do
  case $1 in --upstream) FROM=https:/; shift; continue;; --from|--arch|--version|--images|--context) [ $# -ge 2 ] || usage;; *) usage;; esac
  case $1 in --from) FROM=${2%/};; --arch) ARCH=$2;; --version) KUBE_VERSION=v${2#v};; --images) IMAGES=$2;; --context) C=$2;; esac
  shift 2
done
[ -n "$FROM" ] || usage
mkdir -p "$C/$ARCH/bin" "$C/$ARCH/cni" "$C/manifests"; C=$(readlink -f "$C"); B=$C/$ARCH/bin
T=$(mktemp -d "$C/.prepare-XXXXXX"); trap 'rm -rf "$T"' EXIT

take() { # take SOURCE TARGET: links where it can, and leaves alone what is the same already
  [ -f "$1" ] || die "$1 is missing; --from names a folder that test/lab/kube/build.sh made, or one laid out like it"
  [ "$1" -ef "$2" ] && return 0
  cmp -s "$1" "$2" && return 0
  rm -f "$2"; cp -l "$1" "$2" 2>/dev/null || cp "$1" "$2"; chmod 755 "$2"
}
get() { curl -fsSL --retry 3 -o "$2" "$1" || die "$1 cannot be fetched; is $FROM reachable from here?"; }
fetch() { # fetch URL SUM-URL NAME: to $T/NAME, verified. SUM-URL holds the digest alone, or lines of sha256sum
  local want got file=${1##*/}
  get "$2" "$T/sum"; want=$(awk -v f="$file" 'NF == 1 { print $1; exit } { sub(/^[*.\/]+/, "", $2); if ($2 == f) { print $1; exit } }' "$T/sum")
  [[ $want =~ ^[0-9a-f]{64}$ ]] || die "$2 holds no sha256 of $file"
  get "$1" "$T/$3"; got=$(sha256sum < "$T/$3"); got=${got%% *}
  [ "$got" = "$want" ] || die "$1 has sha256 $got, but $2 says $want; nothing was changed"
}
unpack() { # unpack ARCHIVE FOLDER [tar options]
  local a=$T/$1 d=$2; shift 2; mkdir -p "$d"; tar -xzf "$a" -C "$d" --no-same-owner "$@"
}
fetch_all() {
  local u f gh=$FROM/github.com n=$T/bin; mkdir -p "$n"
  for f in kubeadm kubelet kubectl; do u=$FROM/dl.k8s.io/release/$KUBE_VERSION/bin/linux/$ARCH/$f; fetch "$u" "$u.sha256" "bin/$f"; done
  u=$gh/containerd/containerd/releases/download/v$CONTAINERD/containerd-$CONTAINERD-linux-$ARCH.tar.gz; fetch "$u" "$u.sha256sum" a
  unpack a "$n" --strip-components=1 bin/containerd bin/containerd-shim-runc-v2 bin/ctr
  u=$gh/opencontainers/runc/releases/download/v$RUNC; fetch "$u/runc.$ARCH" "$u/runc.sha256sum" bin/runc
  u=$gh/containernetworking/plugins/releases/download/v$CNI/cni-plugins-linux-$ARCH-v$CNI.tgz; fetch "$u" "$u.sha256" a
  unpack a "$T/cni"; rm -f "$T/cni/LICENSE" "$T/cni/README.md"
  u=$gh/kubernetes-sigs/cri-tools/releases/download/v$CRICTL/crictl-v$CRICTL-linux-$ARCH.tar.gz; fetch "$u" "$u.sha256" a; unpack a "$n" crictl
  u=$FROM/get.helm.sh/helm-v$HELM-linux-$ARCH.tar.gz; fetch "$u" "$u.sha256sum" a; unpack a "$n" --strip-components=1 "linux-$ARCH/helm"
  u=$gh/distribution/distribution/releases/download/v$REGISTRY/registry_${REGISTRY}_linux_$ARCH.tar.gz; fetch "$u" "$u.sha256" a; unpack a "$n" registry
}
case $FROM in
  *:/*)
    fetch_all   # only when all is here and verified is anything moved into place
    for f in "$T"/bin/*; do take "$f" "$B/${f##*/}"; done; for f in "$T"/cni/*; do take "$f" "$C/$ARCH/cni/${f##*/}"; done;;
  *)
    [ -d "$FROM" ] || die "$FROM is no folder"
    FROM=$(readlink -f "$FROM"); [ -n "$IMAGES" ] || [ ! -e "$FROM/images/index.json" ] || IMAGES=$FROM/images
    for f in kubeadm kubelet kubectl; do take "$FROM/k8s/$f" "$B/$f"; done
    for f in containerd containerd-shim-runc-v2 ctr; do take "$FROM/containerd/$f" "$B/$f"; done
    for f in runc crictl registry helm; do take "$FROM/$f" "$B/$f"; done
    for f in "$FROM"/cni/*; do take "$f" "$C/$ARCH/cni/${f##*/}"; done;;
esac

# The bundle: the list is kubeadm's own, said by the kubeadm that goes into the image.
SUFFIX=
if [ -n "$IMAGES" ]; then
  [ -e "$IMAGES/index.json" ] || die "$IMAGES is no OCI layout"
  ln -sfn "$(readlink -f "$IMAGES")" "$C/images"; SUFFIX=' from oci:context/images:'
fi
"$B/kubeadm" config images list --kubernetes-version "$KUBE_VERSION" > "$T/list" 2> "$T/err" || die "$B/kubeadm cannot say which images it needs: $(tail -n 1 "$T/err"); run this on a machine of architecture $ARCH"
echo "ghcr.io/flannel-io/flannel:$FLANNEL" >> "$T/list"
while read -r name; do echo "$name${SUFFIX:+$SUFFIX$name}"; done < "$T/list" > "$T/imageList"
cmp -s "$T/imageList" "$C/manifests/imageList" || mv "$T/imageList" "$C/manifests/imageList"
echo "prepare: $C is filled"
