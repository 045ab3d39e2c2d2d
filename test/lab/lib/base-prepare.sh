# Turns a debootstrapped tree into the base of lab hosts: users, sshd, and nothing that waits for devices.

prepare_users() { # prepare_users TREE
  local tree=$1 user word hash
  chroot "$tree" useradd -m -s /bin/bash ops
  chroot "$tree" useradd -m -s /bin/bash opsnp
  while IFS=: read -r user word; do
    hash=$(openssl passwd -6 "$word")
    chroot "$tree" usermod -p "$hash" "$user"
  done <<< $'root:root-pass\nops:ops-pass\nopsnp:ops-pass'
  printf 'ops ALL=(ALL:ALL) ALL\nopsnp ALL=(ALL:ALL) NOPASSWD: ALL\n' > "$tree/etc/sudoers.d/lab"
  chmod 440 "$tree/etc/sudoers.d/lab"
}

prepare_sshd() { # prepare_sshd TREE
  printf 'PermitRootLogin yes\nPasswordAuthentication yes\nUseDNS no\n' > "$1/etc/ssh/sshd_config.d/lab.conf"
  rm -f "$1"/etc/ssh/ssh_host_*   # every host makes its own
  chroot "$1" systemctl enable ssh.service > /dev/null 2>&1
}

prepare_systemd() { # prepare_systemd TREE
  local tree=$1 unit
  : > "$tree/etc/machine-id"
  rm -f "$tree/var/lib/dbus/machine-id" "$tree/etc/hostname"
  for unit in systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udev-trigger.service \
    systemd-udev-settle.service systemd-timesyncd.service sys-kernel-debug.mount sys-kernel-tracing.mount \
    sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount console-getty.service getty@.service getty.target \
    systemd-logind.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service \
    dpkg-db-backup.timer fstrim.timer systemd-binfmt.service proc-sys-fs-binfmt_misc.automount; do
    ln -sf /dev/null "$tree/etc/systemd/system/$unit"
  done
  mkdir -p "$tree/etc/systemd/system.conf.d" "$tree/etc/systemd/journald.conf.d"
  # Without the time limit a reboot waits 90 s for containers that ignore SIGTERM.
  printf '[Manager]\nLogTarget=journal\nShowStatus=no\nDefaultTimeoutStopSec=10s\n' > "$tree/etc/systemd/system.conf.d/lab.conf"
  printf '[Journal]\nReadKMsg=no\nForwardToKMsg=no\nForwardToConsole=no\nStorage=persistent\nSystemMaxUse=64M\n' \
    > "$tree/etc/systemd/journald.conf.d/lab.conf"
}

prepare_tree() { # prepare_tree TREE
  prepare_users "$1" && prepare_sshd "$1" && prepare_systemd "$1" || return 1
  rm -rf "$1/var/cache/apt/archives/"*.deb "$1/var/lib/apt/lists/"*
}
