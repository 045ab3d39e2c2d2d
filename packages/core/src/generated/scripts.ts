// Made by tools/embed-scripts.mjs from the *.sh files of this package. Do not edit.

/** arrived-bytes.sh */
export const arrivedBytes = `d=$1
while [ ! -d "$d" ]; do d=$(dirname "$d"); done
stat -c %s "$1/$2.partial" 2> /dev/null || echo 0
df -Pk "$d" | awk 'NR==2{printf "%.0f\\n", $4*1024}'
`;

/** copy-changed.sh */
export const copyChanged = `tar -C "$1" --null --no-recursion --format=posix --numeric-owner --xattrs '--xattrs-include=*' -T - -cf - |
  tar -C "$2" -xpf - --numeric-owner --xattrs '--xattrs-include=*'
`;

/** drop-damaged.sh */
export const dropDamaged = `cd "$1" 2> /dev/null || exit 0
shift
for b in "$@"; do
  [ ! -e "$b" ] || [ "$(sha256sum < "$b" | cut -c1-64)" = "$b" ] || rm -f -- "$b" "$b.verified"
done
`;

/** empty-folders.sh */
export const emptyFolders = `for path; do [ ! -d "$path" ] || [ -L "$path" ] || find "$path" -mindepth 1 -delete; done
`;

/** end-processes.sh */
export const endProcesses = `find_them() { { grep -lzsxF -- "$1" /proc/[0-9]*/environ || true; } | cut -d/ -f3; }
for s in TERM TERM TERM TERM TERM KILL; do
  p=$(find_them "$1" | tr '\\n' ' '); [ -n "$p" ] || exit 0
  kill -s $s $p 2>/dev/null || true; sleep 0.4
done
`;

/** find-conflicts.sh */
export const findConflicts = `export LC_ALL=C
base=$(readlink -m "$1")
[ -e "$2" ] && fresh= || fresh=1
is_own() { case $(readlink "/proc/$1/exe") in "$base"/*) return 0 ;; esac; grep -q kubepods "/proc/$1/cgroup" 2> /dev/null; }
port() {
  local hex inode pid seen=
  hex=$(printf ':%04X$' "$1")
  for inode in $(cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | awk -v h="$hex" '$4 == "0A" && $2 ~ h {print $10}'); do
    seen=1
    pid=$(find /proc/[0-9]*/fd -lname "socket:\\\\[$inode\\\\]" 2> /dev/null | cut -d/ -f3 | head -n 1 || true)
    if [ -z "$pid" ]; then continue; fi
    if [ -z "$fresh" ] && is_own "$pid"; then return 0; fi
    echo "port $1 is in use by $(cat "/proc/$pid/comm") (process $pid)"
    return 0
  done
  if [ -n "$seen" ] && [ -n "$fresh" ]; then echo "port $1 is in use"; fi
}
reach() {
  local said rc=0
  said=$(timeout 2 bash -c ': < "/dev/tcp/$1/$2"' reach "$1" "$2" 2>&1) || rc=$?
  case $rc:$said in
    0:* | *refused*) ;;
    124:*) echo "it cannot reach $1 port $2: no answer within 2 s, as when a firewall drops packets" ;;
    *) echo "it cannot reach $1 port $2: $(tail -n 1 <<< "$said" | sed 's/.*: //')" ;;
  esac
}
while IFS='	' read -r kind what more; do
  case $kind in
    port) port "$what" ;;
    tool) command -v "$what" > /dev/null || echo "the program $what is missing" ;;
    absent) if [ -n "$fresh" ] && [ -e "$what" ]; then echo "$what exists: something else is installed here"; fi ;;
    reach) if [ -n "$fresh" ]; then reach "$what" "$more" & fi ;;
  esac
done
wait
[ -n "$fresh" ] || exit 0
ip -o addr show scope global | awk '{print "address\\t" $2 "\\t" $4}'
{ ip route; ip -6 route; } 2> /dev/null | awk '$1 != "default" && $1 !~ /^(fe80|ff00|unreachable|blackhole|prohibit)/ {print "route\\t" $0 "\\t" $1}' || true
`;

