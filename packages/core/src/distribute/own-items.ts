/**
 * Places items outside sealer's own folders. What was there is recorded (and kept) before it is touched, so that
 * `giveBack` leaves the host as it was. Ledger lines, in the order things were done:
 *   F path            a file or link that was not there        B path backup    one that was, and where it is kept
 *   D path            a folder we made                         T path           a folder our programs will make
 *   H path            a file we added marked lines to          S key value      a kernel setting and what it was
 * Beside it, `placed` has a line for all that was put there (`digest path`, `-> target path`, `= value key`): what does
 * not look like it any more was changed by somebody else since, and is kept.
 */
import { createHash } from 'node:crypto';
import { pack } from 'tar-stream';
import type { ClusterPaths } from '../cluster/paths.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import { Secret } from '../secrets/secret.js';
import type { OwnedFile, OwnedItems } from './owned-items.js';

/** What is at a path, in one line. */
const looks = `
looks() { if [ -L "$1" ]; then printf -- '-> %s' "$(readlink -- "$1")"; elif [ -f "$1" ]; then sha256sum < "$1" | cut -c1-64; else stat -c %F -- "$1"; fi; }
`;

const tools = `
base=$1; ledger=$1/owned; mark=$2; spec=$(head -c "$3")
lines() { printf '%s\\n' "$spec" | grep "^$1	" | cut -f2- || true; }
key_path() { printf '/proc/sys/%s' "$(printf %s "$1" | tr . /)"; }
kept() { [ "$(readlink -- "$1" 2>/dev/null)" = "$2" ]; }
${looks}
`;

const placeScript = `${tools}
mkdir -p "$base/backup" && chmod 700 "$base/backup" && touch "$ledger"
make_folder() { [ -d "$1" ] || { make_folder "$(dirname -- "$1")"; printf 'D\\t%s\\n' "$1" >> "$ledger"; mkdir -m 755 -- "$1"; }; }
claim() {
  grep -qxF -- "F	$1" "$ledger" && return 0
  grep -qF -- "B	$1	" "$ledger" && return 0
  make_folder "$(dirname -- "$1")"
  if [ -e "$1" ] || [ -L "$1" ]; then
    b=$base/backup/$(printf %s "$1" | sha256sum | cut -c1-24)
    rm -rf -- "$b"; cp -a -- "$1" "$b"; printf 'B\\t%s\\t%s\\n' "$1" "$b" >> "$ledger"
  else printf 'F\\t%s\\n' "$1" >> "$ledger"; fi
}
placed() { grep -qxF -- "$1	$2" "$base/placed" 2>/dev/null || printf '%s\\t%s\\n' "$1" "$2" >> "$base/placed"; }
link() { kept "$1" "$2" && return 0; claim "$1"; placed "-> $2" "$1"; ln -sfn -- "$2" "$1.sealer-new"; mv -fT -- "$1.sealer-new" "$1"; }
lines T | while IFS= read -r path; do
  [ -e "$path" ] || grep -qxF -- "T	$path" "$ledger" || printf 'T\\t%s\\n' "$path" >> "$ledger"
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
  for f in "$from"/*; do [ -e "$f" ] && link "$into/\${f##*/}" "$f"; done
done
lines P | while IFS= read -r path; do
  [ -e "$path" ] || { claim "$path"; : > "$path"; placed "$(looks "$path")" "$path"; }
  grep -qxF -- "H	$path" "$ledger" || printf 'H\\t%s\\n' "$path" >> "$ledger"
  # Written in place: the file may be a mount.
  { grep -vF -- "$mark" "$path" || true; lines H | while IFS= read -r line; do printf '%s %s\\n' "$line" "$mark"; done; } > "$base/placing.lines"
  cat "$base/placing.lines" > "$path"; rm -f "$base/placing.lines"
done
lines S | while IFS='	' read -r key value; do
  p=$(key_path "$key")
  [ -e "$p" ] || { echo "there is no kernel setting $key; its module may be missing" >&2; exit 1; }
  [ "$(tr '\\t' ' ' < "$p")" = "$value" ] && continue
  grep -qF -- "S	$key	" "$ledger" || printf 'S\\t%s\\t%s\\n' "$key" "$(tr '\\t' ' ' < "$p")" >> "$ledger"
  placed "= $value" "$key"; printf '%s\\n' "$value" > "$p"
done
`;

const checkScript = `${tools}
lines F | while IFS='	' read -r number mode sum path; do
  [ -f "$path" ] && [ "$(stat -c %a -- "$path")" = "$mode" ] && [ "$(sha256sum < "$path" | cut -c1-64)" = "$sum" ] || exit 1
done
lines L | while IFS='	' read -r path target; do kept "$path" "$target" || exit 1; done
lines E | while IFS='	' read -r from into; do
  for f in "$from"/*; do kept "$into/\${f##*/}" "$f" || exit 1; done
done
lines T | while IFS= read -r path; do [ -e "$path" ] || grep -qxF -- "T	$path" "$ledger" || exit 1; done
lines P | while IFS= read -r path; do
  lines H | while IFS= read -r line; do grep -qxF -- "$line $mark" "$path" || exit 1; done
done
lines S | while IFS='	' read -r key value; do [ "$(tr '\\t' ' ' < "$(key_path "$key")")" = "$value" ] || exit 1; done
`;

