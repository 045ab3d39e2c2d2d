/** Where an archive goes: a stream, a pipe or device, one file, or parts. A file has its name when it is complete. */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { SealerError } from '../errors/sealer-error.js';
import { imageErrors } from '../image/image-errors.js';
import { noteOutput, removeUnfinished, unfinishedName } from '../store/output-file.js';
import { writeParts } from './archive-parts.js';

/**
 * @param splitBytes cut into parts of so many bytes; `output` is a path then
 * @param notes folder of the store where a later prune finds what a killed process leaves
 * @returns the files that were written, none for a stream. @throws ARCHIVE_NOT_WRITTEN; then no file is left
 */
export async function writeArchiveTo(
  output: string | Writable,
  splitBytes: number | undefined,
  notes: string,
  write: (target: Writable) => Promise<void>,
): Promise<string[]> {
  try {
    return await writeTo(output, splitBytes, notes, write);
  } catch (cause) {
    // What the system says of the place that is written to; other errors are not about it.
    const { code, message } = cause as NodeJS.ErrnoException;
    if (SealerError.is(cause) || !/^E[A-Z]+$/.test(code ?? '')) throw cause;
    const archive = typeof output === 'string' ? output : 'standard output';
    throw imageErrors.ARCHIVE_NOT_WRITTEN({ archive, reason: message, left: await isWrittenTo(output) }, { cause });
  }
}

/** A stream, and a pipe or device: what went there is there. */
async function isWrittenTo(output: string | Writable): Promise<boolean> {
  if (typeof output !== 'string') return true;
  const there = await stat(output).catch(() => undefined);
  return there !== undefined && !there.isFile() && !there.isDirectory();
}

async function writeTo(
  output: string | Writable,
  splitBytes: number | undefined,
  notes: string,
  write: (target: Writable) => Promise<void>,
): Promise<string[]> {
  if (typeof output !== 'string') {
    await write(output);
    return [];
  }
  const there = await stat(output).catch(() => undefined);
  if (there?.isDirectory())
    throw imageErrors.ARCHIVE_NOT_WRITTEN({ archive: output, reason: 'it is a folder', left: false });
  if (there && !there.isFile()) {
    // A pipe or device is written to: a rename would put a file in its place.
    await write(createWriteStream(output));
    return [output];
  }
  const directory = dirname(output);
  await removeUnfinished(directory);
  const forget = await noteOutput(notes, directory);
  try {
    return splitBytes === undefined ? await writeWhole(output, write) : await writeSplit(output, splitBytes, write);
  } finally {
    await forget();
  }
}

async function writeWhole(path: string, write: (target: Writable) => Promise<void>): Promise<string[]> {
  const temporary = unfinishedName(path);
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
