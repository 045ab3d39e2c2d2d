/**
 * Files that are written for the user have their names when they are complete. What is written meanwhile lies beside them
 * under a name that tells whose it is: after a kill the next write into the folder, or the next prune, takes it away.
 */
import {
  constants,
  copyFile,
  link,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { atPath } from '../errors/file-system-error.js';
import { temporaryName, temporaryOwner } from './atomic-file.js';
import { isProcessAlive } from './process-identity.js';

const prefix = '.sealer-output';
/** In the store's folder for temporary files: says in which folder a process writes. */
export const outputNote = 'output';

/** A name beside `path` for what is not complete. */
export function unfinishedName(path: string): string {
  return temporaryName(dirname(path), prefix);
}

/** Takes away what killed processes of this machine have left in a folder. */
export async function removeUnfinished(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [] as string[]))
    if (name.startsWith(`${prefix}~`) && isProcessAlive(temporaryOwner(name) ?? '') === false)
      await rm(join(directory, name), { force: true }).catch(() => undefined);
}

/** Lets a prune find what this process leaves in a folder when it is killed. @returns ends that */
export async function noteOutput(temporaryDirectory: string, directory: string): Promise<() => Promise<void>> {
  const note = temporaryName(temporaryDirectory, outputNote);
  // A store that may only be read, or a full disk, is no reason not to write elsewhere.
  await writeFile(note, resolve(directory), { flag: 'wx' }).catch(() => undefined);
  return async () => await rm(note, { force: true });
}

/** Carries out the note of a process that has died. */
export async function followNote(note: string): Promise<void> {
  const directory = await readFile(note, 'utf8').catch(() => '');
  if (directory !== '') await removeUnfinished(directory);
}

export interface OutputOptions {
  /** Default: that of the file which is there, else as the umask has it. */
  mode?: number;
  /** There must be none of this name. */
  exclusive?: boolean;
}

/** Writes a file as a whole; devices and pipes are written to. @throws DISK_FULL and the like; the file is as it was then */
export async function writeOutput(path: string, text: string, options: OutputOptions = {}): Promise<void> {
  await atPath(path, () => write(path, text, options));
}

/** Of two that do it at once, one. File systems without hard links refuse them as if it were not allowed. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(async (cause: NodeJS.ErrnoException) => {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(cause.code ?? '')) throw cause;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  });
}

async function write(path: string, text: string, options: OutputOptions): Promise<void> {
  const { mode, exclusive = false } = options;
  const there = await stat(path).catch(() => undefined);
  if (there && !there.isFile() && !exclusive) return await writeFile(path, text);
  const target = exclusive ? path : await realpath(path).catch(() => path);
  await removeUnfinished(dirname(target));
  const temporary = unfinishedName(target);
  try {
    const file = await open(temporary, 'wx', mode ?? 0o666);
    try {
      if (there && mode === undefined) await file.chmod(there.mode & 0o777);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (exclusive) await linkOrCopy(temporary, target);
    else await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}
