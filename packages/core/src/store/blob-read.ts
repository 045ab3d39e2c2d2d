/**
 * A blob's file as a stream, hashed on the way: the last piece is given only when the digest is right, so that nobody who
 * reads to the end has used a damaged blob.
 */
import { createHash } from 'node:crypto';
import { close, fstat, open, read } from 'node:fs';
import { Readable } from 'node:stream';
import type { Digest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';

/** Bytes read at a time. */
const readSize = 1024 * 1024;

export interface BlobFile {
  digest: Digest;
  path: string;
  /** Of the store, for messages. */
  directory: string;
}

export class BlobRead extends Readable {
  readonly #blob: BlobFile;
  readonly #start: number;
  readonly #end: number | undefined;
  readonly #hash = createHash('sha256');
  #fd: number | undefined;
  #size = 0;
  #position = 0;
  #reading = false;
  /** A read that is under way needs the file to stay open. */
  #whenRead: (() => void) | undefined;

  /** @param range bytes before `start` are hashed and not given; with `end` nothing is hashed. Errors: BLOB_MISSING, BLOB_DAMAGED */
  constructor(blob: BlobFile, range: { start: number; end?: number }) {
    super({ highWaterMark: readSize });
    this.#blob = blob;
    this.#start = range.start;
    this.#end = range.end;
    if (range.end !== undefined) this.#position = range.start;
  }

  override _construct(done: (cause?: Error | null) => void): void {
    const { digest, path, directory } = this.#blob;
    open(path, 'r', (cause, fd) => {
      if (cause)
        return done(cause.code === 'ENOENT' ? imageErrors.BLOB_MISSING({ digest, directory }, { cause }) : cause);
      this.#fd = fd;
      fstat(fd, (failed, stats) => {
        if (!failed) this.#size = Math.min(stats.size, (this.#end ?? stats.size) + 1);
        done(failed);
      });
    });
  }

  override _read(): void {
    const wanted = Math.min(readSize, this.#size - this.#position);
    if (wanted <= 0) {
      this.#finish(undefined);
      return;
    }
    this.#reading = true;
    read(this.#fd as number, Buffer.allocUnsafeSlow(wanted), 0, wanted, this.#position, (cause, count, buffer) => {
      this.#reading = false;
      if (this.destroyed) return this.#whenRead?.();
      if (cause) return void this.destroy(cause);
      this.#take(buffer.subarray(0, count));
    });
  }

  override _destroy(cause: Error | null, done: (cause?: Error | null) => void): void {
    const fd = this.#fd;
    this.#fd = undefined;
    const end = () => (fd === undefined ? done(cause) : close(fd, (failed) => done(cause ?? failed)));
    if (this.#reading) this.#whenRead = end;
    else end();
  }

  #take(piece: Buffer): void {
    if (this.#end === undefined) this.#hash.update(piece);
    const rest = piece.subarray(Math.min(Math.max(this.#start - this.#position, 0), piece.length));
    this.#position += piece.length;
    // Nothing: the file has become shorter meanwhile, and without what is missing the digest is a wrong one.
    if (piece.length === 0 || this.#position >= this.#size) this.#finish(rest);
    else if (rest.length > 0) this.push(rest);
    else this._read();
  }

  #finish(last: Buffer | undefined): void {
    const { digest, directory } = this.#blob;
    const actual: Digest = this.#end === undefined ? `sha256:${this.#hash.digest('hex')}` : digest;
    if (actual !== digest) return void this.destroy(imageErrors.BLOB_DAMAGED({ digest, actual, directory }));
    if (last && last.length > 0) this.push(last);
    this.push(null);
  }
}
