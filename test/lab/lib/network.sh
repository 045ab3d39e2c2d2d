# shellcheck shell=bash
# The lab's switch: a bridge in a namespace of its own, so that this machine's iptables never see lab frames.

switch_up() {
  [ -e "/run/netns/$SWITCH" ] && return 0
  ip -4 -o addr show | grep -qF " $NET." && die "this machine has an address in $NET.0/24 already (another lab?): choose another LAB_NET"
  ip netns add "$SWITCH" &&
    ip link add "$UPLINK" type veth peer name uplink netns "$SWITCH" &&
    ip -n "$SWITCH" link set lo up &&
    ip -n "$SWITCH" link add br0 type bridge &&
    ip -n "$SWITCH" link set br0 up || die "cannot make the lab's switch $SWITCH"
  ip netns exec "$SWITCH" sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0 \
    net.bridge.bridge-nf-call-arptables=0 2> /dev/null   # absent where br_netfilter is not loaded
  ip -n "$SWITCH" link set dev uplink master br0 up
  # The hosts' gateway and name server: "unreachable" at once for everything, so that nothing there waits out a timeout.
  ip -n "$SWITCH" addr add "$NET.254/24" dev br0
  ip netns exec "$SWITCH" sysctl -qw net.ipv4.ip_forward=1
  ip -n "$SWITCH" route add unreachable default metric 99
  ip addr add "$NET.1/24" dev "$UPLINK"
  ip link set "$UPLINK" up
}

switch_down() {
  ip link del "$UPLINK" 2> /dev/null
  ip netns del "$SWITCH" 2> /dev/null
  return 0
}

# A fresh network namespace at every boot, as a real machine has: links and rules of CNI plugins vanish.
host_network_up() {
  local i=$1 name
  name=$(namespace "$i")
  ip netns del "$name" 2> /dev/null
  ip -n "$SWITCH" link del "p$i" 2> /dev/null
  ip netns add "$name" &&
    ip -n "$SWITCH" link add "p$i" type veth peer name eth0 netns "$name" &&
    ip -n "$name" link set eth0 address "$(printf '02:77:00:00:00:%02x' "$i")" &&
    ip -n "$SWITCH" link set dev "p$i" master br0 up &&
    ip -n "$name" link set lo up &&
    ip -n "$name" link set eth0 up &&
    ip -n "$name" addr add "$(address "$i")/24" dev eth0 &&
    ip -n "$name" route add default via "$NET.254" &&
    apply_cuts
}

# Cuts are empty files: "I" is cut off from all, "I-J" from each other. Frames vanish, links stay up.
apply_cuts() {
  local cut table="table bridge lab"
  {
    printf '%s\ndelete %s\n%s {\nchain cuts {\ntype filter hook forward priority 0; policy accept;\n' "$table" "$table" "$table"
    for cut in "$LAB"/cuts/*; do
      [ -e "$cut" ] || continue
      cut=${cut##*/}
      case $cut in
        *-*) echo "iifname p${cut%-*} oifname p${cut#*-} drop; iifname p${cut#*-} oifname p${cut%-*} drop;" ;;
        *) echo "iifname p$cut drop; oifname p$cut drop;" ;;
      esac
    done
    # A host cut off from all does not reach the gateway either, and that is the bridge itself: not forwarded.
    printf '}\nchain gateway {\ntype filter hook input priority 0; policy accept;\n'
    for cut in "$LAB"/cuts/*; do case ${cut##*/} in *-* | '*') ;; *) echo "iifname p${cut##*/} drop;" ;; esac done
    printf '}\n}\n'
  } | ip netns exec "$SWITCH" nft -f -
}

partition() { # partition I [J]
  need_host "$1"
  if [ -n "${2:-}" ]; then need_host "$2"; : > "$LAB/cuts/$1-$2"; else : > "$LAB/cuts/$1"; fi
  apply_cuts
}

heal() { # heal [I [J]]
  [ -d "$LAB/cuts" ] || die "no lab '$NAME'"
  if [ -n "${2:-}" ]; then rm -f "$LAB/cuts/$1-$2" "$LAB/cuts/$2-$1"
  elif [ -n "${1:-}" ]; then rm -f "$LAB/cuts/$1" "$LAB/cuts/$1-"* "$LAB/cuts/"*"-$1"
  else rm -f "$LAB"/cuts/*; fi
  apply_cuts
}
