# shellcheck shell=bash
# Prints the state of a host, one fact a line: for comparing before and after. Runs on the host.
# What may differ (docs/what-delete-leaves.md): logs, the journal, systemd's own random seeds and timers.
{
  find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /tmp -o -path /var/log -o -path /var/lib/systemd -o -path /var/cache \) -prune -o \( -type f -printf 'file %p %m %s\n' \) -o -type l -printf 'link %p %l\n' -o -type d -printf 'dir %p %m\n'
  find /var -xdev \( -path /var/log -o -path /var/lib/systemd -o -path /var/cache \) -prune -o \( -type f -printf 'file %p %m %s\n' \) -o -type l -printf 'link %p %l\n' -o -type d -printf 'dir %p %m\n'
  find /run -maxdepth 1 -printf 'run %p\n' | grep -vE '/run/(motd|systemd|log|user|sshd)'
  sha256sum /etc/hosts /etc/resolv.conf /etc/fstab 2>/dev/null
  systemctl list-unit-files --no-legend --plain --no-pager | awk '{print "unit-file", $1, $2}'
  systemctl list-units --all --no-legend --plain --no-pager --type=service,mount,socket | awk '$3=="active"||$3=="failed"{print "unit", $1, $3}' | grep -vE 'session-|user@|user-runtime|systemd-tmpfiles|run-user|ssh@'
  awk '{print "mount", $5}' /proc/self/mountinfo
  sysctl -a 2>/dev/null | grep -E '^(net\.ipv4\.(ip_forward|conf\.(all|default)\.)|net\.bridge|vm\.(overcommit|panic|swappiness)|kernel\.panic)' | sed 's/^/sysctl /'
  ip -o link | awk -F': ' '{sub(/@.*/, "", $2); print "interface", $2}'
  ip route | sed 's/ linkdown//; s/[[:space:]]*$//; s/^/route /'
  { iptables-save; ip6tables-save; } 2>/dev/null | grep -vE '^#|^:' | sed 's/^/rule /; s/\[[0-9:]*\]//'
  { iptables-save; ip6tables-save; } 2>/dev/null | sed -n 's/^:\([^ ]*\) - .*/chain \1/p'
  ipset list -n 2>/dev/null | sed 's/^/ipset /'
  nft list tables 2>/dev/null | sed 's/^/nft /'
  ls /run/netns 2>/dev/null | sed 's/^/netns /'
  ps -eo args= | grep -E 'containerd-shim' | grep -v grep | sed 's/^/shim /'
  ps -eo comm= | grep -E 'containerd|kube|etcd|registry|flannel|coredns|pause' | sed 's/^/process /'
} | sort -u
