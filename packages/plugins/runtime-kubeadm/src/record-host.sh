# shellcheck shell=bash
# Records what was there before anything of the cluster was. $1: the file for it, then folders whose contents count.
. ./host-state.sh
file=$1; shift
mkdir -p "$(dirname "$file")"
{
  host_state
  find "$@" -mindepth 1 -printf 'path\t%p\n' 2> /dev/null || true
  awk '{print "mount\t" $5}' /proc/self/mountinfo
} > "$file.new"
mv -f "$file.new" "$file"
