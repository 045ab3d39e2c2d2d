# shellcheck shell=bash
# Ways into a host: ssh and scp over the lab's network, and straight into its namespaces, which a cut does not hinder.

SSH_OPTIONS=(-q -i "$KEY" -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=2 -o BatchMode=yes)

run_ssh() { # run_ssh I [-n] [command...]; the command is joined with blanks for the host's shell, as ssh does
  local i=$1 null=()
  shift
  [ "${1:-}" != -n ] || { null=(-n); shift; }
  ssh "${null[@]}" "${SSH_OPTIONS[@]}" "root@$(address "$i")" "$@"
}

copy_in() { scp -r "${SSH_OPTIONS[@]}" "$2" "root@$(address "$1"):$3"; }

enter() { # enter I [--] command...
  local i=$1
  shift
  [ "${1:-}" != -- ] || shift
  nsenter -t "$(init_pid "$i")" -m -u -i -n -p -C -r -w -- /usr/bin/env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