/** give-back.sh */
export const giveBack = `base=$1; ledger=$1/owned; mark=$2
looks() { if [ -L "$1" ]; then printf -- '-> %s' "$(readlink -- "$1")"; elif [ -f "$1" ]; then sha256sum < "$1" | cut -c1-64; else stat -c %F -- "$1"; fi; }
ours() { grep -qxF -- "$1	$2" "$base/placed" 2>/dev/null; }
if [ -e "$ledger" ]; then
  tac "$ledger" | while IFS='	' read -r kind path rest; do
    case $kind in
      F) [ -e "$path" ] || [ -L "$path" ] || continue
         if ours "$(looks "$path")" "$path"; then rm -f -- "$path"; else printf 'kept %s: it was changed since it was placed\\n' "$path"; fi ;;
      B) [ -e "$rest" ] || [ -L "$rest" ] || continue
         if [ ! -e "$path" ] && [ ! -L "$path" ] || ours "$(looks "$path")" "$path" || [ "$(looks "$path")" = "$(looks "$rest")" ]; then
           rm -rf -- "$path"; mv -fT -- "$rest" "$path"
         else
           mv -fT -- "$rest" "$path.before-sealer"
           printf 'kept %s: it was changed since it was placed; what was there before is %s\\n' "$path" "$path.before-sealer"
         fi ;;
      D) rmdir --ignore-fail-on-non-empty -- "$path" 2>/dev/null || true ;;
      T) [ -e "$path" ] || continue
         awk -v p="$path" '$5==p || index($5, p "/")==1 {print $5}' /proc/self/mountinfo | sort -r | while IFS= read -r m; do umount -l -- "$m" || true; done
         rm -rf --one-file-system -- "$path" ;;
      H) [ -e "$path" ] || continue
         grep -vF -- "$mark" "$path" > "$base/placing.lines" || true; cat "$base/placing.lines" > "$path" ;;
      S) p=/proc/sys/$(printf %s "$path" | tr . /)
         [ -e "$p" ] || continue; now=$(tr '\\t' ' ' < "$p")
         if [ "$now" = "$rest" ]; then :
         elif ours "= $now" "$path"; then printf '%s\\n' "$rest" > "$p" || true
         else printf 'kept %s = %s: it was changed since it was set\\n' "$path" "$now"; fi ;;
    esac
  done
fi
rm -rf --one-file-system -- "$base"
if rmdir /var/lib/sealer/clusters 2>/dev/null || [ ! -d /var/lib/sealer/clusters ]; then rm -rf --one-file-system /var/lib/sealer; rm -rf /run/sealer; fi
`;

/** hold-lock.sh */
export const holdLock = `lock="/run/sealer/cluster-$1.lock"; holder="/run/sealer/cluster-$1.holder"
while :; do
  mkdir -p /run/sealer; exec 8>>"$lock"
  if ! flock -n 8; then cat "$holder" 2>/dev/null; exit 75; fi
  [ "$(stat -Lc %i /proc/self/fd/8)" = "$(stat -c %i "$lock" 2>/dev/null)" ] && break
done
trap 'rm -f "$lock" "$holder"; rmdir /run/sealer 2>/dev/null' EXIT
printf '%s\\n' "$2" > "$holder"; echo locked; while IFS= read -r -t "$3"; do :; done
`;

/** items-hold.sh */
export const itemsHold = `base=$1; ledger=$1/owned; mark=$2; spec=$(head -c "$3")
lines() { printf '%s\\n' "$spec" | grep "^$1	" | cut -f2- || true; }
key_path() { printf '/proc/sys/%s' "$(printf %s "$1" | tr . /)"; }
kept() { [ "$(readlink -- "$1" 2>/dev/null)" = "$2" ]; }
looks() { if [ -L "$1" ]; then printf -- '-> %s' "$(readlink -- "$1")"; elif [ -f "$1" ]; then sha256sum < "$1" | cut -c1-64; else stat -c %F -- "$1"; fi; }
lines F | while IFS='	' read -r _ mode sum path; do
  [ -f "$path" ] && [ "$(stat -c %a -- "$path")" = "$mode" ] && [ "$(sha256sum < "$path" | cut -c1-64)" = "$sum" ] || exit 1
done
lines L | while IFS='	' read -r path target; do kept "$path" "$target" || exit 1; done
lines E | while IFS='	' read -r from into; do
  for f in "$from"/*; do kept "$into/\${f##*/}" "$f" || exit 1; done
done
lines T | while IFS= read -r path; do [ -e "$path" ] || grep -qxF -- "T	$path" "$ledger" || exit 1; done
lines P | while IFS= read -r path; do
  lines H | while IFS= read -r line; do grep -qxF -- "$line $mark" "$path" || exit 1; done
done
lines S | while IFS='	' read -r key value; do [ "$(tr '\\t' ' ' < "$(key_path "$key")")" = "$value" ] || exit 1; done
`;

