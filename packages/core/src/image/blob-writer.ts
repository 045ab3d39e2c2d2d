/** Writes a blob's bytes to a file and knows their digest and number: hashing and reading go on while the disk writes. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Digest } from './descriptor.js';
import { FileHash } from './hash-thread.js';

/** Bytes gathered before they are written: fewer, larger writes. */
const writeSize = 1024 * 1024;

export class BlobWriter {
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  readonly #fileHash: FileHash | undefined;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing: Promise<unknown> = Promise.resolve();
  /** Bytes so far. */
  size = 0;

  /** @param path of the file, for one that is worth hashing in another thread */
  constructor(file: FileHandle, path?: string) {
    this.#file = file;
    this.#fileHash = path === undefined ? undefined : new FileHash(path);
  }

  /** Takes what the file holds already for written. Only with a path. */
  takeIn(bytes: number): void {
    this.size = bytes;
    this.#fileHash?.upTo(bytes);
  }

  /** Undefined unless the caller has to wait. The bytes must not be changed afterwards. */
  write(bytes: Buffer): Promise<void> | undefined {
    if (!this.#fileHash) this.#hash.update(bytes);
    this.size += bytes.length;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    return this.#waitingBytes >= writeSize ? this.#pass() : undefined;
  }

  /** All bytes are in the file; nothing is synced. */
  async flush(): Promise<void> {
    await this.#pass();
    await this.#writing;
  }

  /** Once, at the end. */
  async digest(): Promise<Digest> {
    return this.#fileHash ? await this.#fileHash.digest() : `sha256:${this.#hash.digest('hex')}`;
  }

  /** Instead of `digest`, when something failed. */
  drop(): void {
    this.#fileHash?.drop();
  }

  async #pass(): Promise<void> {
    await this.#writing;
    const pieces = this.#waiting;
    const bytes = this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (bytes === 0) return;
    this.#writing = this.#append(pieces, bytes, this.size - bytes);
    // Reported to whoever writes next, not to the process.
    this.#writing.catch(() => undefined);
  }

  async #append(pieces: Buffer[], bytes: number, position: number): Promise<void> {
    let { bytesWritten: written } = await this.#file.writev(pieces, position);
    const rest = written < bytes ? Buffer.concat(pieces, bytes) : Buffer.alloc(0);
    while (written < bytes)
      written += (await this.#file.write(rest, written, bytes - written, position + written)).bytesWritten;
    this.#fileHash?.upTo(position + bytes);
  }
}
