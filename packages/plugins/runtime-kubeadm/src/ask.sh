# shellcheck shell=bash
# For is-initialised.sh and has-joined.sh: `ask COMMAND...` is over with its success, with the first answer of the API
# that says no, or when ASK_SECONDS are over.

ask() {
  local said
  until said=$("$@" 2>&1 > /dev/null); do
    case $said in *\(NotFound\)* | *\(Forbidden\)* | *\(Unauthorized\)* | *"logged in"* | *x509:*) exit 1 ;; esac
    [ "$SECONDS" -lt "$ASK_SECONDS" ] || exit 1
    sleep 1
  done
}
