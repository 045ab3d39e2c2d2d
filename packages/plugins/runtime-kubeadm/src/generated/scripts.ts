// Made by tools/embed-scripts.mjs from the *.sh files of this package. Do not edit.

/** disable-kubelet.sh */
export const disableKubelet = `is_ours() { [ "$(readlink /etc/systemd/system/kubelet.service)" = "$1/etc/systemd/kubelet.service" ]; }
is_ours "$1" || exit 0
systemctl disable -q --now kubelet 2> /dev/null || true
systemctl reset-failed kubelet 2> /dev/null || true
`;

/** has-joined.sh */
export const hasJoined = `silent=75
ask() {
  local said
  until said=$("$@" 2>&1 > /dev/null); do
    case $said in *\\(NotFound\\)*) exit 1 ;; esac
    [ "$SECONDS" -lt "$ASK_SECONDS" ] || { printf '%s\\n' "$said" >&2; exit "$silent"; }
    sleep 1
  done
}
[ -e "$2" ] && systemctl is-active -q kubelet || exit 1
[ "$4" = worker ] || [ -e /etc/kubernetes/manifests/etcd.yaml ] || exit 1
ask "$1/bin/kubectl" --kubeconfig "$2" --cache-dir "$1/../kubectl-cache" --request-timeout=10s get node "$3"
`;

/** has-route-unit.sh */
export const hasRouteUnit = `grep -qF "ExecStart=/bin/bash $2/" "/etc/systemd/system/$1" 2> /dev/null && systemctl is-enabled -q "$1"
`;

/** has-service-route.sh */
export const hasServiceRoute = `systemctl is-enabled -q "$1" && ip route get "$2" > /dev/null 2>&1
`;

/** is-initialised.sh */
export const isInitialised = `silent=75
ask() {
  local said
  until said=$("$@" 2>&1 > /dev/null); do
    case $said in *\\(NotFound\\)*) exit 1 ;; esac
    [ "$SECONDS" -lt "$ASK_SECONDS" ] || { printf '%s\\n' "$said" >&2; exit "$silent"; }
    sleep 1
  done
}
[ -e /etc/kubernetes/admin.conf ] || exit 1
grep -qs kubelet-client-current /etc/kubernetes/kubelet.conf || { ASK_SECONDS=0; silent=1; }
ask "$@" --request-timeout=10s get --raw /readyz
ask "$@" --request-timeout=10s -n kube-public get configmap cluster-info
ask "$@" --request-timeout=10s -n kube-system get daemonset kube-proxy
`;

/** is-reset.sh */
export const isReset = `is_ours() { [ "$(readlink /etc/systemd/system/kubelet.service)" = "$1/etc/systemd/kubelet.service" ]; }
is_ours "$1" || exit 0
[ ! -e /etc/kubernetes/kubelet.conf ] && [ ! -e /etc/kubernetes/admin.conf ] && [ ! -d /var/lib/etcd/member ] && ! systemctl is-active -q kubelet
`;

/** network-state.sh */
export const networkState = `export LC_ALL=C
host_state() {
  ip -o link | awk -F': ' '{name=$2; sub(/@.*/, "", name); master=""; if (match($0, / master [^ ]+/)) master=substr($0, RSTART+8, RLENGTH-8); print "link\\t" name "\\t" master}'
  ip -o addr | awk '{print "address\\t" $2 "\\t" $4}'
  { ip route; ip -6 route; } 2> /dev/null | sed 's/ \\(linkdown\\|offload\\|dead\\)\\b//g; s/[[:space:]]*$//; s/^/route\\t/' || true
  for tool in iptables ip6tables iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft; do
    command -v $tool-save > /dev/null || continue
    case $tool in *-*) ! same_backend "$tool" || continue ;; esac
    $tool-save 2> /dev/null | awk -v t="$tool" '/^\\*/{table=substr($0,2)} /^:/{print "chain\\t" t "\\t" table "\\t" substr($1,2)} /^-A /{print "rule\\t" t "\\t" table "\\t" $0}' || true
  done
  if command -v nft > /dev/null; then nft list tables 2> /dev/null | awk '{print "table\\t" $2 "\\t" $3}' || true; fi
  find /etc/cni /opt/cni /var/lib/cni -xdev \\( -type d -printf 'folder\\t%p\\n' \\) -o -printf 'path\\t%p\\n' 2> /dev/null || true
}
same_backend() { case $("\${1%-*}" --version) in *nf_tables*) [ "\${1#*-}" = nft ] ;; *) [ "\${1#*-}" = legacy ] ;; esac; }
sed 's/^/before\\t/' "$1" 2> /dev/null || true
host_state
{ find /etc/cni /var/lib/cni -xdev -type f -size -64k 2> /dev/null || true; } | while IFS= read -r f; do printf 'text\\t%s\\t%s\\n' "$f" "$(base64 -w 0 < "$f")"; done
for family in ip ip6; do for table in filter nat mangle raw; do
  rules=$(nft list table $family $table 2> /dev/null) || continue
  grep -vE '^(table .* \\{|[[:space:]]*(chain .* \\{|type .* hook .* policy accept;|\\}))?$|^#' <<< "$rules" > /dev/null || printf 'empty\\t%s\\t%s\\n' $family $table
done; done
`;