/** list-differences.sh */
export const listDifferences = `base=$1; version=$2; blobs=$3; depth=$4; shift 4
cd "$base/versions" 2> /dev/null && [ -d "$version" ] && [ -e "$version.complete" ] && [ "$(readlink "$base/rootfs")" = "versions/$version" ] ||
  { printf 'absent\\t.\\n'; exit 0; }
[ -e "$version.record" ] || { printf 'without record\\t.\\n'; exit 0; }
by_marks() {
  comm -3 <(find "$version" \\( -type f -printf '%P\\t%s %m %T@ %i\\n' \\) -o \\( -type l -printf '%P\\t-> %l\\n' \\) | sort) "$version.record" |
    awk -F '\\t' '
      $1 != "" { now[$1] = 1; next }
      { was[$2] = 1 }
      END {
        for (p in now) print (p in was ? "altered" : "not of the image") "\\t" p
        for (p in was) if (!(p in now)) print "gone\\t" p
      }'
}
by_layer() {
  local at
  for ((at = $#; at > 0; at--)); do
    { stdbuf -oL tar -dvzf "$blobs/\${!at}" -C "$version" --numeric-owner --quoting-style=literal < /dev/null 2>&1 || true; } |
      sed -E 's,^(tar: )?(\\./)?(.*): (Contents|Size|Mode|Uid|Gid|Mod time|File type|Symlink) differs?$,D\\taltered\\t\\3,; t
        s,^tar: (\\./)?(.*): Warning: Cannot (stat|open|readlink).*$,D\\tgone\\t\\2,; t
        s,^(\\./)?(.*): Not linked to (\\./)?(.*)$,D\\taltered\\t\\2\\t\\4,; t
        s,^(\\./)?,N\\t,'
    echo E
  done
}
uncovered() {
  awk -F '\\t' '
    function covered(p,    at) {
      if (p in seen || p in hidden) return 1
      for (at = length(p); at > 0; at--)
        if (substr(p, at, 1) == "/" && (substr(p, 1, at - 1) in hidden || substr(p, 1, at - 1) in opaque)) return 1
      return 0
    }
    $1 == "D" {
      sub(/\\/$/, "", $3); name = $3; sub(/.*\\//, "", name)
      if (name !~ /^\\.wh\\./ && !covered($3) && !($4 != "" && covered($4))) print $2 "\\t" $3
      next
    }
    $1 == "E" {
      for (p in fresh) {
        if (fresh[p] == "opaque") opaque[p] = 1
        else if (fresh[p] != "folder") hidden[p] = 1
        if (fresh[p] == "file" || fresh[p] == "folder") seen[p] = 1
      }
      for (p in fresh) delete fresh[p]
      next
    }
    $1 != "N" { next }
    { path = $2 }
    path ~ /(^|\\/)\\.wh\\.\\.wh\\.\\.opq$/ { sub(/\\/?\\.wh\\.\\.wh\\.\\.opq$/, "", path); fresh[path] = "opaque"; next }
    path ~ /(^|\\/)\\.wh\\.[^\\/]*$/ { match(path, /\\.wh\\.[^\\/]*$/); fresh[substr(path, 1, RSTART - 1) substr(path, RSTART + 4)] = "gone"; next }
    { isFolder = sub(/\\/$/, "", path); if (path != "") fresh[path] = isFolder ? "folder" : "file" }'
}
by_contents() {
  local layer bad=''
  for layer in "$@"; do
    if [ ! -e "$blobs/$layer" ]; then printf 'blob gone\\tsha256:%s\\n' "$layer"; bad=1
    elif [ "$(sha256sum < "$blobs/$layer" | cut -c1-64)" != "$layer" ]; then printf 'blob damaged\\tsha256:%s\\n' "$layer"; bad=1; fi
  done
  [ -n "$bad" ] || by_layer "$@" | uncovered
}
{
  by_marks
  [ "$depth" = marks ] || by_contents "$@"
} | sort -t '	' -k 2,2 -k 1,1 | awk -F '\\t' '!($2 in said) { print } { said[$2] = 1 }'
`;

/** list-missing.sh */
export const listMissing = `cd "$1" 2> /dev/null || { shift; printf '%s\\n' "$@"; exit 0; }
shift
for b in "$@"; do [ -e "$b" ] || echo "$b"; done
`;

