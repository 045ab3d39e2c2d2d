/** The entries of an image archive (plain tar, gzip or zstd; in one file or parts), with names that stay inside and errors that name the archive. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { imageErrors } from '../image/image-errors.js';
import { readTar, type TarEntry, TarError } from '../tar/read-tar.js';
import { findParts, readParts } from './archive-parts.js';
import { zstdStream } from './zstd-program.js';

/** @throws ARCHIVE_INVALID (missing, cut off, damaged, names that lead out of it), ARCHIVE_UNSUPPORTED (xz, bzip2, zstd without its program) */
export async function* archiveEntries(
  archive: string | Readable,
  signal?: AbortSignal,
  label?: string,
): AsyncGenerator<TarEntry> {
  const { stream, name } = await openArchive(archive, label);
  const abort = () => stream.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal?.addEventListener('abort', abort, { once: true });
  const explain = (cause: unknown) => {
    signal?.throwIfAborted();
    const { code, message } = cause as NodeJS.ErrnoException;
    // Errors of zlib and of reading are about the archive; anything else is passed on.
    if (!(cause instanceof TarError) && !code?.startsWith('Z_') && code !== 'EIO') return cause;
    return imageErrors.ARCHIVE_INVALID({ archive: name, reason: message }, { cause });
  };
  try {
    signal?.throwIfAborted();
    for await (const entry of readTar(decompressed(stream, name))) {
      yield { ...entry, name: insideName(entry.name, name), content: explained(entry.content, explain) };
    }
  } catch (cause) {
    throw explain(cause);
  } finally {
    signal?.removeEventListener('abort', abort);
    stream.destroy();
  }
}

async function openArchive(
  archive: string | Readable,
  label = 'the archive on standard input',
): Promise<{ stream: Readable; name: string }> {
  if (typeof archive !== 'string') return { stream: archive, name: label };
  const parts = await findParts(archive);
  if (parts.length > 0) return { stream: readParts(parts), name: `${archive} (${parts.length} parts)` };
  const found = await stat(archive).catch((cause: Error) => {
    throw imageErrors.ARCHIVE_INVALID({ archive, reason: cause.message }, { cause });
  });
  if (found.isDirectory()) throw imageErrors.ARCHIVE_INVALID({ archive, reason: 'it is a folder' });
  return { stream: createReadStream(archive, { highWaterMark: 1024 * 1024 }), name: archive };
}

/** The consumer of an entry meets the same errors as the consumer of the archive. */
async function* explained(
  content: AsyncGenerator<Buffer>,
  explain: (cause: unknown) => unknown,
): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (cause) {
    throw explain(cause);
  }
}

function insideName(written: string, archive: string): string {
  const name = written.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
  if (!name.startsWith('/') && !name.split('/').includes('..') && !name.includes('\0')) return name;
  const reason = `it holds the name ${JSON.stringify(written)}, which leads out of it`;
  throw imageErrors.ARCHIVE_INVALID({ archive, reason });
}

/** Layers are compressed already: what is larger than this and so many times its source would only fill the disk. */
const unpackedLimit = 1024 ** 3;
const expansionLimit = 100;

/** Plain bytes, whatever the first ones say the compression is; `archive` is what errors call it. */
export async function* decompressed(stream: Readable, archive: string): AsyncGenerator<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  while (head.length < 6) {
    const { value, done } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const all = (async function* () {
    yield head;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  })();
  const format = compressionOf(head);
  if (format === 'none') return yield* all;
  if (format !== 'gzip' && format !== 'zstd')
    throw imageErrors.ARCHIVE_UNSUPPORTED({ archive, seen: `compressed by ${format}` });
  let taken = 0;
  const counted = (async function* () {
    for await (const chunk of all) {
      taken += chunk.length;
      yield chunk;
    }
  })();
  const compressed = Readable.from(counted, { objectMode: false });
  const plain = format === 'gzip' ? createGunzip({ chunkSize: 256 * 1024 }) : await zstdStream('decompress', archive);
  compressed.on('error', (cause) => plain.destroy(cause));
  let made = 0;
  for await (const chunk of compressed.pipe(plain) as AsyncIterable<Buffer>) {
    made += chunk.length;
    if (made > unpackedLimit && made > taken * expansionLimit)
      throw imageErrors.ARCHIVE_INVALID({ archive, reason: `its first ${taken} bytes become more than ${made}` });
    yield chunk;
  }
}

/** By the magic numbers of the formats. */
export function compressionOf(head: Buffer): 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2' {
  const magic = head.toString('latin1', 0, 6);
  if (magic.startsWith('\x1f\x8b')) return 'gzip';
  if (magic.startsWith('\x28\xb5\x2f\xfd')) return 'zstd';
  if (magic.startsWith('\xfd7zXZ\0')) return 'xz';
  return magic.startsWith('BZh') ? 'bzip2' : 'none';
}

/** A whole small entry. @throws ARCHIVE_INVALID when it is larger than `limit` */
export async function readEntry(entry: TarEntry, limit: number): Promise<Buffer> {
  if (entry.size > limit) {
    throw imageErrors.ARCHIVE_INVALID({
      archive: entry.name,
      reason: `it has ${entry.size} bytes, more than ${limit}`,
    });
  }
  const pieces: Buffer[] = [];
  for await (const piece of entry.content) pieces.push(piece);
  return Buffer.concat(pieces);
}
