# shellcheck shell=sh
# Removes all that is in folders; what is no folder, or a link, stays. Arguments: the folders.
for path; do [ ! -d "$path" ] || [ -L "$path" ] || find "$path" -mindepth 1 -delete; done
