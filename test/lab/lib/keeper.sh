# shellcheck shell=bash
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

# What runs for this lab, whoever started it and whether or not it was written down: an `up` that was killed leaves copies of
# itself, keepers, and what these had just called. They start each other: this ends them until a look finds none.
end_all() {
  local round pids
  for ((round = 0; round < 100; round++)); do
    pids=$(lab_processes)
    [ -n "$pids" ] || return 0
    # shellcheck disable=SC2086 # numbers
    kill -9 $pids 2> /dev/null
    sleep 0.05
  done
  die "processes of lab '$NAME' do not end: $(echo $pids)"
}

lab_processes() { # one pid a line
  local pid words parent
  for pid in $(grep -lzsE '(^|/)lab\.sh$' /proc/[0-9]*/cmdline | cut -d/ -f3); do
    [ "$pid" != $$ ] && [ "$(lab_of "$pid")" = "$NAME" ] || continue
    words=$(tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline")
    case $words in
      *"lab.sh _"*) echo "$pid" ;;
      *"lab.sh up "*) is_ours "$pid" || echo "$pid" ;;
    esac
  done
  # What they called: each names the host or the namespace it works on.
  for pid in $(grep -lzsE -- "^$HOSTS/|^(--net=/run/netns/)?sealer-$NAME-(sw|h[0-9]+)\$" /proc/[0-9]*/cmdline | cut -d/ -f3); do
    case $(cat "/proc/$pid/comm" 2> /dev/null) in cp | rm | ip | nsenter | ssh-keygen) echo "$pid" ;; esac
  done
  { cat "$HOSTS"/*/cgroups 2> /dev/null; cgroup_parents; } | sort -u | while read -r parent; do
    find "$parent/$GROUP" -name cgroup.procs -exec cat {} + 2> /dev/null
  done | grep -vx 0 | sort -u
}

is_ours() { # a copy of this process: it has our command line
  local pid=$1
  while [ "${pid:-0}" -gt 1 ]; do
    [ "$pid" != $$ ] || return 0
    pid=$(sed 's/.*) //' "/proc/$pid/stat" 2> /dev/null | cut -d' ' -f2)
  done
  return 1
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
