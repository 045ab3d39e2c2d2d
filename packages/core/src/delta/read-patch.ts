/** Applies a patch: the tar of a layer, from the old space and the three parts, in pieces of bounded size. */
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createBrotliDecompress } from 'node:zlib';
import { ByteReader } from '../tar/read-tar.js';
import { type Command, kinds, unzigzag } from './patch-format.js';

const chunk = 1024 * 1024;

/** What is wrong with a patch; callers put the archive's name to it. */
export class PatchError extends Error {}

export interface Patch {
  path: string;
  parts: readonly [number, number, number];
  old: FileHandle;
  /** Bytes of the old space. */
  oldSize: number;
  /** Bytes that must come out; no more are made. */
  newSize: number;
}

/** @throws PatchError, or an error of zlib */
export async function* applyPatch(patch: Patch): AsyncGenerator<Buffer> {
  let at = 0;
  const parts = patch.parts.map((size) => {
    const start = at;
    at += size;
    return openPart(patch.path, start, size);
  });
  const [commands, differences, fresh] = parts.map(({ reader }) => reader) as [ByteReader, ByteReader, ByteReader];
  try {
    let made = 0;
    let oldEnd = 0;
    while (made < patch.newSize) {
      const command = await readCommand(commands, oldEnd);
      const { kind, length, from } = command;
      if (length === 0 || made + length > patch.newSize) throw new PatchError('it makes more bytes than the layer has');
      made += length;
      if (kind === kinds.fresh) {
        yield* take(fresh, length);
        continue;
      }
      if (from < 0 || from + length > patch.oldSize) throw new PatchError('it copies from where nothing is');
      oldEnd = from + length;
      for await (const bytes of readOld(patch.old, from, length))
        yield kind === kinds.copy ? bytes : await added(bytes, differences);
    }
  } finally {
    for (const { close } of parts) close();
  }
}

function openPart(path: string, start: number, size: number) {
  const file = createReadStream(path, { start, end: start + Math.max(size, 1) - 1, highWaterMark: 256 * 1024 });
  const plain = createBrotliDecompress({ chunkSize: 256 * 1024 });
  file.on('error', (cause) => plain.destroy(cause));
  // Whoever reads meets the error; a part nobody reads from yet must not end the process by it.
  plain.on('error', () => undefined);
  const close = () => {
    file.destroy();
    plain.destroy();
  };
  return { reader: new ByteReader(file.pipe(plain) as AsyncIterable<Buffer>), close };
}

async function readCommand(input: ByteReader, oldEnd: number): Promise<Command> {
  const word = await readVarint(input);
  const kind = (word % 4) as Command['kind'];
  if (word % 4 > kinds.diff) throw new PatchError('it holds an unknown command');
  const length = Math.floor(word / 4);
  return { kind, length, from: kind === kinds.fresh ? 0 : oldEnd + unzigzag(await readVarint(input)) };
}

async function readVarint(input: ByteReader): Promise<number> {
  let value = 0;
  for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
    const byte = (await input.upTo(1))?.[0];
    if (byte === undefined) throw new PatchError('it ends too early');
    value += (byte & 127) * factor;
    if (byte < 128) return value;
  }
  throw new PatchError('it holds an impossible number');
}

async function* take(input: ByteReader, length: number): AsyncGenerator<Buffer> {
  for (let left = length; left > 0; ) {
    const piece = await input.upTo(left);
    if (!piece) throw new PatchError('it ends too early');
    left -= piece.length;
    yield piece;
  }
}

async function* readOld(file: FileHandle, from: number, length: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < length; ) {
    const buffer = Buffer.allocUnsafe(Math.min(chunk, length - done));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from + done);
    if (bytesRead === 0) throw new PatchError('it copies from where nothing is');
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** In place. */
async function added(bytes: Buffer, differences: ByteReader): Promise<Buffer> {
  let at = 0;
  for await (const piece of take(differences, bytes.length))
    for (let place = 0; place < piece.length; place++, at++)
      bytes[at] = (bytes[at] as number) + (piece[place] as number);
  return bytes;
}
