# shellcheck shell=bash
# The DNS servers pods are given. systemd-resolved keeps those behind its own address in a file of its own.

resolver() {
  local file=$1 servers server
  [ -e "$file" ] || { found resolver-missing "$file"; return; }
  servers=$(awk '$1 == "nameserver" {print $2}' "$file")
  case $'\n'$servers in *$'\n'127.0.0.5[34]*)
    if systemctl is-active -q systemd-resolved 2> /dev/null; then
      file=/run/systemd/resolve/resolv.conf
      servers=$(awk '$1 == "nameserver" {print $2}' "$file" 2> /dev/null)
    fi ;;
  esac
  [ -n "$servers" ] || found resolver-empty "$file"
  for server in $servers; do
    case $server in 127.* | ::1) found resolver-loop "$file" "$server" ;; esac
  done
}
