/** What the file systems of this machine refuse, in our words: which folder, what is needed, what to do. */
import { defineErrors, error } from './define.js';
import { ExitCode } from './sealer-error.js';

export interface Room {
  /** A folder, or a file where no folder is known. */
  place: string;
  /** Bytes this user may still write there. */
  free?: number | undefined;
  /** Bytes that are wanted. */
  needed?: number | undefined;
  /** What they are wanted for: `to pull shop:1.0`. */
  purpose?: string | undefined;
}

const makeRoom =
  'make room there and do the same again: `sealer prune` and `sealer rmi IMAGE` work on a full disk, too; or name a place on another disk (--home, -o, TMPDIR)';

export const fileSystemErrors = defineErrors({
  DISK_FULL: error<Room>({
    exitCode: ExitCode.machine,
    about:
      'The disk that is written to is full, or has not the room for what is about to come. What was begun has been taken back.',
    message: ({ place, free, needed, purpose }) => {
      const seen = free === undefined ? '' : `${bytes(free)} ${free === 1 ? 'is' : 'are'} free`;
      if (needed === undefined) return `no room is left on the disk of ${place}${seen && `: ${seen}`}`;
      return `not enough room on the disk of ${place}: ${bytes(needed)} ${purpose ? `are needed ${purpose}` : 'are needed'}${seen && `, ${seen}`}`;
    },
    hint: makeRoom,
  }),
  DISK_NO_INODES: error<Room>({
    exitCode: ExitCode.machine,
    about: 'The disk that is written to takes no more files (its inodes are used up), though it may have room.',
    message: ({ place, free }) =>
      `the disk of ${place} takes no more files: its inodes are used up${free === undefined ? '' : ` (${bytes(free)} are free)`}`,
    hint: makeRoom,
  }),
  DISK_QUOTA: error<Room>({
    exitCode: ExitCode.machine,
    about: 'The quota of this user, group or project on a disk is used up.',
    message: ({ place, needed }) =>
      `the quota on the disk of ${place} is used up${needed === undefined ? '' : `: ${bytes(needed)} are needed`}`,
    hint: `${makeRoom}; \`quota -s\` shows what is allowed`,
  }),
  DISK_READ_ONLY: error<{ path: string }>({
    exitCode: ExitCode.machine,
    about: 'A file was to be written on a disk that is mounted read-only.',
    message: ({ path }) => `${path} cannot be written: its disk is mounted read-only`,
    hint: 'mount it writable (a disk with errors is mounted read-only by the kernel: see `dmesg`), or name another place (--home, -o, TMPDIR)',
  }),
  DISK_FAILED: error<{ path: string; reason: string }>({
    exitCode: ExitCode.machine,
    about: 'A disk or its driver failed to read or write a file.',
    message: ({ path, reason }) => `${path}: ${reason}`,
    hint: 'look at the disk and its mount (`dmesg`, `findmnt`), then do the same again; `sealer store check` says whether images are damaged',
  }),
  FILE_DENIED: error<{ path: string; reason: string; owner?: string | undefined }>({
    exitCode: ExitCode.machine,
    about: 'This user may not read or write a file or folder.',
    message: ({ path, reason, owner }) => `${path}: ${reason}${owner ? `; ${owner}` : ''}`,
    hint: 'run as the user it belongs to, give this one the right to it (chown, chmod), or name another place (--home, -o, TMPDIR)',
  }),
  FILE_UNUSABLE: error<{ path: string; reason: string }>({
    exitCode: ExitCode.machine,
    about:
      'A path leads nowhere: a folder that is not there, a file in place of a folder or the other way round, a link to nothing.',
    message: ({ path, reason }) => `${path || 'the path'}: ${reason}`,
    hint: 'name another place (--home, -o, TMPDIR), or make this one what it should be',
  }),
  FILE_TOO_LARGE: error<{ path: string }>({
    exitCode: ExitCode.machine,
    about: 'A file became larger than its disk (FAT: 4 GiB) or the limits of this process allow.',
    message: ({ path }) => `${path} became larger than its disk, or \`ulimit -f\`, allows`,
    hint: 'write to another disk, raise the limit, or cut archives into parts (`sealer save --split 4G`)',
  }),
  TOO_MANY_FILES: error<{ path: string; ofSystem: boolean }>({
    exitCode: ExitCode.machine,
    about: 'This process, or all of this machine, has as many files and connections open as is allowed.',
    message: ({ path, ofSystem }) =>
      `${path ? `${path} cannot be opened: ` : ''}${ofSystem ? 'this machine' : 'this process'} has too many files open`,
    hint: ({ ofSystem }) =>
      ofSystem
        ? 'raise fs.file-max (sysctl), or end what holds so many files open'
        : 'raise the limit (`ulimit -n 4096`), or do less at a time (--concurrency)',
  }),
  OUTPUT_NOT_WRITTEN: error<{ reason: string }>({
    exitCode: ExitCode.machine,
    about:
      'Standard output could not be written: its disk is full, or its device fails. The command itself was carried out.',
    message: ({ reason }) => `standard output could not be written: ${reason}`,
    hint: 'send it to another place; what was written of it is not whole',
  }),
});

function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const unit = Math.min(units.length - 1, count < 1000 ? 0 : Math.floor(Math.log10(count) / 3));
  return unit === 0 ? `${count} B` : `${(count / 1000 ** unit).toFixed(1)} ${units[unit]}`;
}
