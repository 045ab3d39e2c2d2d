# shellcheck shell=bash
# setup.sh: sourced by the demo and the tests. Installs what is missing, builds sealer, prepares the lab; everything is cached.
# Sets KUBE (the folder with Kubernetes' programs) unless SKIP_KUBE is set; fills TIMES with "step seconds" lines.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PATH=$PATH:/usr/local/go/bin NX_DAEMON=false
TIMES=$(mktemp)
say() { printf '\n==> %s\n' "$*" >&2; }
timed() { # timed TITLE COMMAND...: runs it, remembers how long it took
  local title=$1 start rc=0; shift; start=$(date +%s); say "$title"
  "$@" || rc=$?
  echo "$title	$(( $(date +%s) - start ))" >> "$TIMES"; return $rc
}
show_times() { printf '\nseconds  step\n'; awk -F'\t' '{printf "%7d  %s\n", $2, $1}' "$TIMES"; rm -f "$TIMES"; }

install_packages() {
  local want=
  [ "$(id -u)" = 0 ] || { echo "the lab needs root: it makes namespaces and mounts" >&2; return 1; }
  command -v ip > /dev/null || want="$want iproute2"; command -v nft > /dev/null || want="$want nftables"
  command -v ssh > /dev/null || want="$want openssh-client"; [ -x /usr/sbin/sshd ] || want="$want openssh-server"
  command -v curl > /dev/null || want="$want curl"; command -v sudo > /dev/null || want="$want sudo"; command -v zstd > /dev/null || want="$want zstd"
  [ -z "$want" ] && return 0
  say "installing$want"; "$ROOT/test/support/apt.sh" install $want
}
install_modules() { # npm ci only when the lockfile changed: it takes half a minute
  local sum; sum=$(sha256sum "$ROOT/package-lock.json" | cut -c1-64)
  [ "$(cat "$ROOT/node_modules/.sealer-lock" 2>/dev/null)" = "$sum" ] && return 0
  (cd "$ROOT" && npm ci --ignore-scripts --no-audit --no-fund) && echo "$sum" > "$ROOT/node_modules/.sealer-lock"
}
build_sealer() { (cd "$ROOT" && npm run --silent build); }

timed 'install what is missing' install_packages
# Before the images of Kubernetes are made: programs of the lab use packages, too.
timed 'install the npm packages' install_modules
if [ -z "${SKIP_KUBE:-}" ]; then
  # Compiling Kubernetes takes minutes: it goes on while tsc compiles.
  say 'building Kubernetes and the base of the lab hosts (ten minutes the first time; cached afterwards)'
  PREPARED=$(mktemp); "$ROOT/test/lab/kube/prepare.sh" > "$PREPARED" & PREPARE=$!
fi
timed 'build sealer' build_sealer
if [ -z "${SKIP_KUBE:-}" ]; then
  # shellcheck disable=SC2034 # for those who source this
  wait_prepared() { wait $PREPARE && KUBE=$(tail -n 1 "$PREPARED") && rm -f "$PREPARED"; }
  timed 'build Kubernetes and the base of the lab hosts' wait_prepared
fi
