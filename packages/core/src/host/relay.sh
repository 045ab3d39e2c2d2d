# shellcheck shell=bash
# Carries standard input to a TCP port and what comes from there to standard output, until either side ends.
# $1: address, $2: port, $3: line to say first, once the port has answered.

exec 3<> "/dev/tcp/$1/$2" 4<&0
printf '%s\n' "$3"
cat <&3 & back=$!
cat <&4 >&3 2> /dev/null & forth=$!
# bash before 4.3 cannot wait for either.
if [ "$((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1]))" -ge 403 ]; then wait -n || true
else while kill -0 "$back" && kill -0 "$forth"; do sleep 0.2; done 2> /dev/null; fi
kill "$back" "$forth" 2> /dev/null || true