/** look-at-host.sh */
export const lookAtHost = `if [ -e "$1" ]; then exit 0; fi
set +eu
found() { local IFS=$'\\t'; printf '%s\\n' "$*"; }
in_hosts() { # lines of /etc/hosts with name $1: ADDRESS LINE
  awk -v name="$1" '{sub(/#.*/, "")} {for (i = 2; i <= NF; i++) if (tolower($i) == tolower(name)) {print $1, NR; next}}' /etc/hosts 2> /dev/null
}
look_at_names() {
  local pair name planned address line order before answer seen=
  for pair in "\${names[@]}"; do
    name=\${pair% *} planned=\${pair##* }
    while read -r address line; do
      [ "$address" = "$planned" ] || found name-elsewhere "$name" "$address" "$planned" "$line"
    done < <(in_hosts "$name")
  done
  while read -r address line; do
    case " \${addresses[*]} " in *" $address "*) continue ;; esac
    case $address in 127.* | ::1) ;; *) found own-name-elsewhere "$own" "$address" "$line" ;; esac
  done < <(in_hosts "$own")
  while read -r address line; do
    case $address in 127.* | ::1) seen=1 ;; *) found localhost-elsewhere "$address" "$line" ;; esac
  done < <(in_hosts localhost)
  [ -n "$seen" ] || timeout 1 getent hosts localhost > /dev/null || found localhost-missing
  order=$(sed -n 's/^hosts:[[:space:]]*//p' /etc/nsswitch.conf 2> /dev/null | head -n 1)
  [ -n "$order" ] || return 0
  case " $order " in *" files "* | *" resolve "*) ;; *) found hosts-file-unused "$order"; return ;; esac
  before=\${order%%files*}
  case " $before " in *" dns "*) ;; *) return ;; esac
  found dns-first "$order"
  for pair in "\${names[@]}"; do
    answer=$(timeout 1 getent ahosts "\${pair% *}" 2> /dev/null | awk 'NR == 1 {print $1}')
    [ -z "$answer" ] || [ "$answer" = "\${pair##* }" ] || found name-in-dns "\${pair% *}" "$answer" "\${pair##* }"
  done
}
resolver() {
  local file=$1 servers server
  [ -e "$file" ] || { found resolver-missing "$file"; return; }
  servers=$(awk '$1 == "nameserver" {print $2}' "$file")
  case $'\\n'$servers in *$'\\n'127.0.0.5[34]*)
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
tell_proxies() { # of standard input, of place $1
  local word
  grep -oiE '\\<(https|no)_proxy=[^"[:space:]]*' | sed -E "s#//[^@/]*@#//#; s/'\\$//" | while read -r word; do found proxy "$1" "$word"; done
}
command_proxies() {
  env | tell_proxies 'the environment of commands (see /etc/environment)'
  systemctl show-environment 2> /dev/null | tell_proxies 'the environment of services (DefaultEnvironment in /etc/systemd/system.conf)'
}
unit_proxies() {
  local file
  for file in {/etc,/run,/usr/lib}/systemd/system/{"$1",service}.d/*.conf; do
    if [ -e "$file" ]; then tell_proxies "$file" < "$file"; fi
  done
}
folder() {
  local at=$1 kind options target
  while [ ! -e "$at" ]; do at=\${at%/*}; at=\${at:-/}; done
  [ -d "$at" ] || { found folder-is-file "$1" "$at"; return; }
  [ -w "$at" ] || found folder-read-only "$1" "$at"
  command -v findmnt > /dev/null || { found findmnt-missing; return; }
  read -r kind options target < <(findmnt -nro FSTYPE,OPTIONS,TARGET -T "$at" 2> /dev/null)
  case "$2,$options," in *exec*,noexec,*) found folder-noexec "$1" "$target" ;; esac
  case "$2 $kind" in *layers*\\ overlay | *layers*\\ nfs* | *layers*\\ cifs | *layers*\\ fuse* | *layers*\\ 9p) found folder-layers "$1" "$kind" ;; esac
  case $kind in tmpfs | ramfs) found folder-in-memory "$1" "$target" ;; esac
}
other() { # path $1 of $2
  if [ -d "$1" ]; then [ -n "$(ls -A "$1" 2> /dev/null)" ] || return; else [ -e "$1" ] || [ -L "$1" ] || return; fi
  found other "$1" "$2"
}
network() { # the first file of folder $1 counts; ours is called $2
  local file
  for file in "$1"/*.conf "$1"/*.conflist "$1"/*.json; do
    [ -e "$file" ] || continue
    if [ -z "$2" ]; then found network-unknown "$file"
    elif [[ \${file##*/} < $2 ]]; then found network-taken "$file" "$2"; fi
  done
}
udp_port() {
  local hex
  hex=$(printf ':%04X$' "$1")
  if cat /proc/net/udp /proc/net/udp6 2> /dev/null | awk -v h="$hex" '$2 ~ h {f = 1} END {exit !f}'; then found udp-port-in-use "$1"; fi
  if systemctl is-active -q firewalld 2> /dev/null || grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf; then found firewall "$1"; fi
}
at_least() {
  local value
  { read -r value < "/proc/sys/$1"; } 2> /dev/null || return
  [ "$value" -ge "$2" ] || found "$3" "\${1//\\//.}" "$value" "$2"
}
look_at_kernel() {
  local name groups
  at_least fs/inotify/max_user_instances 128 kernel-limit
  at_least fs/inotify/max_user_watches 8192 kernel-limit
  at_least fs/file-max 65536 kernel-limit
  at_least kernel/pid_max 32768 kernel-limit
  at_least net/netfilter/nf_conntrack_max 32768 kernel-limit
  for name in pid net mnt ipc uts cgroup; do at_least "user/max_\${name}_namespaces" 64 namespaces; done
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then groups=$(cat /sys/fs/cgroup/cgroup.controllers)
  else groups=$(awk '$4 == 1 {print $1}' /proc/cgroups | tr '\\n' ' '); fi
  for name in cpu memory pids; do case " $groups " in *" $name "*) ;; *) found controller-missing "$name" "$groups" ;; esac; done
  name=$(cat /sys/fs/selinux/enforce 2> /dev/null)
  [ "$name" != 1 ] || found selinux
}
names=() own='' addresses=()
while IFS=$'\\t' read -r kind what more; do
  case $kind in
    name) names+=("$what $more") ;;
    own) own=$what ;;
    address) addresses+=("$what") ;;
    resolver) resolver "$what" ;;
    unit) unit_proxies "$what" ;;
    folder) folder "$what" "$more" ;;
    other) other "$what" "$more" ;;
    network) network "$what" "$more" ;;
    udp) udp_port "$what" ;;
  esac
done
look_at_names
command_proxies
look_at_kernel
true
`;

