# shellcheck shell=bash
# Takes back all that the ledger names, last first, and the cluster's folder; prints a line for what is kept.
# $1: the cluster's folder, $2: the mark of its lines.

base=$1; ledger=$1/owned; mark=$2
. ./looks.sh
# Still as placed.
ours() { grep -qxF -- "$1	$2" "$base/placed" 2>/dev/null; }
if [ -e "$ledger" ]; then
  tac "$ledger" | while IFS='	' read -r kind path rest; do
    case $kind in
      F) [ -e "$path" ] || [ -L "$path" ] || continue
         if ours "$(looks "$path")" "$path"; then rm -f -- "$path"; else printf 'kept %s: it was changed since it was placed\n' "$path"; fi ;;
      B) [ -e "$rest" ] || [ -L "$rest" ] || continue
         if [ ! -e "$path" ] && [ ! -L "$path" ] || ours "$(looks "$path")" "$path" || [ "$(looks "$path")" = "$(looks "$rest")" ]; then
           rm -rf -- "$path"; mv -fT -- "$rest" "$path"
         else
           mv -fT -- "$rest" "$path.before-sealer"
           printf 'kept %s: it was changed since it was placed; what was there before is %s\n' "$path" "$path.before-sealer"
         fi ;;
      D) rmdir --ignore-fail-on-non-empty -- "$path" 2>/dev/null || true ;;
      T) [ -e "$path" ] || continue
         awk -v p="$path" '$5==p || index($5, p "/")==1 {print $5}' /proc/self/mountinfo | sort -r | while IFS= read -r m; do umount -l -- "$m" || true; done
         rm -rf --one-file-system -- "$path" ;;
      H) [ -e "$path" ] || continue
         grep -vF -- "$mark" "$path" > "$base/placing.lines" || true; cat "$base/placing.lines" > "$path" ;;
      S) p=/proc/sys/$(printf %s "$path" | tr . /)
         [ -e "$p" ] || continue; now=$(tr '\t' ' ' < "$p")
         if [ "$now" = "$rest" ]; then :
         elif ours "= $now" "$path"; then printf '%s\n' "$rest" > "$p" || true
         else printf 'kept %s = %s: it was changed since it was set\n' "$path" "$now"; fi ;;
    esac
  done
fi
rm -rf --one-file-system -- "$base"
# Blobs are shared by the clusters of a host: the last one out takes them along.
if rmdir /var/lib/sealer/clusters 2>/dev/null || [ ! -d /var/lib/sealer/clusters ]; then rm -rf --one-file-system /var/lib/sealer; rm -rf /run/sealer; fi
