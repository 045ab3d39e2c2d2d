# shellcheck shell=bash
# Prints how much of a blob is there, and the free bytes of the disk. $1: the folder of blobs, $2: the hex digits.
d=$1
while [ ! -d "$d" ]; do d=$(dirname "$d"); done
stat -c %s "$1/$2.partial" 2> /dev/null || echo 0
df -Pk "$d" | awk 'NR==2{printf "%.0f\n", $4*1024}'
