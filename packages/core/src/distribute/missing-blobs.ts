import { hostBlobs } from '../cluster/paths.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import type { Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';

/** Which of the blobs a host does not have yet; one round trip. */
export async function missingBlobs(host: Host, digests: readonly Digest[]): Promise<Digest[]> {
  if (!digests.length) return [];
  const text =
    'cd "$1" 2>/dev/null || { shift; printf "%s\\n" "$@"; exit 0; }; shift; for b in "$@"; do [ -e "$b" ] || echo "$b"; done';
  const output = await host.query.output(script(text, hostBlobs, ...digests.map(hexOf)));
  return output
    .split('\n')
    .filter(Boolean)
    .map((hex): Digest => `sha256:${hex}`);
}
