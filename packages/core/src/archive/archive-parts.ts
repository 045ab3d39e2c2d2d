/** Archives in parts for removable media: `shop.tar.part001`, `shop.tar.part002`, ... Parts joined are the archive. */
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { imageErrors } from '../image/image-errors.js';
import { unfinishedName } from '../store/output-file.js';

const partPattern = /^(.*)\.part(\d{3,})$/;

export interface PartWriter extends Writable {
  /** Gives the parts their names; before, there is nothing but temporary files. */
  commit(): Promise<string[]>;
  abandon(): Promise<void>;
}

/** Cuts what is written after every `bytes`. */
export function writeParts(path: string, bytes: number): PartWriter {
  const written: string[] = [];
  const named: string[] = [];
  let current: ReturnType<typeof createWriteStream> | undefined;
  let room = 0;
  const end = async () => {
    if (!current) return;
    current.end();
    await finished(current);
    current = undefined;
  };
  const write = async (chunk: Buffer): Promise<void> => {
    for (let at = 0; at < chunk.length; ) {
      if (!current || room === 0) {
        await end();
        const temporary = unfinishedName(path);
        written.push(temporary);
        current = createWriteStream(temporary, { flags: 'wx', flush: true });
        room = bytes;
      }
      const piece = chunk.subarray(at, at + room);
      if (!current.write(piece)) await once(current, 'drain');
      at += piece.length;
      room -= piece.length;
    }
  };
  const writer = new Writable({
    write: (chunk: Buffer, _encoding, done) => void write(chunk).then(() => done(), done),
    final: (done) => void end().then(() => done(), done),
  });
  return Object.assign(writer, {
    commit: async () => {
      const names = written.map((_, index) => `${path}.part${String(index + 1).padStart(3, '0')}`);
      for (const [index, temporary] of written.entries()) {
        await rename(temporary, names[index] as string);
        named.push(names[index] as string);
      }
      // Parts of an older, longer archive would be read as the end of this one.
      for (const stale of (await partsOf(path)).filter((name) => !names.includes(name))) await rm(stale);
      return names;
    },
    abandon: async () => {
      current?.destroy();
      for (const file of [...written, ...named]) await rm(file, { force: true });
    },
  });
}

/** The parts of an archive, given by its own name or that of any part; empty when it is one file. @throws ARCHIVE_INVALID */
export async function findParts(path: string): Promise<string[]> {
  const base = partPattern.exec(path)?.[1] ?? path;
  if (base === path && (await stat(path).catch(() => undefined))) return [];
  const parts = await partsOf(base);
  for (const [index, part] of parts.entries()) {
    const number = Number(partPattern.exec(part)?.[2]);
    if (number === index + 1) continue;
    const missing = `${basename(base)}.part${String(index + 1).padStart(3, '0')}`;
    throw imageErrors.ARCHIVE_INVALID({ archive: base, reason: `${missing} is missing beside ${basename(part)}` });
  }
  return parts;
}

/** One stream of all parts. */
export function readParts(parts: readonly string[]): Readable {
  return Readable.from(
    (async function* () {
      for (const part of parts) yield* createReadStream(part, { highWaterMark: 1024 * 1024 });
    })(),
    { objectMode: false },
  );
}

/** Of a part, by its name. */
function numberOf(name: string): number {
  return Number(partPattern.exec(name)?.[2]);
}

async function partsOf(base: string): Promise<string[]> {
  const names = await readdir(dirname(base)).catch(() => [] as string[]);
  return names
    .filter((name) => partPattern.exec(name)?.[1] === basename(base))
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map((name) => join(dirname(base), name));
}
