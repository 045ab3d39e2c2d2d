/**
 * Unpacks the layers of an image on a host, beside the version in use, and switches the link. A blob is hashed before
 * it is unpacked, unless it is still the very file that was hashed when it arrived (inode, size, times). The marker is written last: without it a version does not count. Nothing is
 * flushed to disk: what a power failure cuts off shows in the record of sizes and times, and is unpacked again.
 */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterPaths, hostBlobs } from '../cluster/paths.js';
import { SealerError } from '../errors/sealer-error.js';
import * as scripts from '../generated/scripts.js';
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
    await host.run(script(scripts.unpackRootfs, base, hostBlobs, hexOf(target.imageDigest), String(layers)), {
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
