# shellcheck shell=bash
# Control groups of the hosts. Detected, not assumed:
#   v1 or hybrid  a child in every hierarchy, below the group this process is in
#   pure v2       a child of the hierarchy's root: a group that holds processes cannot hand controllers to its children
# LAB_CGROUP=2 makes hosts see v2 alone on a hybrid machine. LAB_MEM=2G limits a host's memory.

cgroup_parents() { # one existing folder a line
  local root
  root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
  if [ "${LAB_CGROUP:-}" = 2 ] || [ "$root" = /sys/fs/cgroup ]; then
    [ -n "$root" ] || die "LAB_CGROUP=2, but this machine has no cgroup2 mount"
    echo "$root"
    return
  fi
  awk '$2 ~ "^/sys/fs/cgroup/" && ($3 == "cgroup" || $3 == "cgroup2") { print $2, $3 }' /proc/self/mounts | while read -r mount type; do
    if [ "$type" = cgroup2 ]; then own=$(awk -F: '$1 == 0 { print $3 }' /proc/self/cgroup)
    else own=$(awk -F: -v c="${mount##*/}" '$2 == c || $2 == "name=" c { print $3 }' /proc/self/cgroup); fi
    own=${own%%/sealer-lab-*} # when called from inside a host's group
    echo "$mount${own%/}"
  done
}

cgroup_enter() { # cgroup_enter I: moves the calling subshell into the host's groups
  local parent lab host
  cgroup_parents > "$HOSTS/$1/cgroups"
  while read -r parent; do
    lab=$parent/$GROUP host=$parent/$GROUP/h$1
    mkdir -p "$lab" || return 1
    cgroup_prepare "$parent" "$lab"
    mkdir -p "$host" || return 1
    cgroup_prepare "$lab" "$host"
    [ ! -e "$host/cpu.rt_runtime_us" ] || echo 0 2> /dev/null > "$host/cpu.rt_runtime_us"
    if [ -n "${LAB_MEM:-}" ]; then
      [ ! -e "$host/memory.limit_in_bytes" ] || echo "$LAB_MEM" > "$host/memory.limit_in_bytes"
      [ ! -e "$host/memory.max" ] || echo "$LAB_MEM" > "$host/memory.max"
    fi
    echo $BASHPID > "$host/cgroup.procs" || return 1
  done < "$HOSTS/$1/cgroups"
}

cgroup_prepare() { # cgroup_prepare PARENT CHILD: what a child needs before it may hold processes
  local controller
  if [ -e "$2/cpuset.cpus" ] && [ -e "$2/cgroup.clone_children" ]; then # v1
    cat "$1/cpuset.cpus" > "$2/cpuset.cpus"
    cat "$1/cpuset.mems" > "$2/cpuset.mems"
    echo 1 > "$2/cgroup.clone_children"
  elif [ -e "$1/cgroup.subtree_control" ]; then # v2; one by one, because one that is refused refuses the line
    for controller in $(cat "$1/cgroup.controllers"); do
      { echo "+$controller" > "$1/cgroup.subtree_control"; } 2> /dev/null \
        || echo "host lacks the cgroup controller $controller: $1 does not hand it on"
    done
  fi
}

cgroup_leave() { # cgroup_leave I: removes the groups; the kernel may need a moment after the last process
  local parent left
  [ -e "$HOSTS/$1/cgroups" ] || return 0
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    left=
    while read -r parent; do
      [ -d "$parent/$GROUP/h$1" ] || continue
      find "$parent/$GROUP/h$1" -depth -type d -exec rmdir {} + 2> /dev/null
      [ ! -d "$parent/$GROUP/h$1" ] || left=$parent/$GROUP/h$1
    done < "$HOSTS/$1/cgroups"
    [ -n "$left" ] || break
    sleep 0.2
  done
  while read -r parent; do rmdir "$parent/$GROUP" 2> /dev/null; done < "$HOSTS/$1/cgroups"
  [ -z "$left" ] || { say "cgroup $left is still in use"; return 1; }
}

cgroups_sweep() { # the groups of hosts that nothing knows of any more
  cgroup_parents | while read -r parent; do
    [ ! -d "$parent/$GROUP" ] || find "$parent/$GROUP" -depth -type d -exec rmdir {} + 2> /dev/null
  done
}
