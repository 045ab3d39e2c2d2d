// Made by tools/embed-scripts.mjs from the *.sh files of this package. Do not edit.

/** has-images.sh */
export const hasImages = `c=$1; r=$2; shift 2
for i in "$@"; do "$c" -r "$r" inspecti -q "$i" > /dev/null 2>&1 || exit 1; done
`;

/** is-running.sh */
export const isRunning = `pid=$(systemctl show -p MainPID --value containerd)
[ "$pid" -gt 0 ] && systemctl is-enabled -q containerd && ! [ "$1" -nt "/proc/$pid" ] && "$2/bin/crictl" -r "$3" version > /dev/null
`;

/** is-stopped.sh */
export const isStopped = `is_ours() { case $(readlink /etc/systemd/system/containerd.service) in "$1"/rootfs/*) true ;; *) false ;; esac; }
own_shims() { find /proc -mindepth 2 -maxdepth 2 -name exe -lname "$(readlink -f "$1")/versions/*/bin/containerd-shim-runc-v2*" 2> /dev/null | cut -d/ -f3; }
[ -z "$(own_shims "$1")" ] || exit 1
is_ours "$1" || exit 0
! systemctl is-active -q containerd && ! systemctl is-enabled -q containerd 2> /dev/null
`;

/** pull-images.sh */
export const pullImages = `c=$1; r=$2; shift 2; printf '%s\\0' "$@" | xargs -0 -n 1 -P 2 "$c" -r "$r" pull
`;

/** start.sh */
export const start = `systemctl daemon-reload; systemctl enable -q containerd; systemctl restart containerd
for _ in $(seq 100); do
  "$1/bin/crictl" -r "$2" version > /dev/null 2>&1 && exit 0
  sleep 0.1
done
journalctl -u containerd -n 20 --no-pager >&2
exit 1
`;

/** stop.sh */
export const stop = `is_ours() { case $(readlink /etc/systemd/system/containerd.service) in "$1"/rootfs/*) true ;; *) false ;; esac; }
own_shims() { find /proc -mindepth 2 -maxdepth 2 -name exe -lname "$(readlink -f "$1")/versions/*/bin/containerd-shim-runc-v2*" 2> /dev/null | cut -d/ -f3; }
is_ours "$1" || [ -n "$(own_shims "$1")" ] || exit 0
if is_ours "$1"; then systemctl disable -q --now containerd 2>/dev/null || true; ours=1; fi
namespaces=$(cat /run/containerd/io.containerd.runtime.v2.task/*/*/config.json 2> /dev/null | grep -oE '"path": ?"(/var)?/run/netns/[^"/]+"' | sed 's,.*/\\([^"]*\\)"$,\\1,' | sort -u || true)
for pid in $(own_shims "$1"); do
  for child in $(cat "/proc/$pid/task/"*/children 2>/dev/null); do kill -KILL "$child" 2>/dev/null || true; done
  kill -KILL "$pid" 2>/dev/null || true
done
awk 'index($5, "/run/containerd/") == 1 || index($5, "/var/lib/containerd/") == 1 {print $5}' /proc/self/mountinfo | sort -r | while IFS= read -r m; do umount -l "$m" 2>/dev/null || true; done
for name in $namespaces; do umount -l "/run/netns/$name" 2> /dev/null || true; rm -f "/run/netns/$name"; done
rmdir /run/netns 2>/dev/null || true
[ -z "\${ours:-}" ] || systemctl reset-failed containerd 2>/dev/null || true
`;

