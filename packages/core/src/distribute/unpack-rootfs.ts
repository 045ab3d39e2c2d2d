/**
 * Unpacks the layers of an image on a host, beside the version in use, and switches the link. A blob is hashed before
 * it is unpacked, unless it is still the very file that was hashed when it arrived (inode, size, times). The marker is written last: without it a version does not count. Nothing is
 * flushed to disk: what a power failure cuts off shows in the list of sizes, and is unpacked again.
 */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterPaths, hostBlobs } from '../cluster/paths.js';
import { SealerError } from '../errors/sealer-error.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import { hostErrors } from '../host/host-errors.js';
import type { Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';

export interface RootfsTarget {
  cluster: string;
  /** Digest of the image's manifest. */
  imageDigest: Digest;
}

/**
 * Reads the layers' names from standard input, as they arrive, so that one is unpacked while the next is on its way; a
 * dot says that the sender still lives. Each blob is checked, its files unpacked, its white-outs (OCI layer.md) carried out.
 */
const unpackScript = `
base=$1; blobs=$2; version=$3; count=$4
refuse() { rm -rf -- "$version.partial" "$version.list" "$version.whiteouts" "$version.said"; echo "$layer $1" >&2; exit 76; }
mkdir -p "$base/versions"; cd "$base/versions"; rm -rf -- "$version.partial"; mkdir -m 755 "$version.partial"
unpack() { LC_ALL=C tar -xzf "$blobs/$layer" -C "$version.partial" --same-owner --numeric-owner -p --xattrs --xattrs-include='user.*' --xattrs-include=security.capability < /dev/null 2> "$version.said"; }
# tar takes the root off absolute names and leaves out those with "..", and goes on.
honest() { ! grep -q -e 'Removing leading' -e "contains '\\.\\.'" "$version.said" || refuse 'holds names that lead out of the rootfs'; }
# tar writes through links that are there already. Where one may lead out, each folder of the layer is looked at first.
inside() {
  [ -n "$(find "$version.partial" -type l \\( -lname '/*' -o -lname '*..*' \\) -print -quit)" ] || return 0
  real=$(readlink -f -- "$version.partial")
  { tar -tzf "$blobs/$layer"; tar -tvzf "$blobs/$layer" | sed -n 's/^h.* link to //p'; } < /dev/null |
    sed 's,^\\(\\./\\)*/*,,; s,/*$,,; s,/*[^/]*$,,' | sort -u | while IFS= read -r folder; do
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
  [ -z "$(find "$version.partial" \\( -type b -o -type c -o -type p -o -type s \\) -print -quit)" ] || refuse 'holds a device, pipe or socket'
  echo "unpacked sha256:$layer"
  find "$version.partial" -name '.wh.*' -printf '%P\\n' > "$version.whiteouts"
  [ -s "$version.whiteouts" ] || continue
  tar -tzf "$blobs/$layer" < /dev/null | sed 's,^\\./,,; s,/$,,' > "$version.list"
  while IFS= read -r entry; do
    folder=$(dirname "$entry"); name=\${entry##*/}; rm -f -- "$version.partial/$entry"
    if [ "$name" = .wh..wh..opq ]; then
      # Opaque: only what this layer itself brings stays.
      find "$version.partial/$folder" -mindepth 1 -depth -printf '%P\\n' | while IFS= read -r path; do
        grep -qxF -- "\${folder#./}/$path" "$version.list" && continue
        path=$version.partial/$folder/$path
        # A folder that holds files of this layer need not be listed itself.
        if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir -- "$path" 2> /dev/null || true; else rm -f -- "$path"; fi
      done
    else rm -rf -- "$version.partial/$folder/\${name#.wh.}"; fi
  done < "$version.whiteouts"
done
rm -f -- "$version.list" "$version.whiteouts" "$version.said"
find "$version.partial" -type f -printf '%P %s\\n' | sort > "$version.files"
rm -rf -- "$version"; mv -T -- "$version.partial" "$version"
printf 'complete\\n' > "$version.complete"
ln -sfn -- "versions/$version" "$base/rootfs.new"; mv -fT -- "$base/rootfs.new" "$base/rootfs"
`;

const checkScript = `
cd "$1/versions" && [ -e "$2.complete" ] && [ "$(readlink "$1/rootfs")" = "versions/$2" ]
find "$2" -type f -printf '%P %s\\n' | sort | cmp -s - "$2.files"
`;

export interface UnpackOptions {
  signal?: AbortSignal | undefined;
  /** Each layer, once it is unpacked. */
  onLine?: (line: string) => void;
}

/**
 * @param arrivals the layers in their order, each given when its blob is on the host
 * @throws HOST_BLOB_CORRUPT, HOST_LAYER_UNSAFE, HOST_DISK_FULL, HOST_COMMAND_FAILED, and what `arrivals` throws
 */
export async function unpackRootfs(
  host: Host,
  target: RootfsTarget,
  layers: number,
  arrivals: AsyncIterable<Digest>,
  options: UnpackOptions = {},
): Promise<void> {
  const { base } = clusterPaths(target.cluster);
  let failed: unknown;
  const stdin = Readable.from(
    withSignsOfLife(arrivals, (cause) => {
      failed = cause;
    }),
    { objectMode: false },
  );
  try {
    const lock = `${target.cluster}-unpack`;
    await host.run(script(unpackScript, base, hostBlobs, hexOf(target.imageDigest), String(layers)), {
      stdin,
      signal: options.signal,
      lock,
      ...(options.onLine ? { onLine: options.onLine } : {}),
    });
  } catch (cause) {
    // Without a layer the host cannot go on: why it did not come is what is wrong.
    if (failed !== undefined) throw failed;
    if (!SealerError.is(cause)) throw cause;
    const { exitStatus, stderr } = cause.remote ?? {};
    if (exitStatus === 78)
      throw hostErrors.HOST_BLOB_CORRUPT({ host: host.name, digest: `sha256:${stderr?.trim()}` }, { cause });
    if (exitStatus === 76) {
      const [layer, ...reason] = (stderr ?? '').trim().split('\n').at(-1)?.split(' ') ?? [];
      throw hostErrors.HOST_LAYER_UNSAFE(
        { host: host.name, layer: `sha256:${layer}`, reason: reason.join(' ') },
        { cause },
      );
    }
    if (/No space left/.test(stderr ?? ''))
      throw hostErrors.HOST_DISK_FULL({ host: host.name, needed: 0, free: 0, path: base }, { cause });
    throw cause;
  }
}

/** The hex digits of each layer on a line; a dot now and then. Ends early when a layer does not arrive. */
async function* withSignsOfLife(
  arrivals: AsyncIterable<Digest>,
  onFailure: (cause: unknown) => void,
): AsyncGenerator<string> {
  const iterator = arrivals[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = iterator.next();
      let arrived: IteratorResult<Digest> | undefined;
      while (!arrived) {
        const silence = sleep(10_000, undefined, { ref: false });
        arrived = await Promise.race([next, silence]);
        if (!arrived) yield '.\n';
      }
      if (arrived.done) return;
      yield `${hexOf(arrived.value)}\n`;
    }
  } catch (cause) {
    onFailure(cause);
  }
}

/** True when exactly this image is unpacked, complete and in use. */
export function rootfsHolds(host: Host, target: RootfsTarget): Promise<boolean> {
  const { base } = clusterPaths(target.cluster);
  return host.query.succeeds(script(checkScript, base, hexOf(target.imageDigest)));
}
