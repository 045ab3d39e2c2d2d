/** Is what was unpacked on a host still what the image has? By marks, cheaply and always; by contents, when asked. */
import { clusterPaths, hostBlobs } from '../cluster/paths.js';
import * as scripts from '../generated/scripts.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import type { Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';
import type { RootfsTarget } from './unpack-rootfs.js';

export interface RootfsDifference {
  /** `altered`, `gone`, `not of the image`; of blobs `blob gone`, `blob damaged`; of all: `absent`, `without record`. */
  what: string;
  /** Path in the rootfs, digest of a blob, or `.` */
  path: string;
}

/**
 * One command, which only reads. `marks`: sizes, times, modes and inodes, as recorded when it was unpacked. `contents`:
 * every byte, against the layers, whose blobs on the host are hashed first.
 */
export async function rootfsDifferences(
  host: Host,
  { cluster, imageDigest }: RootfsTarget,
  layers: readonly Digest[],
  depth: 'marks' | 'contents',
  signal?: AbortSignal,
): Promise<RootfsDifference[]> {
  const { base } = clusterPaths(cluster);
  const arguments_ = [base, hexOf(imageDigest), hostBlobs, depth, ...layers.map(hexOf)];
  const output = await host.query.output(script(scripts.listDifferences, ...arguments_), { signal });
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [what = '', path = ''] = line.split('\t');
      return { what, path };
    });
}

/** `bin/kubelet (altered), etc/x (gone) and 3 more` */
export function describeDifferences(differences: readonly RootfsDifference[]): string {
  const most = 5;
  const named = differences.slice(0, most).map(({ what, path }) => `${path} (${what})`);
  const rest = differences.length - named.length;
  return `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** Nothing has been altered, but there is nothing yet, or nothing that could be compared. */
export function isMissing(differences: readonly RootfsDifference[]): boolean {
  return differences.some(({ path }) => path === '.');
}

/** Blobs that are not what they are called are removed: what is missing is sent again. */
export async function dropDamagedBlobs(host: Host, layers: readonly Digest[], signal?: AbortSignal): Promise<void> {
  await host.run(script(scripts.dropDamaged, hostBlobs, ...layers.map(hexOf)), { signal });
}
