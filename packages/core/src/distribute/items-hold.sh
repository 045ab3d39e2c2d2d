# shellcheck shell=bash
# Whether everything is in place as wanted. Arguments: items.sh.

. ./items.sh
lines F | while IFS='	' read -r _ mode sum path; do
  [ -f "$path" ] && [ "$(stat -c %a -- "$path")" = "$mode" ] && [ "$(sha256sum < "$path" | cut -c1-64)" = "$sum" ] || exit 1
done
lines L | while IFS='	' read -r path target; do kept "$path" "$target" || exit 1; done
lines E | while IFS='	' read -r from into; do
  for f in "$from"/*; do kept "$into/${f##*/}" "$f" || exit 1; done
done
lines T | while IFS= read -r path; do [ -e "$path" ] || grep -qxF -- "T	$path" "$ledger" || exit 1; done
lines P | while IFS= read -r path; do
  lines H | while IFS= read -r line; do grep -qxF -- "$line $mark" "$path" || exit 1; done
done
lines S | while IFS='	' read -r key value; do [ "$(tr '\t' ' ' < "$(key_path "$key")")" = "$value" ] || exit 1; done
