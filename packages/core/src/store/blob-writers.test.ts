import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOf } from '../image/digest.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { BlobWriter } from './blob-writer.js';
import { ThreadedBlobWriter } from './threaded-blob-writer.js';

const bytes = randomBytes(5_300_000);
const writers = { 'in this thread': BlobWriter, 'in another thread': ThreadedBlobWriter };

/** In pieces of many sizes; some share their memory with the others, as parts of a larger read do. */
async function writeAll(writer: BlobWriter | ThreadedBlobWriter, from: number) {
  for (let at = from, size = 1; at < bytes.length; at += size, size = (size * 3) % 700_001) {
    const piece = bytes.subarray(at, at + size);
    const full = writer.write(size % 2 ? piece : Buffer.from(Uint8Array.from(piece).buffer));
    if (full) await full;
  }
  await writer.flush();
}

test.each(Object.entries(writers))(
  'bytes are written and hashed %s, several blobs at a time',
  async (_where, Writer) => {
    await using folder = await temporaryDirectory();
    const expected = digestOf(bytes);
    const write = async (name: string) => {
      const path = join(folder.path, name);
      const file = await open(path, 'w+');
      const writer = new Writer(file);
      await writeAll(writer, 0);
      expect(writer.size).toBe(bytes.length);
      expect(await writer.digest()).toBe(expected);
      await file.close();
      expect(digestOf(await readFile(path))).toBe(expected);
    };
    await Promise.all(['a', 'b', 'c'].map(write));
  },
);

test('a beginning is taken in', async () => {
  await using folder = await temporaryDirectory();
  const file = await open(join(folder.path, 'blob'), 'w+');
  await file.write(bytes, 0, 2_000_000, 0);
  const writer = new ThreadedBlobWriter(file);
  await writer.takeIn(2_000_000);
  await writeAll(writer, 2_000_000);
  expect(await writer.digest()).toBe(digestOf(bytes));
  await file.close();
});

test.each(Object.entries(writers))(
  'a full disk is told of %s, and the next blob does not notice',
  async (_where, Writer) => {
    const full = await open('/dev/full', 'w');
    const writer = new Writer(full);
    await expect(writeAll(writer, 0)).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(writer.flush()).rejects.toMatchObject({ code: 'ENOSPC' });
    if (writer instanceof ThreadedBlobWriter) await writer.drop();
    await full.close();
    const nowhere = await open('/dev/null', 'w');
    const next = new Writer(nowhere);
    await writeAll(next, 0);
    expect(await next.digest()).toBe(digestOf(bytes));
    await nowhere.close();
  },
);
