# shellcheck shell=bash
# Removes links, routes, files, empty folders and tables. Reads from standard input, a line each: link NAME, route ARGUMENTS,
# file PATH, folder PATH, table FAMILY NAME, with a tab behind the first word.
while IFS='	' read -r kind what more; do
  case $kind in
    link) ip link del "$what" 2> /dev/null || true ;;
    route) read -ra words <<< "$what"; ip route del "${words[@]}" 2> /dev/null || true ;;
    file) rm -f -- "$what" ;;
    folder) rmdir --ignore-fail-on-non-empty -- "$what" 2> /dev/null || true ;;
    table) nft delete table "$what" "$more" 2> /dev/null || true ;;
  esac
done
