import { hostBlobs } from '../cluster/paths.js';
import * as scripts from '../generated/scripts.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import type { Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';

/** Which of the blobs a host does not have yet; one round trip. */
export async function missingBlobs(host: Host, digests: readonly Digest[]): Promise<Digest[]> {
  if (!digests.length) return [];
  const output = await host.query.output(script(scripts.listMissing, hostBlobs, ...digests.map(hexOf)));
  return output
    .split('\n')
    .filter(Boolean)
    .map((hex): Digest => `sha256:${hex}`);
}