/** mark-done.sh */
export const markDone = `[ -d "$1" ] || exit 0
mkdir -p "$1/steps"
printf '%s\\n' "$3" > "$2.new"
mv -f "$2.new" "$2"
`;

/** place-items.sh */
export const placeItems = `base=$1; ledger=$1/owned; mark=$2; spec=$(head -c "$3")
lines() { printf '%s\\n' "$spec" | grep "^$1	" | cut -f2- || true; }
key_path() { printf '/proc/sys/%s' "$(printf %s "$1" | tr . /)"; }
kept() { [ "$(readlink -- "$1" 2>/dev/null)" = "$2" ]; }
looks() { if [ -L "$1" ]; then printf -- '-> %s' "$(readlink -- "$1")"; elif [ -f "$1" ]; then sha256sum < "$1" | cut -c1-64; else stat -c %F -- "$1"; fi; }
mkdir -p "$base/backup" && chmod 700 "$base/backup" && touch "$ledger"
make_folder() { [ -d "$1" ] || { make_folder "$(dirname -- "$1")"; printf 'D\\t%s\\n' "$1" >> "$ledger"; mkdir -m 755 -- "$1"; }; }
claim() {
  grep -qxF -- "F	$1" "$ledger" && return 0
  grep -qF -- "B	$1	" "$ledger" && return 0
  make_folder "$(dirname -- "$1")"
  if [ -e "$1" ] || [ -L "$1" ]; then
    b=$base/backup/$(printf %s "$1" | sha256sum | cut -c1-24)
    rm -rf -- "$b"; cp -a -- "$1" "$b"; printf 'B\\t%s\\t%s\\n' "$1" "$b" >> "$ledger"
  else printf 'F\\t%s\\n' "$1" >> "$ledger"; fi
}
placed() { grep -qxF -- "$1	$2" "$base/placed" 2>/dev/null || printf '%s\\t%s\\n' "$1" "$2" >> "$base/placed"; }
link() { kept "$1" "$2" && return 0; claim "$1"; placed "-> $2" "$1"; ln -sfn -- "$2" "$1.sealer-new"; mv -fT -- "$1.sealer-new" "$1"; }
lines T | while IFS= read -r path; do
  [ -e "$path" ] || grep -qxF -- "T	$path" "$ledger" || printf 'T\\t%s\\n' "$path" >> "$ledger"
done
new=$(mktemp -d "$base/placing.XXXXXX"); trap 'rm -rf -- "$new"' EXIT
tar -xf - -C "$new" --no-same-owner
lines F | while IFS='	' read -r number mode sum path; do
  claim "$path"; placed "$sum" "$path"
  cp -- "$new/$number" "$path.sealer-new"; chmod "$mode" "$path.sealer-new"; sync "$path.sealer-new"
  mv -fT -- "$path.sealer-new" "$path"
done
lines L | while IFS='	' read -r path target; do link "$path" "$target"; done
lines E | while IFS='	' read -r from into; do
  for f in "$from"/*; do [ -e "$f" ] && link "$into/\${f##*/}" "$f"; done
done
lines P | while IFS= read -r path; do
  [ -e "$path" ] || { claim "$path"; : > "$path"; placed "$(looks "$path")" "$path"; }
  grep -qxF -- "H	$path" "$ledger" || printf 'H\\t%s\\n' "$path" >> "$ledger"
  { grep -vF -- "$mark" "$path" || true; lines H | while IFS= read -r line; do printf '%s %s\\n' "$line" "$mark"; done; } > "$base/placing.lines"
  cat "$base/placing.lines" > "$path"; rm -f "$base/placing.lines"
done
lines S | while IFS='	' read -r key value; do
  p=$(key_path "$key")
  [ -e "$p" ] || { echo "there is no kernel setting $key; its module may be missing" >&2; exit 1; }
  [ "$(tr '\\t' ' ' < "$p")" = "$value" ] && continue
  grep -qF -- "S	$key	" "$ledger" || printf 'S\\t%s\\t%s\\n' "$key" "$(tr '\\t' ' ' < "$p")" >> "$ledger"
  placed "= $value" "$key"; printf '%s\\n' "$value" > "$p"
done
`;

