/**
 * Sends one blob to a host's blob folder. What arrived of an earlier attempt is kept and continued; the digest of the
 * whole is checked on the host before the blob gets its name.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { hostBlobs } from '../cluster/paths.js';
import { SealerError } from '../errors/sealer-error.js';
import * as scripts from '../generated/scripts.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import { hostErrors } from '../host/host-errors.js';
import type { Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import type { BlobStore } from '../store/store.js';

export interface UploadOptions {
  signal?: AbortSignal | undefined;
  /** Bytes sent, or found to have arrived before. */
  onBytes?: (bytes: number) => void;
}

const chunkSize = 1024 * 1024;
/** Room left on the disk beside the blob. */
const spareBytes = 16 * 1024 * 1024;

/** An upload that another one waits for is ended when nothing arrived for this long. */
const stalledSeconds = 15;

/** @throws BLOB_DIGEST_MISMATCH (it is damaged in the local store), HOST_DISK_FULL, HOST_BLOB_CORRUPT (after a second try), HOST_COMMAND_FAILED */
export async function uploadBlob(
  host: Host,
  store: BlobStore,
  blob: { digest: Digest; size: number },
  options: UploadOptions = {},
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { arrived, free } = await arrivedBytes(host, blob.digest);
    const start = arrived > blob.size ? 0 : arrived;
    if (free < blob.size - start + spareBytes) throw diskFull(host, blob.size - start, free);
    if (start) options.onBytes?.(start);
    const status = await send(host, store, blob, start, arrived, options);
    if (status === 0) return;
    if (status === 77) throw diskFull(host, blob.size - start, (await arrivedBytes(host, blob.digest)).free);
    if (attempt > 1) await checkSource(store, blob);
    if (attempt > 1) throw hostErrors.HOST_BLOB_CORRUPT({ host: host.name, digest: blob.digest });
    options.onBytes?.(-blob.size);
  }
}

/** Whether it was bad already before it went. @throws BLOB_DIGEST_MISMATCH */
async function checkSource(store: BlobStore, { digest }: { digest: Digest }): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of store.readBlob(digest)) hash.update(chunk as Buffer);
  const actual: Digest = `sha256:${hash.digest('hex')}`;
  if (actual !== digest)
    throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: digest, actual, source: 'the local store' });
}

/** Size of the part that is there, and free bytes of the disk. */
async function arrivedBytes(host: Host, digest: Digest): Promise<{ arrived: number; free: number }> {
  const [arrived, free] = (await host.query.output(script(scripts.arrivedBytes, hostBlobs, hexOf(digest))))
    .split('\n')
    .map(Number);
  return { arrived: arrived ?? 0, free: free ?? 0 };
}

async function send(
  host: Host,
  store: BlobStore,
  { digest, size }: { digest: Digest; size: number },
  start: number,
  expected: number,
  options: UploadOptions,
): Promise<number> {
  const stdin = Readable.from(counted(store.readBlob(digest, { start }), options.onBytes), {
    objectMode: false,
    highWaterMark: chunkSize,
  });
  try {
    const numbers = [expected, stalledSeconds, size].map(String);
    await host.run(script(scripts.receiveBlob, hostBlobs, hexOf(digest), ...numbers), {
      stdin,
      signal: options.signal,
    });
    return 0;
  } catch (cause) {
    const status = SealerError.is(cause) ? cause.remote?.exitStatus : undefined;
    if (status === 76 || status === 77 || status === 78) return status;
    throw cause;
  } finally {
    stdin.destroy();
  }
}

async function* counted(content: AsyncIterable<Buffer>, onBytes?: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}

function diskFull(host: Host, needed: number, free: number): SealerError {
  return hostErrors.HOST_DISK_FULL({ host: host.name, needed: needed + spareBytes, free, path: hostBlobs });
}
