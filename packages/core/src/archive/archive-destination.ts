/** Where an archive goes: a stream, a pipe or device, one file, or parts. A file has its name when it is complete. */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { SealerError } from '../errors/sealer-error.js';
import { imageErrors } from '../image/image-errors.js';
import { temporaryName } from '../store/atomic-file.js';
import { writeParts } from './archive-parts.js';

/**
 * @param splitBytes cut into parts of so many bytes; `output` is a path then
 * @returns the files that were written, none for a stream. @throws ARCHIVE_NOT_WRITTEN; then no file is left
 */
export async function writeArchiveTo(
  output: string | Writable,
  splitBytes: number | undefined,
  write: (target: Writable) => Promise<void>,
): Promise<string[]> {
  try {
    return await writeTo(output, splitBytes, write);
  } catch (cause) {
    // What the system says of the place that is written to; other errors are not about it.
    const { code, message } = cause as NodeJS.ErrnoException;
    if (SealerError.is(cause) || !/^E[A-Z]+$/.test(code ?? '')) throw cause;
    const archive = typeof output === 'string' ? output : 'standard output';
    throw imageErrors.ARCHIVE_NOT_WRITTEN({ archive, reason: message }, { cause });
  }
}

async function writeTo(
  output: string | Writable,
  splitBytes: number | undefined,
  write: (target: Writable) => Promise<void>,
): Promise<string[]> {
  if (typeof output !== 'string') {
    await write(output);
    return [];
  }
  const there = await stat(output).catch(() => undefined);
  if (there?.isDirectory()) throw imageErrors.ARCHIVE_NOT_WRITTEN({ archive: output, reason: 'it is a folder' });
  if (there && !there.isFile()) {
    // A pipe or device is written to: a rename would put a file in its place.
    await write(createWriteStream(output));
    return [output];
  }
  return splitBytes === undefined ? await writeWhole(output, write) : await writeSplit(output, splitBytes, write);
}

async function writeWhole(path: string, write: (target: Writable) => Promise<void>): Promise<string[]> {
  const temporary = temporaryName(dirname(path), '.sealer-save');
  try {
    await write(createWriteStream(temporary, { flags: 'wx', flush: true }));
    await rename(temporary, path);
    return [path];
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
}

async function writeSplit(path: string, bytes: number, write: (target: Writable) => Promise<void>): Promise<string[]> {
  const parts = writeParts(path, bytes);
  try {
    await write(parts);
    const files = await parts.commit();
    // An older archive in one file would be read instead of the parts.
    await rm(path, { force: true });
    return files;
  } catch (cause) {
    await parts.abandon();
    throw cause;
  }
}