/** read-facts.sh */
export const readFacts = `set +e
echo "now=$(date +%s%3N)"
echo "hostname=$(cat /proc/sys/kernel/hostname)"
echo "machine=$(uname -m)"
echo "kernel=$(uname -r)"
. /etc/os-release 2>/dev/null
echo "osId=\${ID:-}"; echo "osVersion=\${VERSION_ID:-}"; echo "osName=\${PRETTY_NAME:-}"
echo "cpus=$(nproc)"
echo "memory=$(awk '/^MemTotal:/{print $2*1024}' /proc/meminfo)"
d=/var/lib/sealer/blobs; while [ ! -d "$d" ]; do d=$(dirname "$d"); done
echo "disk=$(df -Pk "$d" | awk 'NR==2{printf "%.0f", $4*1024}')"
echo "uid=$(id -u)"
[ -d /run/systemd/system ] && echo systemd=1
[ -e /sys/fs/cgroup/cgroup.controllers ] && echo cgroup=2 || echo cgroup=1
caps=$(awk '/^CapBnd:/{print $2}' /proc/self/status); echo "sysresource=$(( (0x\${caps:-0} >> 24) & 1 ))"
[ -w /proc/sys/net/netfilter/nf_conntrack_max ] && echo "$(cat /proc/sys/net/netfilter/nf_conntrack_max)" 2>/dev/null > /proc/sys/net/netfilter/nf_conntrack_max && echo conntrack=1
[ "$(wc -l < /proc/swaps)" -gt 1 ] && echo swap=1
echo "addresses=$(ip -o addr show scope global | awk '{split($4,a,"/"); printf "%s ", a[1]}')"
[ -n "$(ip route show default)" ] && echo route=1
for t in "$@"; do command -v "$t" > /dev/null || printf 'missing=%s\\n' "$t"; done
command -v iptables > /dev/null || command -v nft > /dev/null || echo 'missing=iptables or nft'
true
`;

/** receive-blob.sh */
export const receiveBlob = `mkdir -p "$1"; cd "$1" || exit
exec 7>>"$2.lock"
while ! flock -w "$4" 7; do
  size=$(stat -c %s "$2.partial" 2>/dev/null || echo 0)
  [ "$size" != "\${seen:-$3}" ] || [ "$size" -ge "$5" ] || for p in $(grep -lzsxF -- "SEALER_COMMAND=$(cat "$2.lock")" /proc/[0-9]*/environ | cut -d/ -f3); do kill -9 "$p" || true; done
  seen=$size
done
printf %s "$SEALER_COMMAND" > "$2.lock"
[ ! -e "$2" ] || { cat > /dev/null; rm -f "$2.lock"; exit 0; }
[ "$(stat -c %s "$2.partial" 2>/dev/null || echo 0)" = "$3" ] || { echo "moved on" >&2; exit 76; }
cat >> "$2.partial" || exit 77
[ "$(stat -c %s "$2.partial")" -ge "$5" ] || { echo "cut off" >&2; exit 79; }
[ "$(sha256sum < "$2.partial" | cut -c1-64)" = "$2" ] || { rm -f "$2.partial"; exit 78; }
mv -f "$2.partial" "$2"; stat -c '%i %s %Y %Z' "$2" > "$2.verified"; rm -f "$2.lock"
`;

/** relay.sh */
export const relay = `exec 3<> "/dev/tcp/$1/$2" 4<&0
printf '%s\\n' "$3"
cat <&3 & back=$!
cat <&4 >&3 2> /dev/null & forth=$!
if [ "$((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1]))" -ge 403 ]; then wait -n || true
else while kill -0 "$back" && kill -0 "$forth"; do sleep 0.2; done 2> /dev/null; fi
kill "$back" "$forth" 2> /dev/null || true
`;

/** run-line.sh */
export const runLine = `cd "$1" || exit
export PATH="$2/bin:$PATH" KUBECONFIG="$3"
eval "$4"
`;

