# shellcheck shell=bash
# Prints what was there before (`before`, a tab, a line of record-host.sh) and what is there now. $1: the file of record-host.sh.
export LC_ALL=C
. ./host-state.sh
sed 's/^/before\t/' "$1" 2> /dev/null || true
host_state
{ find /etc/cni /var/lib/cni -xdev -type f -size -64k 2> /dev/null || true; } | while IFS= read -r f; do printf 'text\t%s\t%s\n' "$f" "$(base64 -w 0 < "$f")"; done
for family in ip ip6; do for table in filter nat mangle raw; do
  rules=$(nft list table $family $table 2> /dev/null) || continue
  # Nothing in it but chains of the kernel's own hooks that let all pass.
  grep -vE '^(table .* \{|[[:space:]]*(chain .* \{|type .* hook .* policy accept;|\}))?$|^#' <<< "$rules" > /dev/null || printf 'empty\t%s\t%s\n' $family $table
done; done
