# shellcheck shell=bash
# What other installations left, and what they hold.

other() { # path $1 of $2
  if [ -d "$1" ]; then [ -n "$(ls -A "$1" 2> /dev/null)" ] || return; else [ -e "$1" ] || [ -L "$1" ] || return; fi
  found other "$1" "$2"
}
network() { # the first file of folder $1 counts; ours is called $2
  local file
  for file in "$1"/*.conf "$1"/*.conflist "$1"/*.json; do
    [ -e "$file" ] || continue
    if [ -z "$2" ]; then found network-unknown "$file"
    elif [[ ${file##*/} < $2 ]]; then found network-taken "$file" "$2"; fi
  done
}
udp_port() {
  local hex
  hex=$(printf ':%04X$' "$1")
  if cat /proc/net/udp /proc/net/udp6 2> /dev/null | awk -v h="$hex" '$2 ~ h {f = 1} END {exit !f}'; then found udp-port-in-use "$1"; fi
  if systemctl is-active -q firewalld 2> /dev/null || grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf; then found firewall "$1"; fi
}
