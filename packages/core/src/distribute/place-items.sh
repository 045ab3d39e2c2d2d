# shellcheck shell=bash
# Places what is wanted and records it first. Arguments: items.sh; after the description comes a tar archive of the files.

. ./items.sh
mkdir -p "$base/backup" && chmod 700 "$base/backup" && touch "$ledger"
make_folder() { [ -d "$1" ] || { make_folder "$(dirname -- "$1")"; printf 'D\t%s\n' "$1" >> "$ledger"; mkdir -m 755 -- "$1"; }; }
claim() {
  grep -qxF -- "F	$1" "$ledger" && return 0
  grep -qF -- "B	$1	" "$ledger" && return 0
  make_folder "$(dirname -- "$1")"
  if [ -e "$1" ] || [ -L "$1" ]; then
    b=$base/backup/$(printf %s "$1" | sha256sum | cut -c1-24)
    rm -rf -- "$b"; cp -a -- "$1" "$b"; printf 'B\t%s\t%s\n' "$1" "$b" >> "$ledger"
  else printf 'F\t%s\n' "$1" >> "$ledger"; fi
}
placed() { grep -qxF -- "$1	$2" "$base/placed" 2>/dev/null || printf '%s\t%s\n' "$1" "$2" >> "$base/placed"; }
link() { kept "$1" "$2" && return 0; claim "$1"; placed "-> $2" "$1"; ln -sfn -- "$2" "$1.sealer-new"; mv -fT -- "$1.sealer-new" "$1"; }
lines T | while IFS= read -r path; do
  [ -e "$path" ] || grep -qxF -- "T	$path" "$ledger" || printf 'T\t%s\n' "$path" >> "$ledger"
done
new=$(mktemp -d "$base/placing.XXXXXX"); trap 'rm -rf -- "$new"' EXIT
tar -xf - -C "$new" --no-same-owner
lines F | while IFS='	' read -r number mode sum path; do
  claim "$path"; placed "$sum" "$path"
  cp -- "$new/$number" "$path.sealer-new"; chmod "$mode" "$path.sealer-new"; sync "$path.sealer-new"
  mv -fT -- "$path.sealer-new" "$path"
done
lines L | while IFS='	' read -r path target; do link "$path" "$target"; done
lines E | while IFS='	' read -r from into; do
  for f in "$from"/*; do [ -e "$f" ] && link "$into/${f##*/}" "$f"; done
done
lines P | while IFS= read -r path; do
  [ -e "$path" ] || { claim "$path"; : > "$path"; placed "$(looks "$path")" "$path"; }
  grep -qxF -- "H	$path" "$ledger" || printf 'H\t%s\n' "$path" >> "$ledger"
  # Written in place: the file may be a mount.
  { grep -vF -- "$mark" "$path" || true; lines H | while IFS= read -r line; do printf '%s %s\n' "$line" "$mark"; done; } > "$base/placing.lines"
  cat "$base/placing.lines" > "$path"; rm -f "$base/placing.lines"
done
lines S | while IFS='	' read -r key value; do
  p=$(key_path "$key")
  [ -e "$p" ] || { echo "there is no kernel setting $key; its module may be missing" >&2; exit 1; }
  [ "$(tr '\t' ' ' < "$p")" = "$value" ] && continue
  grep -qF -- "S	$key	" "$ledger" || printf 'S\t%s\t%s\n' "$key" "$(tr '\t' ' ' < "$p")" >> "$ledger"
  placed "= $value" "$key"; printf '%s\n' "$value" > "$p"
done
