# shellcheck shell=bash
# The lab as a whole. `up` takes its own hosts down again when it is interrupted; `down` removes all there is.

up() { # up N
  local i base_pid added=()
  need_number "$1"
  [ "$(id -u)" = 0 ] || die "needs root"
  need_programs ip:iproute2 nft:nftables ssh:openssh-client ssh-keygen:openssh-client setsid:util-linux
  need_key
  need_real_disk
  trap 'interrupted' INT TERM HUP
  mkdir -p "$LAB"
  # In the background, so that a signal is heard while it builds for minutes.
  "${SELF%/*}/base.sh" > "$LAB/base.new" &
  base_pid=$!
  wait $base_pid || die "no base: see above"
  base_pid=
  [ -e "$LAB/base" ] || tail -n 1 "$LAB/base.new" > "$LAB/base"
  rm -f "$LAB/base.new"
  exec 9< "$LAB"
  flock 9 # two `up` of one lab
  for ((i = 1; i <= $1; i++)); do
    [ -d "$HOSTS/$i" ] || added+=("$i")
    start_host "$i"
  done
  exec 9>&-
  for ((i = 1; i <= $1; i++)); do await_ssh "$i"; done
  trap - INT TERM HUP
}

interrupted() { # sees up's local variables
  trap '' INT TERM HUP
  say "interrupted: taking down what this call started"
  [ -z "$base_pid" ] || { kill "$base_pid" 2> /dev/null; wait "$base_pid"; }
  remove_hosts "${added[@]}"
  [ -n "$(host_numbers)" ] || down
  exit 130
}

remove_hosts() {
  local i
  for i in "$@"; do halt_host "$i" kill & done
  wait
  for i in "$@"; do
    [ -z "$(init_pid "$i")" ] || die "host $i still runs as process $(init_pid "$i")"
    host_leavings "$i"
    rm -rf --one-file-system "${HOSTS:?}/$i"
  done
}

down() {
  end_all
  # shellcheck disable=SC2046 # numbers
  remove_hosts $(host_numbers)
  cgroups_sweep
  switch_down
  rm -rf --one-file-system "${LAB:?}"
  rmdir "$CACHE/labs" 2> /dev/null
  return 0
}
