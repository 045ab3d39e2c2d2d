# shellcheck shell=sh
# For sandbox.sh: mounts what runtimes mount, and executes the command in the changed root, with the same capabilities as
# under a runtime. Reads files of the sandbox's folder: `mounts` (four lines each: type, options, source, target),
# `command` (its words, quoted), `environment` (exports).

place() { # place TYPE OPTIONS SOURCE TARGET
  case $1 in
    bind | rbind) mount "--$1" "$3" "$4" && { [ "$2" != ro ] || mount -o remount,bind,ro "$4"; } ;;
    devpts) mount -t devpts -o "$2" "$3" "$4" 2> /dev/null || : ;;
    *) mount -t "$1" ${2:+-o "$2"} "$3" "$4" ;;
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
  # The command sees its own environment, and its values stand in no argument list.
  for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do unset "$name"; done
  # shellcheck source=/dev/null # it is made for each command
  . ./environment
  exec "$@" 4>&-
}
