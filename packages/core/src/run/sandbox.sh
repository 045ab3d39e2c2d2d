# shellcheck shell=sh
# The first process of a RUN's sandbox. When it ends, however it ends, the kernel ends all the others and takes the mounts
# away. It ends when descriptor 3 closes, that is, when sealer does.
# $1: the sandbox's folder, $2: the rootfs, $3: 1 in a user namespace, $4: crun, runc or chroot, $5: the runtime's program,
# $6: 1 when the command needs a shell, $7 and $8: for chroot.sh, the capabilities it keeps, and its network.
# Standard input: one line a secret, `NAME MODE UID:GID BASE64`.
# Descriptor 4 tells: `storage overlay|copy`, `no-shell`, `failed WHAT`, `ended STATUS`.

work=$1 lower=$2 userns=$3 runtime=$4 program=$5 shell=$6 capabilities=$7 network=$8
umask 022
cd "$work" || exit 125
say() { printf '%s\n' "$*" >&4; }
fail() { say "failed $*"; exit 125; }
. ./chroot.sh
trap 'exit 137' TERM
(cat <&3 > /dev/null 2>&1; kill -TERM 1) 4>&- > /dev/null 2>&1 &

mkdir lower scaffold upper overlay merged secrets
mount -t tmpfs -o mode=700 tmpfs secrets || fail 'to mount a tmpfs'
while read -r name mode owner data; do
  # shellcheck disable=SC2015 # whichever of them fails
  printf %s "$data" | base64 -d > "secrets/$name" && chown "$owner" "secrets/$name" && chmod "$mode" "secrets/$name" || fail "to place a secret with owner $owner"
done
mount --bind "$lower" lower || fail 'to mount the rootfs'

# Folders and files to mount on, where the rootfs has none: a layer of their own, with the attributes of the rootfs below.
folder() { # folder WHERE PATH
  [ ! -d "$1/$2" ] || return 0
  case $2 in */*) folder "$1" "${2%/*}" ;; esac
  mkdir "$1/$2" || fail "to make a folder to mount on at /$2"
  [ ! -d "lower/$2" ] || { chown --reference="lower/$2" "$1/$2"; chmod --reference="lower/$2" "$1/$2"; touch -r "lower/$2" "$1/$2"; }
}
points() { # points WHERE
  while read -r kind path; do
    [ ! -e "lower/$path" ] || continue
    if [ "$kind" = d ]; then folder "$1" "$path"
    else
      case $path in */*) folder "$1" "${path%/*}" ;; esac
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
  # What is changed from now on carries a later time.
  : > began; sleep 0.05
fi
[ "$shell" != 1 ] || [ -e merged/bin/sh ] || [ -L merged/bin/sh ] || { say no-shell; exit 125; }

# Runtimes are to leave control groups alone. crun 1.8 stumbles over hybrid ones.
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
