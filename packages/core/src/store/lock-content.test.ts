import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { createLock, readLock } from './lock-content.js';
import { withLock } from './lock-file.js';
import { processIdentity } from './process-identity.js';

test('a lock is a file with its holder; there is one', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'lock');
  expect(await createLock(path, 'me')).toBe(true);
  expect(await createLock(path, 'you')).toBe(false);
  expect(await readFile(path, 'utf8')).toBe('me');
  expect(await readLock(path)).toMatchObject({ owner: 'me', mtimeMs: expect.any(Number) });
});

test('one that a full disk has made a link holds as well, and is broken when its holder has died', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'lock');
  await symlink(processIdentity(), path);
  expect(await createLock(path, 'you')).toBe(false);
  await expect(withLock(path, async () => 1, { timeout: 50 })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  const dead = join(folder.path, 'dead');
  await symlink(processIdentity().replace(/^\d+/, '4194303'), dead);
  expect(await withLock(dead, async () => 1, { timeout: 5000 })).toBe(1);
  await expect(readLock(dead)).rejects.toMatchObject({ code: 'ENOENT' });
});