const giveBackScript = `
base=$1; ledger=$1/owned; mark=$2
${looks}
# Still as placed.
ours() { grep -qxF -- "$1	$2" "$base/placed" 2>/dev/null; }
if [ -e "$ledger" ]; then
  tac "$ledger" | while IFS='	' read -r kind path rest; do
    case $kind in
      F) [ -e "$path" ] || [ -L "$path" ] || continue
         if ours "$(looks "$path")" "$path"; then rm -f -- "$path"; else printf 'kept %s: it was changed since it was placed\\n' "$path"; fi ;;
      B) [ -e "$rest" ] || [ -L "$rest" ] || continue
         if [ ! -e "$path" ] && [ ! -L "$path" ] || ours "$(looks "$path")" "$path" || [ "$(looks "$path")" = "$(looks "$rest")" ]; then
           rm -rf -- "$path"; mv -fT -- "$rest" "$path"
         else
           mv -fT -- "$rest" "$path.before-sealer"
           printf 'kept %s: it was changed since it was placed; what was there before is %s\\n' "$path" "$path.before-sealer"
         fi ;;
      D) rmdir --ignore-fail-on-non-empty -- "$path" 2>/dev/null || true ;;
      T) [ -e "$path" ] || continue
         awk -v p="$path" '$5==p || index($5, p "/")==1 {print $5}' /proc/self/mountinfo | sort -r | while IFS= read -r m; do umount -l -- "$m" || true; done
         rm -rf --one-file-system -- "$path" ;;
      H) [ -e "$path" ] || continue
         grep -vF -- "$mark" "$path" > "$base/placing.lines" || true; cat "$base/placing.lines" > "$path" ;;
      S) p=/proc/sys/$(printf %s "$path" | tr . /)
         [ -e "$p" ] || continue; now=$(tr '\\t' ' ' < "$p")
         if [ "$now" = "$rest" ]; then :
         elif ours "= $now" "$path"; then printf '%s\\n' "$rest" > "$p" || true
         else printf 'kept %s = %s: it was changed since it was set\\n' "$path" "$now"; fi ;;
    esac
  done
fi
rm -rf --one-file-system -- "$base"
# Blobs are shared by the clusters of a host: the last one out takes them along.
if rmdir /var/lib/sealer/clusters 2>/dev/null || [ ! -d /var/lib/sealer/clusters ]; then rm -rf --one-file-system /var/lib/sealer; rm -rf /run/sealer; fi
`;

interface Placement {
  spec: string;
  files: OwnedFile[];
}

/** True when everything is in place as wanted. */
export async function itemsHold(host: Host, cluster: string, paths: ClusterPaths, items: OwnedItems): Promise<boolean> {
  const { spec } = describePlacement(cluster, items);
  const command = script(checkScript, paths.base, marker(cluster), String(Buffer.byteLength(spec)));
  return host.query.succeeds(command, { stdin: spec });
}

/** @throws HOST_COMMAND_FAILED; what was recorded until then is taken back by `giveBack` */
export async function placeItems(host: Host, cluster: string, paths: ClusterPaths, items: OwnedItems): Promise<void> {
  const { spec, files } = describePlacement(cluster, items);
  const command = script(placeScript, paths.base, marker(cluster), String(Buffer.byteLength(spec)));
  await host.run(command, { stdin: Buffer.concat([Buffer.from(spec), await archive(files)]) });
}

/**
 * Takes back everything the ledger names and removes the cluster's folder.
 * @returns what was kept because somebody else has changed it, a sentence each
 */
export async function giveBack(host: Host, cluster: string, paths: ClusterPaths): Promise<string[]> {
  const { stdout } = await host.run(script(giveBackScript, paths.base, marker(cluster)));
  return stdout.split('\n').filter(Boolean);
}

/** What placing will do, for plans. */
export function describeItems(items: OwnedItems): string[] {
  return [
    ...(items.files ?? []).map((file) => `write ${file.path}`),
    ...Object.entries(items.links ?? {}).map(([path, target]) => `link ${path} -> ${target}`),
    ...(items.linkEach ? [`link ${items.linkEach.into}/* -> ${items.linkEach.from}/*`] : []),
    ...(items.lines ? items.lines.lines.map((line) => `add to ${items.lines?.path}: ${line}`) : []),
    ...Object.entries(items.sysctls ?? {}).map(([key, value]) => `set ${key} = ${value}`),
  ];
}

function marker(cluster: string): string {
  return `# sealer:${cluster}`;
}

function describePlacement(cluster: string, items: OwnedItems): Placement {
  const files = [...(items.files ?? [])];
  const sysctls = Object.entries(items.sysctls ?? {});
  if (sysctls.length) {
    // Each set of settings has a file of its own: two steps must not write the same one.
    const set = createHash('sha256')
      .update(Object.keys(items.sysctls ?? {}).join())
      .digest('hex')
      .slice(0, 6);
    files.push({
      path: `/etc/sysctl.d/90-sealer-${cluster}-${set}.conf`,
      content: sysctls.map(([key, value]) => `${key} = ${value}\n`).join(''),
    });
  }
  const lines = [
    ...(items.trees ?? []).map((path) => ['T', path]),
    ...files.map((file, number) => {
      const sum = createHash('sha256').update(plain(file.content)).digest('hex');
      return ['F', String(number), (file.mode ?? 0o644).toString(8), sum, file.path];
    }),
    ...Object.entries(items.links ?? {}).map(([path, target]) => ['L', path, target]),
    ...(items.linkEach ? [['E', items.linkEach.from, items.linkEach.into]] : []),
    ...(items.lines ? [['P', items.lines.path], ...items.lines.lines.map((line) => ['H', line])] : []),
    ...sysctls.map(([key, value]) => ['S', key, value]),
  ];
  return { spec: `${lines.map((line) => line.join('\t')).join('\n')}\n`, files };
}

async function archive(files: readonly OwnedFile[]): Promise<Buffer> {
  const tar = pack();
  for (const [number, file] of files.entries()) tar.entry({ name: String(number), mode: 0o600 }, plain(file.content));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function plain(content: string | Secret): string {
  return content instanceof Secret ? content.reveal() : content;
}
