# shellcheck shell=bash
# For record-host.sh and network-state.sh: prints links, addresses, routes, rules and the files of pod networks, a line each.
# Other programs of a host make such things too.

host_state() {
  ip -o link | awk -F': ' '{name=$2; sub(/@.*/, "", name); master=""; if (match($0, / master [^ ]+/)) master=substr($0, RSTART+8, RLENGTH-8); print "link\t" name "\t" master}'
  ip -o addr | awk '{print "address\t" $2 "\t" $4}'
  { ip route; ip -6 route; } 2> /dev/null | sed 's/ \(linkdown\|offload\|dead\)\b//g; s/[[:space:]]*$//; s/^/route\t/' || true
  for tool in iptables ip6tables iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft; do
    command -v $tool-save > /dev/null || continue
    # What the plain name stands for has been told already.
    case $tool in *-*) ! same_backend "$tool" || continue ;; esac
    $tool-save 2> /dev/null | awk -v t="$tool" '/^\*/{table=substr($0,2)} /^:/{print "chain\t" t "\t" table "\t" substr($1,2)} /^-A /{print "rule\t" t "\t" table "\t" $0}' || true
  done
  if command -v nft > /dev/null; then nft list tables 2> /dev/null | awk '{print "table\t" $2 "\t" $3}' || true; fi
  find /etc/cni /opt/cni /var/lib/cni -xdev \( -type d -printf 'folder\t%p\n' \) -o -printf 'path\t%p\n' 2> /dev/null || true
}
same_backend() { case $("${1%-*}" --version) in *nf_tables*) [ "${1#*-}" = nft ] ;; *) [ "${1#*-}" = legacy ] ;; esac; }
