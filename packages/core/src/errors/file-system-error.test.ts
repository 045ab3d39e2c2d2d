/** What the system says, and what we make of it. Real disks: test/integration/full-disk.test.ts. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { atPath, fileSystemError, fileSystemErrorOfProgram, ifMissing, isOutOfRoom } from './file-system-error.js';
import { freeRoom, nearestFolder, requireRoom } from './free-room.js';

const errno = (code: string, more: object = {}) =>
  Object.assign(new Error(`${code}: as the system has it, write`), { code, syscall: 'write', ...more });

test.each([
  ['ENOSPC', 'DISK_FULL'],
  ['EDQUOT', 'DISK_QUOTA'],
  ['EROFS', 'DISK_READ_ONLY'],
  ['EACCES', 'FILE_DENIED'],
  ['EPERM', 'FILE_DENIED'],
  ['EFBIG', 'FILE_TOO_LARGE'],
  ['EMFILE', 'TOO_MANY_FILES'],
  ['ENFILE', 'TOO_MANY_FILES'],
  ['ENOENT', 'FILE_UNUSABLE'],
  ['ENOTDIR', 'FILE_UNUSABLE'],
  ['EISDIR', 'FILE_UNUSABLE'],
  ['ELOOP', 'FILE_UNUSABLE'],
  ['ENAMETOOLONG', 'FILE_UNUSABLE'],
  ['EIO', 'DISK_FAILED'],
  ['ESTALE', 'DISK_FAILED'],
])('%s is %s, and names the place', (code, ours) => {
  const error = fileSystemError(errno(code), { path: '/nowhere/file' });
  expect(error).toMatchObject({ code: ours, exitCode: 8, hint: expect.any(String) });
  expect(error?.message).toMatch(code === 'ENOSPC' || code === 'EDQUOT' ? /disk of \/( is used up|: )/ : /\/nowhere/);
});

test.each([
  [errno('ECONNREFUSED', { syscall: 'connect' })],
  [errno('EACCES', { syscall: 'listen' })],
  [errno('EPERM', { syscall: 'kill' })],
  [errno('ENOENT', { syscall: 'spawn tar', path: 'tar' })],
  [errno('ENOENT', { syscall: 'getaddrinfo' })],
  [errno('ERR_STREAM_PREMATURE_CLOSE')],
  [new TypeError('a mistake')],
  ['a text'],
  [undefined],
])('%s is not about files', (cause) => {
  expect(fileSystemError(cause)).toBeUndefined();
});

test('of two paths the one that is written to counts, and an own path before that of the caller', () => {
  const copied = fileSystemError(errno('EROFS', { path: '/from', dest: '/to' }), { path: '/other' });
  expect(copied?.message).toContain('/to cannot be written');
});

test('says where on its way a path goes wrong', async () => {
  await using folder = await temporaryDirectory();
  const path = (...names: string[]) => join(folder.path, ...names);
  await writeFile(path('file'), '');
  await symlink('nowhere', path('link'));
  for (const [given, at, reason] of [
    [path('file', 'a', 'b'), path('file'), 'it is a file, not a folder'],
    [path('link', 'a'), path('link'), 'it is a link to nowhere, which is not there'],
    [path('none', 'a'), path('none'), 'there is no such folder'],
  ] as const) {
    const made = await atPath(given, () => mkdir(given)).catch((cause) => cause);
    expect(made).toMatchObject({ code: 'FILE_UNUSABLE', message: `${at}: ${reason}` });
  }
});

test.each([
  ['tar: ./x: Cannot write: No space left on device\ntar: Error', 'DISK_FULL'],
  ['tar: ./x: Wrote only 3584 of 10240 bytes', 'DISK_FULL'],
  ['cp: error writing: Disk quota exceeded', 'DISK_QUOTA'],
  ["mkdir: cannot create directory 'x': Read-only file system", 'DISK_READ_ONLY'],
  ['tar: x: Cannot open: Too many open files', 'TOO_MANY_FILES'],
  ['tar: this does not look like a tar archive', undefined],
])('a program that says %j', (text, code) => {
  expect(fileSystemErrorOfProgram(text, '/tmp')?.code).toBe(code);
});

test('room is asked for in blocks, with what it is for', async () => {
  await using folder = await temporaryDirectory();
  const room = freeRoom(join(folder.path, 'not', 'there', 'yet'));
  expect(nearestFolder(join(folder.path, 'not', 'there'))).toBe(folder.path);
  requireRoom(folder.path, [1, 2, 3], 'for a test');
  requireRoom(folder.path, [], 'for nothing');
  const much = (room?.bytes ?? 0) + 1024 ** 4;
  expect(() => requireRoom(folder.path, [much], 'for a test')).toThrow(/TB are needed for a test, .* are free/);
});

test('what is missing is not what may not be read', () => {
  expect(ifMissing('none')(errno('ENOENT'))).toBe('none');
  expect(() => ifMissing('none')(errno('EACCES'))).toThrow('EACCES');
  for (const code of ['ENOSPC', 'EDQUOT', 'DISK_FULL']) expect(isOutOfRoom({ code })).toBe(true);
  for (const code of ['EROFS', undefined]) expect(isOutOfRoom({ code })).toBe(false);
});
