/** Sends many blobs to one repository: only what is missing, several at a time, mounted from elsewhere when possible. */
import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import type { BlobReport } from '../events/report-bytes.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import type { BlobStore } from '../store/store.js';
import type { RegistryClient } from './registry-client.js';

export interface SendOptions {
  signal?: AbortSignal | undefined;
  /** Bytes sent, or found to be there already; negative when an upload begins again. */
  onBytes?: (bytes: number) => void;
  /** Called for each blob that is sent. */
  onBlob?: (blob: Descriptor) => BlobReport | undefined;
  /** Blobs at a time. Default 4. */
  concurrency?: number;
  /** Repositories of the same registry that may hold the blob already, to mount it from. */
  mountFrom?: (digest: Digest) => string | undefined;
  /** Blobs that are known to be there: the registry is not asked. */
  present?: ReadonlySet<Digest>;
  /** Sends all, whatever the registry says that it has. */
  distrust?: boolean;
}

/** Numbers of blobs, and bytes that went over the network. */
export interface SendCounts {
  sent: number;
  present: number;
  sentBytes: number;
}

/** The first failure ends the others. */
export async function sendBlobs(
  store: Pick<BlobStore, 'readBlob'>,
  blobs: readonly Descriptor[],
  client: RegistryClient,
  repository: string,
  options: SendOptions,
): Promise<SendCounts> {
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  // Every transfer listens; that is no leak.
  setMaxListeners(0, signal);
  const limit = pLimit(options.concurrency ?? 4);
  const counts = { sent: 0, present: 0, sentBytes: 0 };
  const holds = async (digest: Digest, size: number) => {
    if (options.present?.has(digest)) return true;
    const held = await client.headBlob(repository, digest, { signal });
    // Of another size it is not this blob; not every registry says a size.
    return held !== undefined && (held === 0 || held === size);
  };
  let first: unknown;
  await Promise.allSettled(
    blobs.map((descriptor) =>
      limit(async () => {
        const { digest, size } = descriptor;
        try {
          signal.throwIfAborted();
          const content = (start = 0) => store.readBlob(digest, { start });
          const missing = options.distrust || !(await holds(digest, size));
          const from = missing && !options.distrust ? options.mountFrom?.(digest) : undefined;
          const mounted = from !== undefined && (await client.mountBlob(repository, digest, from, { signal }));
          if (missing && !mounted) {
            const blob = options.onBlob?.(descriptor);
            const onBytes = (bytes: number) => {
              options.onBytes?.(bytes);
              blob?.onBytes(bytes);
            };
            await client.uploadBlob(repository, digest, size, content, { signal, onBytes, known: 'missing' });
            blob?.done();
            counts.sent += 1;
            counts.sentBytes += size;
          } else {
            counts.present += 1;
            options.onBytes?.(size);
          }
        } catch (cause) {
          first ??= cause;
          failed.abort(cause);
        }
      }),
    ),
  );
  options.signal?.throwIfAborted();
  if (first !== undefined) throw first;
  return counts;
}
