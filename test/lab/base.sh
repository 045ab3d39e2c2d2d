#!/bin/bash
# base.sh - the root file system all lab hosts share, built once and cached by its inputs. Prints its path on the last line.
# A plain Debian with systemd and sshd; no container runtime, no CNI plugins: those come from the cluster image.
set -eu
CACHE=${SEALER_LAB_CACHE:-$HOME/.cache/sealer-lab}
SUITE=bookworm
PACKAGES=systemd,systemd-sysv,dbus,openssh-server,iproute2,iptables,nftables,ipset,conntrack,ethtool,socat,kmod,procps,ca-certificates,curl,sudo,iputils-ping,util-linux,netbase
KERNEL=$(uname -r)
SELF=$(readlink -f "$0")
HASH=$({ cat "$SELF"; echo "$SUITE $PACKAGES $KERNEL"; } | sha256sum | cut -c1-16)
BASE=$CACHE/base-$HASH
say() { echo "lab base: $*" >&2; }

mkdir -p "$CACHE"
exec 7>"$CACHE/base.lock"; flock 7
if [ -e "$BASE/etc" ]; then echo "$BASE"; exit 0; fi

need() { # need PROGRAM PACKAGE: installs what is missing, and says so
  command -v "$1" > /dev/null && return 0
  say "installing $2"; [ -n "${UPDATED:-}" ] || { apt-get -qq update >&2; UPDATED=1; }
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$2" > /dev/null
}
need debootstrap debootstrap; need ssh-keygen openssh-client; need openssl openssl
[ -e "$CACHE/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -f "$CACHE/id_ed25519" -C lab

R=$CACHE/.base-building; rm -rf "$R"; trap 'rm -rf "$R"' EXIT
say "building $BASE (about two minutes)"
MIRROR=$(grep -hoE '(https?|mirror)[^ ]*debian[^ ]*' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | head -n 1 || true)
[ -n "$MIRROR" ] || MIRROR=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/*.sources 2>/dev/null | head -n 1)
CODE=0; debootstrap --variant=minbase --include="$PACKAGES" "$SUITE" "$R" ${MIRROR:+"$MIRROR"} > "$CACHE/debootstrap.log" 2>&1 &
PID=$!
while kill -0 $PID 2>/dev/null; do sleep 10; say "$(tail -n 1 "$CACHE/debootstrap.log" | cut -c1-100)"; done
wait $PID || CODE=$?
[ $CODE = 0 ] || { tail -n 5 "$CACHE/debootstrap.log" >&2; exit 1; }

# ---- users: root by key and password, ops (sudo with its password), opsnp (sudo without)
mkdir -p "$R/root/.ssh"; chmod 700 "$R/root/.ssh"
cp "$CACHE/id_ed25519.pub" "$R/root/.ssh/authorized_keys"
cp "$CACHE/id_ed25519" "$R/root/.ssh/id_ed25519"; chmod 600 "$R/root/.ssh/"*
printf 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n' > "$R/root/.ssh/config"
chroot "$R" useradd -m -s /bin/bash ops; chroot "$R" useradd -m -s /bin/bash opsnp
printf 'root:root-pass\nops:ops-pass\nopsnp:ops-pass\n' | while IFS=: read -r u p; do
  H=$(openssl passwd -6 "$p"); chroot "$R" usermod -p "$H" "$u"; done
printf 'ops ALL=(ALL) ALL\nopsnp ALL=(ALL) NOPASSWD: ALL\n' > "$R/etc/sudoers.d/lab"; chmod 440 "$R/etc/sudoers.d/lab"
printf 'PermitRootLogin yes\nPasswordAuthentication yes\nUseDNS no\n' > "$R/etc/ssh/sshd_config.d/lab.conf"

# ---- what does not fit a host without devices
rm -f "$R"/etc/ssh/ssh_host_* "$R/etc/hostname"; : > "$R/etc/machine-id"; rm -f "$R/var/lib/dbus/machine-id"
for u in systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udev-trigger.service systemd-udev-settle.service \
  systemd-timesyncd.service sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount \
  console-getty.service getty@.service getty.target systemd-logind.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service \
  dpkg-db-backup.timer fstrim.timer systemd-binfmt.service proc-sys-fs-binfmt_misc.automount; do ln -sf /dev/null "$R/etc/systemd/system/$u"; done
mkdir -p "$R/etc/systemd/system.conf.d" "$R/etc/systemd/journald.conf.d"
# Without the time limit a reboot waits 90 s for containers that ignore SIGTERM.
printf '[Manager]\nLogTarget=journal\nShowStatus=no\nDefaultTimeoutStopSec=10s\n' > "$R/etc/systemd/system.conf.d/lab.conf"
printf '[Journal]\nReadKMsg=no\nForwardToKMsg=no\nForwardToConsole=no\nStorage=persistent\nSystemMaxUse=64M\n' > "$R/etc/systemd/journald.conf.d/lab.conf"
chroot "$R" systemctl enable ssh.service > /dev/null 2>&1 || true

# ---- kernel modules: this machine's where it has any, else a list of what is built in, so that `modprobe overlay` answers 0
mkdir -p "$R/lib/modules/$KERNEL"
if [ -e "/lib/modules/$KERNEL/modules.dep" ]; then cp -a "/lib/modules/$KERNEL/." "$R/lib/modules/$KERNEL/"
else
  for m in fs/overlayfs/overlay net/bridge/br_netfilter net/bridge/bridge net/netfilter/nf_conntrack drivers/net/vxlan/vxlan net/netfilter/ipset/ip_set \
    net/ipv4/netfilter/ip_tables net/ipv6/netfilter/ip6_tables net/netfilter/nf_tables drivers/net/veth net/netfilter/nf_nat net/netfilter/xt_comment drivers/net/tun; do
    echo "kernel/$m.ko"; done > "$R/lib/modules/$KERNEL/modules.builtin"
  : > "$R/lib/modules/$KERNEL/modules.order"; chroot "$R" depmod "$KERNEL" 2>/dev/null || true
fi
rm -rf "$R/var/cache/apt/archives/"*.deb "$R/var/lib/apt/lists/"*
mv "$R" "$BASE"
say "done"; echo "$BASE"
