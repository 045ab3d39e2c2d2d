# shellcheck shell=bash
# What there is. Asks the hosts from inside, so that cut-off ones answer too.

status() { # status [--json]
  local i init state memory cuts rows=()
  for i in $(host_numbers); do
    init=$(init_pid "$i") state=down memory=0
    [ -z "$init" ] || { state=$(timeout 5 "$SELF" exec "$i" systemctl is-system-running 2> /dev/null); memory=$(host_memory "$i"); }
    # shellcheck disable=SC2010 # our own names
    cuts=$(ls "$LAB/cuts" | grep -E "^$i(-|\$)|-$i\$" | tr '\n' ' ')
    if [ "${1:-}" = --json ]; then
      rows+=("$(printf '{"host":%d,"name":"h%d","address":"%s","up":%s,"pid":%s,"state":"%s","memory":%d,"cuts":[%s]}' "$i" "$i" "$(address "$i")" \
        "$([ -n "$init" ] && echo true || echo false)" "${init:-null}" "${state:-starting}" "$memory" \
        "$(printf '%s' "$cuts" | sed 's/ $//; s/[^ ][^ ]*/"&"/g; s/ /,/g')")")
    else
      echo "h$i $(address "$i") ${state:-starting}${init:+ pid=$init mem=$((memory / 1048576))M}${cuts:+ cut: $cuts}"
    fi
  done
  [ "${1:-}" != --json ] || (IFS=,; echo "[${rows[*]:-}]")
}

host_memory() { # bytes; 0 where the kernel does not count
  local parent file
  while read -r parent; do
    for file in memory.usage_in_bytes memory.current; do
      [ ! -e "$parent/$GROUP/h$1/$file" ] || { cat "$parent/$GROUP/h$1/$file"; return; }
    done
  done < "$HOSTS/$1/cgroups"
  echo 0
}
