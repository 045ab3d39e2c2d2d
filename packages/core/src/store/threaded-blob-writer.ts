/** As BlobWriter, for large blobs whose bytes come from a network: another thread hashes and writes. */
import type { FileHandle } from 'node:fs/promises';
import type { Digest } from '../image/descriptor.js';
import { inWriteThread } from './write-thread.js';

/** Bytes gathered before they are handed over. */
const handOver = 512 * 1024;
/** Bytes handed over and not yet written, from which on no more are taken. */
const mostUnderWay = 4 * 1024 * 1024;

let writers = 0;

export class ThreadedBlobWriter {
  readonly #file: FileHandle;
  readonly #id = ++writers;
  #pieces: Uint8Array[] = [];
  #gathered = 0;
  #underWay = 0;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown;
  /** Bytes so far. */
  size = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Takes what the file holds already for written. Before anything else. */
  async takeIn(bytes: number): Promise<void> {
    await inWriteThread({ action: 'takeIn', id: this.#id, fd: this.#file.fd, bytes });
    this.size = bytes;
  }

  /** Undefined unless the caller has to wait. The bytes are the writer's from then on. @throws what an earlier write met */
  write(bytes: Buffer): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    this.size += bytes.length;
    this.#pieces.push(whole(bytes));
    this.#gathered += bytes.length;
    if (this.#gathered < handOver) return undefined;
    this.#handOver();
    return this.#underWay >= mostUnderWay ? this.#last : undefined;
  }

  /** All bytes are in the file; nothing is synced. */
  async flush(): Promise<void> {
    this.#handOver();
    await this.#last;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Once, at the end. */
  async digest(): Promise<Digest> {
    return `sha256:${await inWriteThread({ action: 'digest', id: this.#id })}`;
  }

  /** Instead of `digest`, when something failed. */
  async drop(): Promise<void> {
    // Without a byte the thread knows nothing of it, and need not be started.
    if (this.size > 0) await inWriteThread({ action: 'drop', id: this.#id });
  }

  #handOver(): void {
    const bytes = this.#gathered;
    if (bytes === 0) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#gathered = 0;
    this.#underWay += bytes;
    const position = this.size - bytes;
    this.#last = inWriteThread({ action: 'write', id: this.#id, fd: this.#file.fd, pieces, position }).then(
      () => {
        this.#underWay -= bytes;
      },
      (cause) => {
        this.#failure ??= cause;
      },
    );
  }
}

/** A piece that has its memory for itself. */
function whole(bytes: Buffer): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
}
