import { randomBytes } from 'node:crypto';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { digestOf } from './digest.js';
import { FileHash } from './hash-thread.js';

test('files are hashed as they grow, several at a time', async () => {
  await using folder = await temporaryDirectory();
  const follow = async (name: string) => {
    const path = join(folder.path, name);
    const bytes = randomBytes(3_500_000);
    const hash = new FileHash(path);
    for (let at = 0; at < bytes.length; at += 1_000_000) {
      await appendFile(path, bytes.subarray(at, at + 1_000_000));
      hash.upTo(Math.min(at + 1_000_000, bytes.length));
    }
    return [await hash.digest(), digestOf(bytes)];
  };
  for (const [actual, expected] of await Promise.all(['a', 'b', 'c'].map(follow))) expect(actual).toBe(expected);
});

test('a file that is shorter than was said, or gone, is an error; a dropped one is not', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'short');
  await writeFile(path, 'short');
  const short = new FileHash(path);
  short.upTo(1000);
  await expect(short.digest()).rejects.toThrow(/shorter/);
  const dropped = new FileHash(path);
  dropped.upTo(5);
  dropped.drop();
  await rm(path);
  const gone = new FileHash(path);
  gone.upTo(5);
  await expect(gone.digest()).rejects.toThrow(/ENOENT/);
});
