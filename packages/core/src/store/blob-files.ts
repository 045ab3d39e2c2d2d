/**
 * Blobs as files: blobs/sha256/<hex>. Bytes are written to a temporary name, hashed on the way, synced and renamed;
 * a name in blobs/ therefore always holds the bytes it promises.
 */
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileSystemError, isOutOfRoom } from '../errors/file-system-error.js';
import { requireRoom } from '../errors/free-room.js';
import { SealerError } from '../errors/sealer-error.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { assertDigest, digestOf, hexOf } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { temporaryName } from './atomic-file.js';
import { BlobRead } from './blob-read.js';
import { BlobWriter } from './blob-writer.js';
import { type ByteSink, drainInto } from './byte-sink.js';
import { leavePartial, partialName, partialSizes, takePartial, worthKeeping } from './partial-blob.js';
import type { BlobContent, BlobStore } from './store.js';
import { ThreadedBlobWriter } from './threaded-blob-writer.js';

/** The most a manifest or config may have (the distribution specification's limit for manifests). */
export const smallBlobLimit = 4 * 1024 * 1024;

export interface BlobFilesOptions {
  directory: string;
  temporaryDirectory: string;
  /** Awaited before a blob is added or found: from then on a garbage collection keeps what is touched. */
  lease: () => Promise<void>;
}

type PutOptions = NonNullable<Parameters<BlobStore['putBlob']>[2]>;

export class BlobFiles implements BlobStore {
  readonly #options: BlobFilesOptions;
  readonly #folder: string;

  constructor(options: BlobFilesOptions) {
    this.#options = options;
    this.#folder = join(options.directory, 'blobs', 'sha256');
  }

