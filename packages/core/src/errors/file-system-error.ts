/** Turns an error of the file system into ours. The one place that knows what its codes mean. */
import { lstatSync, mkdirSync, readlinkSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join, parse, relative, resolve, sep } from 'node:path';
import { fileSystemErrors, type Room } from './file-system-errors.js';
import { freeRoom, nearestFolder } from './free-room.js';
import { SealerError } from './sealer-error.js';

/** Where the error was met, for those that carry no path of their own (a write to an open file). */
export interface FilePlace {
  path?: string | undefined;
  needed?: number | undefined;
  purpose?: string | undefined;
}

/** Of the network and of other processes: what they say is not about files. */
const foreign = /^(connect|listen|bind|accept|getaddrinfo|getnameinfo|spawn|kill|uv_|shutdown)/;
const ofDisks = new Set([
  'EIO',
  'ESTALE',
  'ENXIO',
  'ENODEV',
  'EUCLEAN',
  'EBUSY',
  'ETXTBSY',
  'EXDEV',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EMLINK',
]);
const ofPaths = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY', 'ELOOP', 'ENAMETOOLONG']);

/** Undefined for what is no error of a file system. A SealerError stays what it is. */
export function fileSystemError(cause: unknown, place: FilePlace = {}): SealerError | undefined {
  if (SealerError.is(cause)) return cause;
  const { code, syscall = '', path: from, dest, message } = (cause ?? {}) as NodeJS.ErrnoException & { dest?: string };
  if (code === undefined || !(cause instanceof Error || typeof message === 'string')) return undefined;
  // Of two paths the second is written to.
  const path = dest ?? from ?? place.path ?? '';
  if (code === 'EMFILE' || code === 'ENFILE')
    return fileSystemErrors.TOO_MANY_FILES({ path, ofSystem: code === 'ENFILE' }, { cause });
  if (foreign.test(syscall)) return undefined;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return outOfRoom(code, { ...place, path }, cause);
    case 'EROFS':
      return fileSystemErrors.DISK_READ_ONLY({ path }, { cause });
    case 'EACCES':
    case 'EPERM':
      return fileSystemErrors.FILE_DENIED({ path, reason: reasonOf(message), owner: ownerOf(path) }, { cause });
    case 'EFBIG':
      return fileSystemErrors.FILE_TOO_LARGE({ path }, { cause });
    default:
  }
  const refused = syscall === 'mkdir' && code === 'ENOENT' ? refusedFolder(path) : undefined;
  if (refused) return fileSystemError(refused, place);
  if (ofPaths.has(code)) return fileSystemErrors.FILE_UNUSABLE(explainPath(path, reasonOf(message)), { cause });
  if (ofDisks.has(code)) return fileSystemErrors.DISK_FAILED({ path, reason: reasonOf(message) }, { cause });
  return undefined;
}

/** No blocks, no inodes or no quota: other work may go on when something is given up. Of errors of the system, and ours. */
export function isOutOfRoom(cause: unknown): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  return ['ENOSPC', 'EDQUOT', 'DISK_FULL', 'DISK_NO_INODES', 'DISK_QUOTA'].includes(String(code));
}

/** For what need not be there: `.catch(ifMissing([]))`. What may not be read is not taken for missing. */
export function ifMissing<T>(value: T): (cause: NodeJS.ErrnoException) => T {
  return (cause) => {
    if (cause.code === 'ENOENT') return value;
    throw cause;
  };
}

/** Runs `work`; an error of the file system that it ends with becomes ours. */
export async function atPath<T>(place: FilePlace | string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw fileSystemError(cause, typeof place === 'string' ? { path: place } : place) ?? cause;
  }
}

/** What a program says when the file system refuses something, as our error. */
export function fileSystemErrorOfProgram(stderr: string, path: string): SealerError | undefined {
  const code = /No space left on device|Wrote only \d+ of \d+ bytes/.test(stderr)
    ? 'ENOSPC'
    : /Disk quota exceeded/.test(stderr)
      ? 'EDQUOT'
      : /Read-only file system/.test(stderr)
        ? 'EROFS'
        : /Too many open files/.test(stderr)
          ? 'EMFILE'
          : undefined;
  if (code === undefined) return undefined;
  return fileSystemError(Object.assign(new Error(stderr.trim().split('\n').at(-1) ?? ''), { code }), { path });
}

function outOfRoom(code: 'ENOSPC' | 'EDQUOT', place: FilePlace, cause: unknown): SealerError {
  const folder = place.path ? nearestFolder(place.path) : undefined;
  const found = folder === undefined ? undefined : freeRoom(folder);
  const room: Room = {
    place: folder ?? 'what is written to',
    free: found?.bytes,
    // What is left may do for it by now: half of it has been taken back.
    needed: place.needed !== undefined && found && place.needed > found.bytes ? place.needed : undefined,
    purpose: place.purpose,
  };
  if (code === 'EDQUOT') return fileSystemErrors.DISK_QUOTA(room, { cause });
  return found?.files === 0 && found.bytes > 0
    ? fileSystemErrors.DISK_NO_INODES(room, { cause })
    : fileSystemErrors.DISK_FULL(room, { cause });
}

/** `EACCES: permission denied, open '/x'` without what is said elsewhere. */
function reasonOf(message: string): string {
  return message.replace(/^E[A-Z0-9]+: /, '').replace(/, [a-z_]+( '.*)?$/s, '');
}

/** Node says of a folder that cannot be made with its parents that there is none, whatever the reason: it is asked again for the first. */
function refusedFolder(path: string): unknown {
  const [nearest, wanted] = [nearestFolder(path), resolve(path)];
  if (wanted === nearest) return undefined;
  const first = join(nearest, relative(nearest, wanted).split(sep)[0] as string);
  try {
    mkdirSync(first);
    rmdirSync(first);
    return undefined;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : cause;
  }
}

/** The nearest thing there is on the way, when it is another user's. */
function ownerOf(path: string): string | undefined {
  const user = process.geteuid?.();
  if (user === undefined || path === '') return undefined;
  for (let at = resolve(path); ; at = dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false, bigint: false }) ?? undefined;
    if (found) return found.uid === user ? undefined : `${at} belongs to user ${found.uid}, this is user ${user}`;
    if (at === dirname(at)) return undefined;
  }
}

/** Where on its way a path goes wrong. */
function explainPath(path: string, reason: string): { path: string; reason: string } {
  if (path === '') return { path, reason: reason || 'it is empty' };
  const { root } = parse(resolve(path));
  let at = root;
  for (const part of resolve(path).slice(root.length).split('/').filter(Boolean)) {
    at = join(at, part);
    const isLast = at === resolve(path);
    try {
      const entry = lstatSync(at, { throwIfNoEntry: false });
      if (!entry) return { path: at, reason: isLast ? reason : 'there is no such folder' };
      const target = entry.isSymbolicLink() ? statSync(at, { throwIfNoEntry: false }) : entry;
      if (!target) return { path: at, reason: `it is a link to ${readlinkSync(at)}, which is not there` };
      if (!isLast && !target.isDirectory()) return { path: at, reason: 'it is a file, not a folder' };
    } catch {
      return { path: at, reason };
    }
  }
  return { path, reason };
}