/** sandbox.sh */
export const sandbox = `work=$1 lower=$2 userns=$3 runtime=$4 program=$5 shell=$6 capabilities=$7 network=$8
umask 022
cd "$work" || exit 125
say() { printf '%s\\n' "$*" >&4; }
fail() { say "failed $*"; exit 125; }
place() { # place TYPE OPTIONS SOURCE TARGET
  case $1 in
    bind | rbind) mount "--$1" "$3" "$4" && { [ "$2" != ro ] || mount -o remount,bind,ro "$4"; } ;;
    devpts) mount -t devpts -o "$2" "$3" "$4" 2> /dev/null || : ;;
    *) mount -t "$1" \${2:+-o "$2"} "$3" "$4" ;;
  esac
}
fill_dev() {
  for device in null zero full random urandom tty; do
    : > "merged/dev/$device" && place bind '' "/dev/$device" "merged/dev/$device" || return
  done
  mkdir merged/dev/pts merged/dev/shm && ln -s /proc/self/fd merged/dev/fd && ln -s pts/ptmx merged/dev/ptmx &&
    ln -s /proc/self/fd/0 merged/dev/stdin && ln -s /proc/self/fd/1 merged/dev/stdout && ln -s /proc/self/fd/2 merged/dev/stderr
}
start() { # start CAPABILITIES NETWORK
  while IFS= read -r type && IFS= read -r options && IFS= read -r source && IFS= read -r target; do
    place "$type" "$options" "$source" "merged$target" < /dev/null || fail "at: mount $type $source at $target"
    [ "$target" != /dev ] || fill_dev || fail 'to fill /dev'
  done < mounts
  chroot=$(command -v chroot) setpriv=$(command -v setpriv) unshare=$(command -v unshare) || fail 'to find setpriv'
  capabilities=$1 network=$2
  eval "set -- $(cat command)"
  set -- "$setpriv" "--bounding-set=-all,$capabilities" --inh-caps=-all -- "$chroot" merged "$@"
  [ "$network" != none ] || set -- "$unshare" --net -- "$@"
  for name in $(env | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'); do unset "$name"; done
  . ./environment
  exec "$@" 4>&-
}
trap 'exit 137' TERM
(cat <&3 > /dev/null 2>&1; kill -TERM 1) 4>&- > /dev/null 2>&1 &
mkdir lower scaffold upper overlay merged secrets
mount -t tmpfs -o mode=700 tmpfs secrets || fail 'to mount a tmpfs'
while read -r name mode owner data; do
  printf %s "$data" | base64 -d > "secrets/$name" && chown "$owner" "secrets/$name" && chmod "$mode" "secrets/$name" || fail "to place a secret with owner $owner"
done
mount --bind "$lower" lower || fail 'to mount the rootfs'
folder() { # folder WHERE PATH
  [ ! -d "$1/$2" ] || return 0
  case $2 in */*) folder "$1" "\${2%/*}" ;; esac
  mkdir "$1/$2" || fail "to make a folder to mount on at /$2"
  [ ! -d "lower/$2" ] || { chown --reference="lower/$2" "$1/$2"; chmod --reference="lower/$2" "$1/$2"; touch -r "lower/$2" "$1/$2"; }
}
points() { # points WHERE
  while read -r kind path; do
    [ ! -e "lower/$path" ] || continue
    if [ "$kind" = d ]; then folder "$1" "$path"
    else
      case $path in */*) folder "$1" "\${path%/*}" ;; esac
      : > "$1/$path" || fail "to make a file to mount on at /$path"
    fi
  done < points
}
options=lowerdir=scaffold:lower,upperdir=upper,workdir=overlay
if [ "$userns" = 1 ]; then options=$options,userxattr; else options=$options,redirect_dir=off,metacopy=off,index=off; fi
points scaffold
if mount -t overlay -o "$options" overlay merged 2> /dev/null; then say storage overlay
else
  say storage copy
  cp -a lower/. merged || fail 'to copy the rootfs'
  points merged
  : > began; sleep 0.05
fi
[ "$shell" != 1 ] || [ -e merged/bin/sh ] || [ -L merged/bin/sh ] || { say no-shell; exit 125; }
while read -r _ at _; do
  case $at in /sys/fs/cgroup*) mount -o remount,bind,ro "$at" 2> /dev/null ;; esac
done < /proc/self/mounts
[ "$runtime" != crun ] || [ ! -d /sys/fs/cgroup/unified ] || mount -t tmpfs tmpfs /sys/fs/cgroup
case $runtime in
  crun) "$program" --root "$work/runtime" --cgroup-manager=disabled --log "$work/runtime.log" run --bundle "$work" build < /dev/null 3<&- 4>&- & ;;
  runc) "$program" --root "$work/runtime" --rootless true --log "$work/runtime.log" run --bundle "$work" build < /dev/null 3<&- 4>&- & ;;
  chroot) start "$capabilities" "$network" < /dev/null 3<&- & ;;
esac
wait $!
say "ended $?"
`;