  blobPath(digest: Digest): string {
    return join(this.#folder, hexOf(assertDigest(digest, 'a descriptor')));
  }

  async hasBlob(digest: Digest, size?: number): Promise<boolean> {
    const path = this.blobPath(digest);
    await this.#options.lease();
    if (size !== undefined && (await this.blobSize(digest)) !== size) return false;
    try {
      // Marks it as in use: a concurrent garbage collection leaves it alone (lease.ts).
      const now = new Date();
      await utimes(path, now, now);
      return true;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return false;
      // A store that may only be read is not collected by us either.
      return (await this.blobSize(digest)) !== undefined;
    }
  }

  async blobSize(digest: Digest): Promise<number | undefined> {
    return await stat(this.blobPath(digest)).then(
      (found) => found.size,
      () => undefined,
    );
  }

  readBlob(digest: Digest, range: { start: number; end?: number } = { start: 0 }): Readable {
    return new BlobRead({ digest, path: this.blobPath(digest), directory: this.#options.directory }, range);
  }

  async readSmallBlob(digest: Digest): Promise<Buffer> {
    const size = await this.blobSize(digest);
    if (size === undefined) throw imageErrors.BLOB_MISSING({ digest, directory: this.#options.directory });
    if (size > smallBlobLimit) throw imageErrors.BLOB_TOO_LARGE({ digest, size, limit: smallBlobLimit });
    const bytes = await readFile(this.blobPath(digest));
    const actual = digestOf(bytes);
    if (actual !== digest) throw imageErrors.BLOB_DAMAGED({ digest, actual, directory: this.#options.directory });
    return bytes;
  }

  async putBlob(
    expected: { digest: Digest; size?: number },
    content: BlobContent,
    options: PutOptions = {},
  ): Promise<void> {
    assertDigest(expected.digest, 'a descriptor');
    // The one that is there may be damaged: then this one takes its place.
    if (
      Buffer.isBuffer(content) &&
      (await this.hasBlob(expected.digest, content.length)) &&
      (await this.#isThis(content, expected.digest))
    )
      return;
    await this.#write(content, options, expected);
  }

  async #isThis(content: Buffer, digest: Digest): Promise<boolean> {
    return await readFile(this.blobPath(digest)).then(
      (bytes) => bytes.equals(content),
      () => false,
    );
  }

  async requireRoom(blobs: readonly Descriptor[], purpose: string): Promise<void> {
    const begun = await partialSizes(this.#options.temporaryDirectory);
    const sizes: number[] = [];
    for (const { digest, size } of blobs)
      if ((await this.blobSize(digest)) !== size) sizes.push(Math.max(0, size - (begun.get(digest) ?? 0)));
    requireRoom(this.#folder, sizes, purpose);
  }

  async addBlob(content: Readable | Buffer): Promise<{ digest: Digest; size: number }> {
    return await this.#write(content, {});
  }

  async #write(
    content: BlobContent,
    options: PutOptions,
    expected?: { digest: Digest; size?: number },
  ): Promise<{ digest: Digest; size: number }> {
    await this.#options.lease();
    const resumable = typeof content === 'function' && expected !== undefined && (expected.size ?? 0) >= worthKeeping;
    const directory = this.#options.temporaryDirectory;
    const temporary = resumable ? partialName(directory, expected.digest) : temporaryName(directory, 'blob');
    const kept = resumable ? await takePartial(directory, expected.digest, temporary) : 0;
    let written = 0;
    try {
      const file = await open(temporary, kept > 0 ? 'r+' : 'wx');
      const threaded = resumable ? new ThreadedBlobWriter(file) : undefined;
      const writer = threaded ?? new BlobWriter(file);
      let digest: Digest;
      try {
        if (kept > 0) {
          await threaded?.takeIn(kept);
          options.onKept?.(kept);
        }
        const sink: ByteSink = (bytes) => {
          options.onBytes?.(bytes.length);
          const full = writer.write(bytes);
          written = writer.size;
          if (expected?.size !== undefined && writer.size > expected.size) throw wrongSize(expected, writer.size);
          return full;
        };
        if (!(resumable && kept >= (expected.size ?? 0))) await pour(content, kept, sink, options.signal);
        if (expected?.size !== undefined && writer.size !== expected.size) throw wrongSize(expected, writer.size);
        await writer.flush();
        [digest] = await Promise.all([writer.digest(), file.sync()]);
      } catch (cause) {
        // What has arrived is worth keeping.
        await writer.flush().catch(() => undefined);
        await threaded?.drop();
        throw cause;
      } finally {
        await file.close();
      }
      if (expected && digest !== expected.digest)
        throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: expected.digest, actual: digest });
      await mkdir(this.#folder, { recursive: true });
      await rename(temporary, this.blobPath(digest));
      return { digest, size: writer.size };
    } catch (cause) {
      const wrong = isWrongBlob(cause);
      // A full disk needs the room more than the next try needs the beginning.
      const full = isOutOfRoom(cause);
      if (resumable && !wrong && !full && Math.max(written, kept) >= worthKeeping)
        await leavePartial(directory, expected.digest, temporary).catch(() => undefined);
      else await rm(temporary, { force: true });
      // What was kept may have been damaged: without it, once more.
      if (wrong && kept > 0) {
        options.onKept?.(-kept);
        return await this.#write(content, options, expected);
      }
      throw fileSystemError(cause, { path: directory, needed: expected?.size }) ?? cause;
    }
  }
}

function isWrongBlob(cause: unknown): boolean {
  return SealerError.is(cause) && (cause.code === 'BLOB_SIZE_MISMATCH' || cause.code === 'BLOB_DIGEST_MISMATCH');
}

function wrongSize({ digest, size }: { digest: Digest; size?: number }, actual: number): SealerError {
  return imageErrors.BLOB_SIZE_MISMATCH({ digest, expected: size ?? 0, actual });
}

/** The bytes from `start` on; ends on abort. */
async function pour(content: BlobContent, start: number, sink: ByteSink, signal: AbortSignal | undefined) {
  if (Buffer.isBuffer(content)) {
    await sink(content);
    return;
  }
  if (typeof content === 'function') {
    await content(start, (bytes) => {
      signal?.throwIfAborted();
      return sink(bytes);
    });
    return;
  }
  const abort = () => content.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await drainInto(content, (bytes) => sink(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)));
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
