# shellcheck shell=bash
# For is-initialised.sh and has-joined.sh: `ask COMMAND...` is over with its success. It ends the script with 1 at an
# answer that says no, and with $silent when ASK_SECONDS are over: an API server that is being started anew refuses
# connections, and then knows nobody's rights for a moment.

silent=75
ask() {
  local said
  until said=$("$@" 2>&1 > /dev/null); do
    case $said in *\(NotFound\)*) exit 1 ;; esac
    [ "$SECONDS" -lt "$ASK_SECONDS" ] || { printf '%s\n' "$said" >&2; exit "$silent"; }
    sleep 1
  done
}