/** settle.sh */
export const settle = `f=/run/sealer/$1.lock
[ -e "$f" ] || exit 0
exec flock -w "$2" "$f" true
`;

/** unpack-rootfs.sh */
export const unpackRootfs = `base=$1; blobs=$2; version=$3; count=$4
refuse() { rm -rf -- "$version.partial" "$version.list" "$version.whiteouts" "$version.said"; echo "$layer $1" >&2; exit 76; }
mkdir -p "$base/versions"; cd "$base/versions" || exit; rm -rf -- "$version.partial"; mkdir -m 755 "$version.partial"
unpack() { LC_ALL=C tar -xzf "$blobs/$layer" -C "$version.partial" --same-owner --numeric-owner -p --xattrs --xattrs-include='user.*' --xattrs-include=security.capability < /dev/null 2> "$version.said"; }
honest() { ! grep -q -e 'Removing leading' -e "contains '\\.\\.'" "$version.said" || refuse 'holds names that lead out of the rootfs'; }
inside() {
  [ -n "$(find "$version.partial" -type l \\( -lname '/*' -o -lname '*..*' \\) -print -quit)" ] || return 0
  real=$(readlink -f -- "$version.partial")
  { tar -tzf "$blobs/$layer"; tar -tvzf "$blobs/$layer" | sed -n 's/^h.* link to //p'; } < /dev/null |
    sed 's,^\\(\\./\\)*/*,,; s,/*$,,; s,/*[^/]*$,,' | sort -u | while IFS= read -r folder; do
    case $(readlink -m -- "$version.partial/$folder")/ in "$real"/*) ;; *) exit 9 ;; esac
  done || { [ $? = 9 ] && refuse 'writes through a link that leads out of the rootfs'; exit 77; }
}
while [ "$count" -gt 0 ]; do
  IFS= read -r -t 60 layer || { echo "the sender has gone" >&2; exit 79; }
  [ "$layer" != . ] || continue
  count=$((count - 1))
  [ "$(stat -c '%i %s %Y %Z' "$blobs/$layer")" = "$(cat "$blobs/$layer.verified" 2> /dev/null)" ] ||
    [ "$(sha256sum < "$blobs/$layer" | cut -c1-64)" = "$layer" ] || { rm -f -- "$blobs/$layer" "$blobs/$layer.verified"; echo "$layer" >&2; exit 78; }
  inside
  unpack || {
    honest
    inside
    tar -tzf "$blobs/$layer" --quoting-style=literal < /dev/null | while IFS= read -r entry; do
      case $entry in */) continue ;; esac
      [ ! -d "$version.partial/$entry" ] || [ -L "$version.partial/$entry" ] || rm -rf -- "$version.partial/$entry"
    done
    unpack || { cat "$version.said" >&2; exit 77; }
  }
  honest
  [ -z "$(find "$version.partial" \\( -type b -o -type c -o -type p -o -type s \\) -print -quit)" ] || refuse 'holds a device, pipe or socket'
  echo "unpacked sha256:$layer"
  find "$version.partial" -name '.wh.*' -printf '%P\\n' > "$version.whiteouts"
  [ -s "$version.whiteouts" ] || continue
  tar -tzf "$blobs/$layer" < /dev/null | sed 's,^\\./,,; s,/$,,' > "$version.list"
  while IFS= read -r entry; do
    folder=$(dirname "$entry"); name=\${entry##*/}; rm -f -- "$version.partial/$entry"
    if [ "$name" = .wh..wh..opq ]; then
      find "$version.partial/$folder" -mindepth 1 -depth -printf '%P\\n' | while IFS= read -r path; do
        grep -qxF -- "\${folder#./}/$path" "$version.list" && continue
        path=$version.partial/$folder/$path
        if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir -- "$path" 2> /dev/null || true; else rm -f -- "$path"; fi
      done
    else rm -rf -- "$version.partial/$folder/\${name#.wh.}"; fi
  done < "$version.whiteouts"
done
rm -f -- "$version.list" "$version.whiteouts" "$version.said"
find "$version.partial" \\( -type f -printf '%P\\t%s %m %T@ %i\\n' \\) -o \\( -type l -printf '%P\\t-> %l\\n' \\) | sort > "$version.record"
rm -rf -- "$version"; mv -T -- "$version.partial" "$version"
printf 'complete\\n' > "$version.complete"
ln -sfn -- "versions/$version" "$base/rootfs.new"; mv -fT -- "$base/rootfs.new" "$base/rootfs"
`;

/** write-file.sh */
export const writeFile = `umask 077; mkdir -p -m 755 -- "$(dirname -- "$1")"
t="$1.sealer-new"
cat > "$t"
chmod "$2" "$t"
sync "$t"
mv -f -- "$t" "$1"
`;

