/** Disks of a few megabytes, as memory: full, out of inodes, read-only. Needs root. */
import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

export interface SmallDisk extends AsyncDisposable {
  path: string;
  /** Takes all that is left, to the last byte. */
  fill(): Promise<void>;
  /** Takes all inodes that are left. */
  fillWithFiles(): Promise<void>;
  /** Gives back what was taken. */
  empty(): Promise<void>;
  /** Mounts it anew with other options: `ro`. */
  remount(options: string): Promise<void>;
  /** Files with their sizes, links too; without what fills it. */
  files(): string[];
}

/** @param options of tmpfs: `size=4m`, `size=4m,nr_inodes=60` */
export async function mountSmallDisk(path: string, options: string): Promise<SmallDisk> {
  await mkdir(path, { recursive: true });
  await execa('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  const filler = join(path, 'filler');
  return {
    path,
    fill: async () => {
      await mkdir(filler, { recursive: true });
      const file = openSync(join(filler, `bytes-${Date.now()}`), 'wx');
      for (const size of [1024 * 1024, 4096, 1]) {
        try {
          for (;;) writeSync(file, Buffer.alloc(size, 1));
        } catch (cause) {
          if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
        }
      }
      closeSync(file);
    },
    fillWithFiles: async () => {
      await mkdir(filler, { recursive: true });
      for (let count = 0; ; count++)
        try {
          await writeFile(join(filler, `file-${count}`), '', { flag: 'wx' });
        } catch (cause) {
          if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') return;
          throw cause;
        }
    },
    empty: async () => await rm(filler, { recursive: true, force: true }),
    remount: async (more) => void (await execa('mount', ['-o', `remount,${more}`, path])),
    files: () =>
      (readdirSync(path, { recursive: true, withFileTypes: true }) as import('node:fs').Dirent[])
        .filter((entry) => !entry.isDirectory() && entry.parentPath !== filler)
        .map((entry) => join(entry.parentPath, entry.name))
        .map((file) => `${file.slice(path.length + 1)} ${statSync(file, { throwIfNoEntry: false })?.size}`)
        .sort(),
    [Symbol.asyncDispose]: async () => {
      await execa('umount', ['--lazy', path], { reject: false });
      await rm(path, { recursive: true, force: true });
    },
  };
}
