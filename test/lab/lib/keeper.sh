# Life of a host. A keeper process stays outside and boots the host again when it reboots itself.

keeper() {
  local i=$1 code
  while :; do
    host_network_up "$i" || exit 1
    (
      cgroup_enter "$i" || exit 1
      echo $BASHPID > "$HOSTS/$i/unshare.pid"
      exec nsenter --net="/run/netns/$(namespace "$i")" \
        unshare --mount --uts --ipc --pid --cgroup --fork --kill-child --propagation slave "$SELF" _boot "$i"
    ) > "$HOSTS/$i/boot.log" 2>&1 < /dev/null
    code=$?
    echo "$(date +%T) host $i ended, code $code"
    rm -f "$HOSTS/$i/unshare.pid"
    [ $code = 129 ] || break # SIGHUP: the host called reboot(2) to restart
    cgroup_leave "$i"
  done
  host_leavings "$i"
}

host_leavings() { # what a host that has ended leaves behind, apart from its disk
  cgroup_leave "$1"
  ip netns del "$(namespace "$1")" 2> /dev/null
  rm -f "$HOSTS/$1/unshare.pid" "$HOSTS/$1/keeper.pid"
}

keeper_pid() { # nothing when no keeper of this host runs; a pid of somebody else does not count
  local pid
  pid=$(cat "$HOSTS/$1/keeper.pid" 2> /dev/null) && tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline" | grep -q "_keeper $1 " && echo "$pid"
}

# An `up` that was killed leaves what it had just started and not yet written down: copies of itself, which are ended, the
# copying of a disk, likewise, and keepers, which are known again afterwards.
adopt_strays() {
  local pid words
  for pid in $(grep -lzsF -- "$HOSTS/" /proc/[0-9]*/cmdline | cut -d/ -f3); do
    [ "$(cat "/proc/$pid/comm" 2> /dev/null)" != cp ] || kill -9 "$pid" 2> /dev/null
  done
  for pid in $(grep -lzsE '(^|/)lab\.sh$' /proc/[0-9]*/cmdline | cut -d/ -f3); do
    [ "$pid" != $$ ] && [ "$(lab_of "$pid")" = "$NAME" ] || continue
    words=$(tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline")
    case $words in
      *"lab.sh up "*) kill -9 "$pid" 2> /dev/null ;;
      *"lab.sh _keeper "*)
        words=${words##*_keeper } words=${words%% *}
        [ ! -d "$HOSTS/$words" ] || echo "$pid" > "$HOSTS/$words/keeper.pid" ;;
    esac
  done
}

lab_of() { # the lab a process was started for
  local name
  name=$(tr '\0' '\n' 2> /dev/null < "/proc/$1/environ" | sed -n 's/^LAB_NAME=//p')
  echo "${name:-lab}"
}

start_host() {
  mkdir -p "$HOSTS/$1" "$LAB/cuts"
  switch_up
  make_disk "$1"
  [ -z "$(keeper_pid "$1")" ] || { say "host $1 runs already"; return 0; }
  rm -f "$HOSTS/$1/keeper.pid"
  (cd / && exec setsid "$SELF" _keeper "$1" >> "$HOSTS/$1/keeper.log" 2>&1 < /dev/null 9>&-) &
  echo $! > "$HOSTS/$1/keeper.pid"
  # It counts once it is the keeper; until then it is a copy of this process.
  while [ -z "$(keeper_pid "$1")" ] && kill -0 $! 2> /dev/null; do sleep 0.02; done
}

await_ssh() {
  local until=$((SECONDS + ${LAB_WAIT:-60}))
  while [ $SECONDS -lt $until ]; do
    [ -n "$(keeper_pid "$1")" ] || die "host $1 ended at boot: see $HOSTS/$1/boot.log and keeper.log"
    run_ssh "$1" -n true 2> /dev/null && return 0
    sleep 0.2
  done
  die "host $1 does not answer on ssh after ${LAB_WAIT:-60} s: see $HOSTS/$1/boot.log"
}

await_end() { # await_end I SECONDS
  local n
  for ((n = 0; n < $2 * 10; n++)); do
    [ -n "$(keeper_pid "$1")" ] || return 0
    sleep 0.1
  done
  return 1
}

halt_host() { # halt_host I off|kill
  local init keeper
  init=$(init_pid "$1")
  if [ "$2" = off ] && [ -n "$init" ]; then
    kill -s RTMIN+4 "$init" # systemd: power off
    await_end "$1" "${LAB_STOP:-30}" && return 0
    say "host $1 did not power off in ${LAB_STOP:-30} s: killed"
    init=$(init_pid "$1")
  fi
  [ -z "$init" ] || { kill -9 "$init" 2> /dev/null; await_end "$1" 10 && return 0; }
  # No init, or it came back: the keeper is about to boot it. Its process group goes, and --kill-child takes the host along.
  keeper=$(keeper_pid "$1")
  [ -z "$keeper" ] || kill -9 -- "-$keeper" 2> /dev/null
  await_end "$1" 10
  host_leavings "$1"
}

reboot_host() {
  local init until=$((SECONDS + 60))
  init=$(init_pid "$1")
  kill -s RTMIN+5 "$init" # systemd: reboot
  while [ -d "/proc/$init" ]; do
    [ $SECONDS -lt $until ] || die "host $1 does not go down; lab.sh crash $1 kills it"
    sleep 0.1
  done
  await_ssh "$1"
}
