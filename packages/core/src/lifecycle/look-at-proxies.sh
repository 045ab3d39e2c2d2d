# shellcheck shell=bash
# Proxies for https of commands and services: proxy<TAB>PLACE<TAB>VARIABLE=VALUE, without names and passwords in them.

tell_proxies() { # of standard input, of place $1
  local word
  grep -oiE '\<(https|no)_proxy=[^"[:space:]]*' | sed -E "s#//[^@/]*@#//#; s/'\$//" | while read -r word; do found proxy "$1" "$word"; done
}
command_proxies() {
  env | tell_proxies 'the environment of commands (see /etc/environment)'
  systemctl show-environment 2> /dev/null | tell_proxies 'the environment of services (DefaultEnvironment in /etc/systemd/system.conf)'
}
unit_proxies() {
  local file
  for file in {/etc,/run,/usr/lib}/systemd/system/{"$1",service}.d/*.conf; do
    # shellcheck disable=SC2094 # its name is told
    if [ -e "$file" ]; then tell_proxies "$file" < "$file"; fi
  done
}
