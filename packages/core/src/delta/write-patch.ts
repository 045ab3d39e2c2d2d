/** Writes a patch into a file while it is thought out: commands in order, neighbours that belong together as one. */

import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, rm, stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createBrotliCompress } from 'node:zlib';
import { brotliOptions, type Command, kinds, writeVarint, zigzag } from './patch-format.js';

const chunk = 1024 * 1024;
/** Equal stretches of so many bytes are copies of their own among differences. */
const copyLength = 4096;

/** A file with bytes at an offset. */
export interface Piece {
  file: FileHandle;
  at: number;
}

interface Part {
  path: string;
  stream: Writable;
  done: Promise<void>;
}

export class PatchWriter {
  readonly #path: string;
  readonly #parts: Part[];
  #pending: Command | undefined;
  #oldEnd = 0;

  /** @param path of the patch; the parts are gathered beside it */
  constructor(path: string) {
    this.#path = path;
    this.#parts = ['commands', 'differences', 'fresh'].map((name) => {
      const stream = createBrotliCompress(brotliOptions);
      const file = `${path}.${name}`;
      const done = pipeline(stream, createWriteStream(file));
      done.catch(() => undefined);
      return { path: file, stream, done };
    });
  }

  /** Bytes that are not in the old space. */
  async fresh(source: Piece, length: number): Promise<void> {
    await this.#command({ kind: kinds.fresh, length, from: 0 });
    for await (const bytes of readPiece(source, length)) await this.#write(2, bytes);
  }

  async copy(from: number, length: number): Promise<void> {
    await this.#command({ kind: kinds.copy, length, from });
  }

  /** Bytes like the ones at `from` in the old space. */
  async like(source: Piece, old: FileHandle, from: number, length: number): Promise<void> {
    let at = 0;
    const olds = readPiece({ file: old, at: from }, length);
    for await (const bytes of readPiece(source, length)) {
      const before = (await olds.next()).value as Buffer;
      for (const { start, end, equal } of stretches(before, bytes)) {
        const stretch = { length: end - start, from: from + at + start };
        await this.#command({ kind: equal ? kinds.copy : kinds.diff, ...stretch });
        if (!equal) await this.#write(1, difference(before, bytes, start, end));
      }
      at += bytes.length;
    }
  }

  /** @returns bytes of the three parts, which lie one after the other in the file now */
  async end(): Promise<[number, number, number]> {
    await this.#flush();
    const sizes: number[] = [];
    for (const { path, stream, done } of this.#parts) {
      stream.end();
      await done;
      sizes.push((await stat(path)).size);
    }
    const target = createWriteStream(this.#path);
    for (const { path } of this.#parts) await pipeline(createReadStream(path), target, { end: false });
    target.end();
    await finished(target);
    for (const { path } of this.#parts) await rm(path);
    return sizes as [number, number, number];
  }

  /** After a failure: nothing goes on in the background. */
  abandon(): void {
    for (const { stream } of this.#parts) stream.destroy();
  }

  async #command(next: Command): Promise<void> {
    if (next.length === 0) return;
    const last = this.#pending;
    const follows = next.kind === kinds.fresh || (last && last.from + last.length === next.from);
    if (last && last.kind === next.kind && follows) {
      last.length += next.length;
      return;
    }
    await this.#flush();
    this.#pending = { ...next };
  }

  async #flush(): Promise<void> {
    const command = this.#pending;
    if (!command) return;
    this.#pending = undefined;
    const bytes: number[] = [];
    writeVarint(bytes, command.length * 4 + command.kind);
    if (command.kind !== kinds.fresh) {
      writeVarint(bytes, zigzag(command.from - this.#oldEnd));
      this.#oldEnd = command.from + command.length;
    }
    await this.#write(0, Buffer.from(bytes));
  }

  async #write(part: 0 | 1 | 2, bytes: Buffer): Promise<void> {
    const { stream, done } = this.#parts[part] as Part;
    if (!stream.write(bytes)) await Promise.race([once(stream, 'drain'), done]);
  }
}

export async function* readPiece({ file, at }: Piece, length: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < length; ) {
    const buffer = Buffer.allocUnsafe(Math.min(chunk, length - done));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at + done);
    if (bytesRead < buffer.length) throw new Error('a temporary file of the delta is shorter than it was written');
    done += bytesRead;
    yield buffer;
  }
}

function* stretches(before: Buffer, after: Buffer): Generator<{ start: number; end: number; equal: boolean }> {
  let start = 0;
  let equalFrom = 0;
  for (let at = 0; at <= after.length; at++) {
    if (at < after.length && after[at] === before[at]) continue;
    // A whole piece that is equal is a copy however short it is.
    if (at - equalFrom >= copyLength || (at === after.length && equalFrom === 0)) {
      if (equalFrom > start) yield { start, end: equalFrom, equal: false };
      yield { start: equalFrom, end: at, equal: true };
      start = at;
    }
    equalFrom = at + 1;
  }
  if (start < after.length) yield { start, end: after.length, equal: false };
}

function difference(before: Buffer, after: Buffer, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafe(end - start);
  for (let at = start; at < end; at++) bytes[at - start] = (after[at] as number) - (before[at] as number);
  return bytes;
}
