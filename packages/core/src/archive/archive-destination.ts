/** Where an archive goes: a stream, a pipe or device, one file, or parts. A file has its name when it is complete. */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { fileSystemError } from '../errors/file-system-error.js';
import { requireRoom } from '../errors/free-room.js';
import { SealerError } from '../errors/sealer-error.js';
import { imageErrors } from '../image/image-errors.js';
import { noteOutput, removeUnfinished, unfinishedName } from '../store/output-file.js';
import { writeParts } from './archive-parts.js';

export interface ArchivePlace {
  /** Cut into parts of so many bytes; the output is a path then. */
  splitBytes: number | undefined;
  /** Folder of the store where a later prune finds what a killed process leaves. */
  notes: string;
  /** Of what will be written, where they are known. */
  sizes: readonly number[];
}

/** @returns the files that were written, none for a stream. @throws ARCHIVE_NOT_WRITTEN, DISK_FULL; then no file is left */
export async function writeArchiveTo(
  output: string | Writable,
  place: ArchivePlace,
  write: (target: Writable) => Promise<void>,
): Promise<string[]> {
  try {
    return await writeTo(output, place, write);
  } catch (cause) {
    // What the system says of the place that is written to; other errors are not about it.
    const { code, message } = cause as NodeJS.ErrnoException;
    if (SealerError.is(cause) || !/^E[A-Z]+$/.test(code ?? '')) throw cause;
    const archive = typeof output === 'string' ? output : 'standard output';
    const path = typeof output === 'string' ? output : undefined;
    const reason = fileSystemError(cause, { path })?.message ?? message;
    throw imageErrors.ARCHIVE_NOT_WRITTEN({ archive, reason, left: await isWrittenTo(output) }, { cause });
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
  { splitBytes, notes, sizes }: ArchivePlace,
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
  requireRoom(directory, sizes, `for ${output}`);
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
