/** Writes a blob's bytes to a file and knows their digest and number: hashing and reading go on while the disk writes. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Digest } from '../image/descriptor.js';

/** Bytes gathered before they are written: fewer, larger writes. */
const writeSize = 256 * 1024;

export class BlobWriter {
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** The write under way, of which nothing is thrown: a failure is kept for whoever comes next. */
  #writing: Promise<void> | undefined;
  #failure: unknown;
  /** Bytes so far. */
  size = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Undefined unless the caller has to wait. The bytes must not be changed afterwards. @throws what an earlier write met */
  write(bytes: Buffer): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    this.#hash.update(bytes);
    this.size += bytes.length;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes < writeSize) return undefined;
    if (this.#writing) return this.#pass();
    this.#begin();
    return undefined;
  }

  /** All bytes are in the file; nothing is synced. */
  async flush(): Promise<void> {
    await this.#pass();
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Once, at the end. */
  async digest(): Promise<Digest> {
    return `sha256:${this.#hash.digest('hex')}`;
  }

  async #pass(): Promise<void> {
    await this.#writing;
    this.#begin();
  }

  #begin(): void {
    const pieces = this.#waiting;
    const bytes = this.#waitingBytes;
    if (bytes === 0 || this.#failure !== undefined) return;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#writing = this.#append(pieces, bytes, this.size - bytes).then(
      () => {
        this.#writing = undefined;
      },
      (cause) => {
        this.#writing = undefined;
        this.#failure = cause;
      },
    );
  }

  async #append(pieces: Buffer[], bytes: number, position: number): Promise<void> {
    let { bytesWritten: written } = await this.#file.writev(pieces, position);
    const rest = written < bytes ? Buffer.concat(pieces, bytes) : Buffer.alloc(0);
    while (written < bytes)
      written += (await this.#file.write(rest, written, bytes - written, position + written)).bytesWritten;
  }
}