/** record-host.sh */
export const recordHost = `host_state() {
  ip -o link | awk -F': ' '{name=$2; sub(/@.*/, "", name); master=""; if (match($0, / master [^ ]+/)) master=substr($0, RSTART+8, RLENGTH-8); print "link\\t" name "\\t" master}'
  ip -o addr | awk '{print "address\\t" $2 "\\t" $4}'
  { ip route; ip -6 route; } 2> /dev/null | sed 's/ \\(linkdown\\|offload\\|dead\\)\\b//g; s/[[:space:]]*$//; s/^/route\\t/' || true
  for tool in iptables ip6tables iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft; do
    command -v $tool-save > /dev/null || continue
    case $tool in *-*) ! same_backend "$tool" || continue ;; esac
    $tool-save 2> /dev/null | awk -v t="$tool" '/^\\*/{table=substr($0,2)} /^:/{print "chain\\t" t "\\t" table "\\t" substr($1,2)} /^-A /{print "rule\\t" t "\\t" table "\\t" $0}' || true
  done
  if command -v nft > /dev/null; then nft list tables 2> /dev/null | awk '{print "table\\t" $2 "\\t" $3}' || true; fi
  find /etc/cni /opt/cni /var/lib/cni -xdev \\( -type d -printf 'folder\\t%p\\n' \\) -o -printf 'path\\t%p\\n' 2> /dev/null || true
}
same_backend() { case $("\${1%-*}" --version) in *nf_tables*) [ "\${1#*-}" = nft ] ;; *) [ "\${1#*-}" = legacy ] ;; esac; }
file=$1; shift
mkdir -p "$(dirname "$file")"
{
  host_state
  find "$@" -mindepth 1 -printf 'path\\t%p\\n' 2> /dev/null || true
  awk '{print "mount\\t" $5}' /proc/self/mountinfo
} > "$file.new"
mv -f "$file.new" "$file"
`;

/** remove-traces.sh */
export const removeTraces = `while IFS='	' read -r kind what more; do
  case $kind in
    link) ip link del "$what" 2> /dev/null || true ;;
    route) read -ra words <<< "$what"; ip route del "\${words[@]}" 2> /dev/null || true ;;
    file) rm -f -- "$what" ;;
    folder) rmdir --ignore-fail-on-non-empty -- "$what" 2> /dev/null || true ;;
    table) nft delete table "$what" "$more" 2> /dev/null || true ;;
  esac
done
`;

/** reset.sh */
export const reset = `before=$(mktemp); trap 'rm -f "$before"' EXIT
is_ours() { [ "$(readlink /etc/systemd/system/kubelet.service)" = "$1/etc/systemd/kubelet.service" ]; }
is_ours "$1" || exit 0
[ "$4" != stays ] || "$1/bin/kubeadm" reset --force --cri-socket "$2" --skip-phases=cleanup-node >&2 || true
systemctl stop kubelet 2>/dev/null || true
timeout 60 "$1/bin/crictl" -r "$2" rmp --all --force > /dev/null 2>&1 || true
systemctl stop kubepods.slice 2>/dev/null || true
sed -n 's/^\\(path\\|mount\\)\\t//p' "$3" 2> /dev/null > "$before" || true
others() { grep -vxF -f "$before" || true; }
awk 'index($5, "/var/lib/kubelet/") == 1 {print $5}' /proc/self/mountinfo | others | sort -r | while IFS= read -r m; do umount "$m" 2> /dev/null || umount -l "$m" || true; done
for folder in /etc/kubernetes /var/lib/kubelet /var/lib/etcd; do
  [ -e "$3" ] || grep -qxF "T	$folder" "$(dirname "$3")/owned" 2> /dev/null || continue
  { find "$folder" -mindepth 1 -depth -xdev 2> /dev/null || true; } | others | while IFS= read -r p; do
    if [ -d "$p" ] && [ ! -L "$p" ]; then rmdir --ignore-fail-on-non-empty -- "$p" || true; else rm -f -- "$p"; fi
  done
done
`;

/** service-route.sh */
export const serviceRoute = `address=$1; shift
device=$(ip -o addr show to "$address" | awk '{print $2; exit}')
for network in "$@"; do
  case $network in
    *:*) ip -6 route replace "$network" dev "$device" ;;
    *) ip route replace "$network" dev "$device" src "$address" ;;
  esac
done
`;

/** start-unit.sh */
export const startUnit = `systemctl daemon-reload; systemctl enable -q "$1"; systemctl restart "$1"
`;

