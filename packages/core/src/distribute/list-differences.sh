# shellcheck shell=bash
# Prints how the rootfs in use differs from the image: lines of `what<tab>path`, none when it is the same.
# $1: the cluster's folder, $2: the version's hex digits, $3: the folder of blobs, $4: `marks` or `contents`, then the
# layers' hex digits, the first layer first. `marks` looks at sizes, times, modes and inodes, as they were when it was
# unpacked; `contents` hashes the blobs and compares the files with what is in them.

base=$1; version=$2; blobs=$3; depth=$4; shift 4
cd "$base/versions" 2> /dev/null && [ -d "$version" ] && [ -e "$version.complete" ] && [ "$(readlink "$base/rootfs")" = "versions/$version" ] ||
  { printf 'absent\t.\n'; exit 0; }
[ -e "$version.record" ] || { printf 'without record\t.\n'; exit 0; }

by_marks() {
  comm -3 <(find "$version" \( -type f -printf '%P\t%s %m %T@ %i\n' \) -o \( -type l -printf '%P\t-> %l\n' \) | sort) "$version.record" |
    awk -F '\t' '
      $1 != "" { now[$1] = 1; next }
      { was[$2] = 1 }
      END {
        for (p in now) print (p in was ? "altered" : "not of the image") "\t" p
        for (p in was) if (!(p in now)) print "gone\t" p
      }'
}

# Of each layer, the last first: `N path` for what it has, among them `D what<tab>path` for what differs from it, then `E`.
# Line by line, so that what tar says on standard error comes between lines of the other.
by_layer() {
  local at
  for ((at = $#; at > 0; at--)); do
    { stdbuf -oL tar -dvzf "$blobs/${!at}" -C "$version" --numeric-owner --quoting-style=literal < /dev/null 2>&1 || true; } |
      sed -E 's,^(tar: )?(\./)?(.*): (Contents|Size|Mode|Uid|Gid|Mod time|File type|Symlink) differs?$,D\taltered\t\3,; t
        s,^tar: (\./)?(.*): Warning: Cannot (stat|open|readlink).*$,D\tgone\t\2,; t
        s,^(\./)?(.*): Not linked to (\./)?(.*)$,D\taltered\t\2\t\4,; t
        s,^(\./)?,N\t,'
    echo E
  done
}

# What a later layer has, or has taken away, is not compared with an earlier one.
uncovered() {
  awk -F '\t' '
    function covered(p,    at) {
      if (p in seen || p in hidden) return 1
      for (at = length(p); at > 0; at--)
        if (substr(p, at, 1) == "/" && (substr(p, 1, at - 1) in hidden || substr(p, 1, at - 1) in opaque)) return 1
      return 0
    }
    $1 == "D" {
      sub(/\/$/, "", $3); name = $3; sub(/.*\//, "", name)
      if (name !~ /^\.wh\./ && !covered($3) && !($4 != "" && covered($4))) print $2 "\t" $3
      next
    }
    $1 == "E" {
      for (p in fresh) {
        if (fresh[p] == "opaque") opaque[p] = 1
        else if (fresh[p] != "folder") hidden[p] = 1
        if (fresh[p] == "file" || fresh[p] == "folder") seen[p] = 1
      }
      for (p in fresh) delete fresh[p]
      next
    }
    $1 != "N" { next }
    { path = $2 }
    path ~ /(^|\/)\.wh\.\.wh\.\.opq$/ { sub(/\/?\.wh\.\.wh\.\.opq$/, "", path); fresh[path] = "opaque"; next }
    path ~ /(^|\/)\.wh\.[^\/]*$/ { match(path, /\.wh\.[^\/]*$/); fresh[substr(path, 1, RSTART - 1) substr(path, RSTART + 4)] = "gone"; next }
    { isFolder = sub(/\/$/, "", path); if (path != "") fresh[path] = isFolder ? "folder" : "file" }'
}

by_contents() {
  local layer bad=''
  for layer in "$@"; do
    if [ ! -e "$blobs/$layer" ]; then printf 'blob gone\tsha256:%s\n' "$layer"; bad=1
    elif [ "$(sha256sum < "$blobs/$layer" | cut -c1-64)" != "$layer" ]; then printf 'blob damaged\tsha256:%s\n' "$layer"; bad=1; fi
  done
  # Files are compared with blobs that are what their digests say, or not at all.
  [ -n "$bad" ] || by_layer "$@" | uncovered
}

{
  by_marks
  [ "$depth" = marks ] || by_contents "$@"
} | sort -t '	' -k 2,2 -k 1,1 | awk -F '\t' '!($2 in said) { print } { said[$2] = 1 }'
