# shellcheck shell=bash
# Unpacks layers beside the version in use, and switches the link. $1: the cluster's folder, $2: the folder of blobs,
# $3: the version's hex digits, $4: how many layers. Reads the layers' names from standard input, as they arrive, so that
# one is unpacked while the next is on its way; a dot says that the sender still lives. Each blob is checked, its files
# unpacked, its white-outs (OCI layer.md) carried out. Ends with 76: unsafe, 77: tar failed, 78: damaged, 79: sender gone.

base=$1; blobs=$2; version=$3; count=$4
refuse() { rm -rf -- "$version.partial" "$version.list" "$version.whiteouts" "$version.said"; echo "$layer $1" >&2; exit 76; }
mkdir -p "$base/versions"; cd "$base/versions" || exit; rm -rf -- "$version.partial"; mkdir -m 755 "$version.partial"
unpack() { LC_ALL=C tar -xzf "$blobs/$layer" -C "$version.partial" --same-owner --numeric-owner -p --xattrs --xattrs-include='user.*' --xattrs-include=security.capability < /dev/null 2> "$version.said"; }
# tar takes the root off absolute names and leaves out those with "..", and goes on.
honest() { ! grep -q -e 'Removing leading' -e "contains '\.\.'" "$version.said" || refuse 'holds names that lead out of the rootfs'; }
# tar writes through links that are there already. Where one may lead out, each folder of the layer is looked at first.
inside() {
  [ -n "$(find "$version.partial" -type l \( -lname '/*' -o -lname '*..*' \) -print -quit)" ] || return 0
  real=$(readlink -f -- "$version.partial")
  { tar -tzf "$blobs/$layer"; tar -tvzf "$blobs/$layer" | sed -n 's/^h.* link to //p'; } < /dev/null |
    sed 's,^\(\./\)*/*,,; s,/*$,,; s,/*[^/]*$,,' | sort -u | while IFS= read -r folder; do
    case $(readlink -m -- "$version.partial/$folder")/ in "$real"/*) ;; *) exit 9 ;; esac
  done || { [ $? = 9 ] && refuse 'writes through a link that leads out of the rootfs'; exit 77; }
}
while [ "$count" -gt 0 ]; do
  IFS= read -r -t 60 layer || { echo "the sender has gone" >&2; exit 79; }
  [ "$layer" != . ] || continue
  count=$((count - 1))
  [ "$(stat -c '%i %s %Y %Z' "$blobs/$layer")" = "$(cat "$blobs/$layer.verified" 2> /dev/null)" ] ||
    [ "$(sha256sum < "$blobs/$layer" | cut -c1-64)" = "$layer" ] || { rm -f -- "$blobs/$layer" "$blobs/$layer.verified"; echo "$layer" >&2; exit 78; }
  inside
  # Owners, setuid bits and capabilities are part of what RUN and COPY --chown made.
  unpack || {
    honest
    # tar puts no file in the place of a folder that holds something: such folders go, and it tries again. By now there
    # may be links of this layer.
    inside
    tar -tzf "$blobs/$layer" --quoting-style=literal < /dev/null | while IFS= read -r entry; do
      case $entry in */) continue ;; esac
      [ ! -d "$version.partial/$entry" ] || [ -L "$version.partial/$entry" ] || rm -rf -- "$version.partial/$entry"
    done
    unpack || { cat "$version.said" >&2; exit 77; }
  }
  honest
  [ -z "$(find "$version.partial" \( -type b -o -type c -o -type p -o -type s \) -print -quit)" ] || refuse 'holds a device, pipe or socket'
  echo "unpacked sha256:$layer"
  find "$version.partial" -name '.wh.*' -printf '%P\n' > "$version.whiteouts"
  [ -s "$version.whiteouts" ] || continue
  tar -tzf "$blobs/$layer" < /dev/null | sed 's,^\./,,; s,/$,,' > "$version.list"
  while IFS= read -r entry; do
    folder=$(dirname "$entry"); name=${entry##*/}; rm -f -- "$version.partial/$entry"
    if [ "$name" = .wh..wh..opq ]; then
      # Opaque: only what this layer itself brings stays.
      find "$version.partial/$folder" -mindepth 1 -depth -printf '%P\n' | while IFS= read -r path; do
        grep -qxF -- "${folder#./}/$path" "$version.list" && continue
        path=$version.partial/$folder/$path
        # A folder that holds files of this layer need not be listed itself.
        if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir -- "$path" 2> /dev/null || true; else rm -f -- "$path"; fi
      done
    else rm -rf -- "$version.partial/$folder/${name#.wh.}"; fi
  done < "$version.whiteouts"
done
rm -f -- "$version.list" "$version.whiteouts" "$version.said"
# For list-differences.sh.
find "$version.partial" \( -type f -printf '%P\t%s %m %T@ %i\n' \) -o \( -type l -printf '%P\t-> %l\n' \) | sort > "$version.record"
rm -rf -- "$version"; mv -T -- "$version.partial" "$version"
printf 'complete\n' > "$version.complete"
ln -sfn -- "versions/$version" "$base/rootfs.new"; mv -fT -- "$base/rootfs.new" "$base/rootfs"
