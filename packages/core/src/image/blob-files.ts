/**
 * Blobs as files: blobs/sha256/<hex>. Bytes are written to a temporary name, hashed on the way, synced and renamed;
 * a name in blobs/ therefore always holds the bytes it promises.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { temporaryName } from './atomic-file.js';
import type { Digest } from './descriptor.js';
import { assertDigest, hexOf } from './digest.js';
import { imageErrors } from './image-errors.js';
import type { BlobStore } from './store.js';

/** The most a manifest or config may have (the distribution specification's limit for manifests). */
export const smallBlobLimit = 4 * 1024 * 1024;
/** Bytes gathered before they are written: fewer, larger writes. */
const writeSize = 1024 * 1024;

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

  async hasBlob(digest: Digest): Promise<boolean> {
    const path = this.blobPath(digest);
    await this.#options.lease();
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

  readBlob(digest: Digest, range: { start: number } = { start: 0 }): Readable {
    return createReadStream(this.blobPath(digest), { start: range.start, highWaterMark: writeSize });
  }

  async readSmallBlob(digest: Digest): Promise<Buffer> {
    const size = await this.blobSize(digest);
    if (size === undefined) throw imageErrors.BLOB_MISSING({ digest, directory: this.#options.directory });
    if (size > smallBlobLimit) throw imageErrors.BLOB_TOO_LARGE({ digest, size, limit: smallBlobLimit });
    return await readFile(this.blobPath(digest));
  }

  async putBlob(
    expected: { digest: Digest; size?: number },
    content: Readable | Buffer,
    options: PutOptions = {},
  ): Promise<void> {
    assertDigest(expected.digest, 'a descriptor');
    if (Buffer.isBuffer(content) && (await this.hasBlob(expected.digest))) return;
    await this.#write(content, options, expected);
  }

  async addBlob(content: Readable | Buffer): Promise<{ digest: Digest; size: number }> {
    return await this.#write(content, {});
  }

  async #write(
    content: Readable | Buffer,
    options: PutOptions,
    expected?: { digest: Digest; size?: number },
  ): Promise<{ digest: Digest; size: number }> {
    await this.#options.lease();
    const temporary = temporaryName(this.#options.temporaryDirectory, 'blob');
    const hash = createHash('sha256');
    let size = 0;
    try {
      const file = await open(temporary, 'wx');
      try {
        for await (const chunk of gathered(content, options)) {
          size += chunk.length;
          if (expected?.size !== undefined && size > expected.size) break;
          hash.update(chunk);
          let written = 0;
          while (written < chunk.length) written += (await file.write(chunk, written)).bytesWritten;
        }
        if (expected?.size !== undefined && size !== expected.size) {
          throw imageErrors.BLOB_SIZE_MISMATCH({ digest: expected.digest, expected: expected.size, actual: size });
        }
        await file.sync();
      } finally {
        await file.close();
      }
      const digest: Digest = `sha256:${hash.digest('hex')}`;
      if (expected && digest !== expected.digest) {
        throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: expected.digest, actual: digest });
      }
      await mkdir(this.#folder, { recursive: true });
      await rename(temporary, this.blobPath(digest));
      return { digest, size };
    } catch (cause) {
      await rm(temporary, { force: true });
      throw cause;
    }
  }
}

/** Joins small chunks up to `writeSize`, counts bytes, ends on abort. */
async function* gathered(content: Readable | Buffer, { signal, onBytes }: PutOptions): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(content)) {
    onBytes?.(content.length);
    yield content;
    return;
  }
  const abort = () => content.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  let waiting: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of content as AsyncIterable<Buffer | string>) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      onBytes?.(bytes.length);
      waiting.push(bytes);
      length += bytes.length;
      if (length < writeSize) continue;
      yield waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting, length);
      waiting = [];
      length = 0;
    }
    if (length > 0) yield Buffer.concat(waiting, length);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
