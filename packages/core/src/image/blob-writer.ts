/** Writes a blob's bytes to a file and knows their digest and number: hashing and reading go on while the disk writes. */
import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Digest } from './descriptor.js';

/** Bytes gathered before they are written: fewer, larger writes. */
const writeSize = 1024 * 1024;

export class BlobWriter {
  readonly #file: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing: Promise<unknown> = Promise.resolve();
  /** Bytes so far. */
  size = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Counts what the file holds already, as if it had been written. */
  async takeIn(): Promise<void> {
    const stream = this.#file.createReadStream({ start: 0, autoClose: false, highWaterMark: writeSize });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      this.#hash.update(chunk);
      this.size += chunk.length;
    }
  }

  /** Undefined unless the caller has to wait. The bytes must not be changed afterwards. */
  write(bytes: Buffer): Promise<void> | undefined {
    this.#hash.update(bytes);
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
  digest(): Digest {
    return `sha256:${this.#hash.digest('hex')}`;
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
    if (written === bytes) return;
    const rest = Buffer.concat(pieces, bytes);
    while (written < bytes)
      written += (await this.#file.write(rest, written, bytes - written, position + written)).bytesWritten;
  }
}
