# shellcheck shell=bash
# Remembers that a step is done. $1: the cluster's folder, $2: the mark's path, $3: the step's fingerprint.

# After an uninstall there is no folder left to remember anything in.
[ -d "$1" ] || exit 0
mkdir -p "$1/steps"
printf '%s\n' "$3" > "$2.new"
mv -f "$2.new" "$2"
