# shellcheck shell=bash
# Names that resolve otherwise than planned. Reads `names` ("NAME ADDRESS"), `own` and `addresses` of look-at-host.sh.
# shellcheck disable=SC2154

in_hosts() { # lines of /etc/hosts with name $1: ADDRESS LINE
  awk -v name="$1" '{sub(/#.*/, "")} {for (i = 2; i <= NF; i++) if (tolower($i) == tolower(name)) {print $1, NR; next}}' /etc/hosts 2> /dev/null
}
look_at_names() {
  local pair name planned address line order before answer seen=
  for pair in "${names[@]}"; do
    name=${pair% *} planned=${pair##* }
    while read -r address line; do
      [ "$address" = "$planned" ] || found name-elsewhere "$name" "$address" "$planned" "$line"
    done < <(in_hosts "$name")
  done
  while read -r address line; do
    case " ${addresses[*]} " in *" $address "*) continue ;; esac
    case $address in 127.* | ::1) ;; *) found own-name-elsewhere "$own" "$address" "$line" ;; esac
  done < <(in_hosts "$own")
  while read -r address line; do
    case $address in 127.* | ::1) seen=1 ;; *) found localhost-elsewhere "$address" "$line" ;; esac
  done < <(in_hosts localhost)
  [ -n "$seen" ] || timeout 1 getent hosts localhost > /dev/null || found localhost-missing
  order=$(sed -n 's/^hosts:[[:space:]]*//p' /etc/nsswitch.conf 2> /dev/null | head -n 1)
  [ -n "$order" ] || return 0
  # nss-resolve reads /etc/hosts, too.
  case " $order " in *" files "* | *" resolve "*) ;; *) found hosts-file-unused "$order"; return ;; esac
  before=${order%%files*}
  case " $before " in *" dns "*) ;; *) return ;; esac
  found dns-first "$order"
  for pair in "${names[@]}"; do
    answer=$(timeout 1 getent ahosts "${pair% *}" 2> /dev/null | awk 'NR == 1 {print $1}')
    [ -z "$answer" ] || [ "$answer" = "${pair##* }" ] || found name-in-dns "${pair% *}" "$answer" "${pair##* }"
  done
}
