import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { digestOf, hexOf } from '../image/digest.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import type { ByteSink } from './byte-sink.js';

const bytes = randomBytes(3_000_000);
const blob = { digest: digestOf(bytes), size: bytes.length };
/** Of a process that is gone: no machine of this name, or pid, is alive. */
const left = (owner: string) => `partial-${hexOf(blob.digest)}~${owner}~abc`;

async function put(beginning: Buffer, owner: string) {
  const folder = await temporaryDirectory();
  const store = await openStore(folder.path);
  const temporary = join(folder.path, 'tmp');
  await writeFile(join(temporary, left(owner)), beginning);
  const starts: number[] = [];
  const content = async (start: number, sink: ByteSink) => {
    starts.push(start);
    await sink(Buffer.from(bytes.subarray(start)));
  };
  await store.putBlob(blob, content);
  const rest = (await readdir(temporary)).filter((name) => name.startsWith('partial-'));
  const stored = await store.blobSize(blob.digest);
  await folder[Symbol.asyncDispose]();
  return { starts, rest, stored };
}

test('a beginning is gone on with; an empty one, a wrong one and one too long are begun anew', async () => {
  const whole = { rest: [], stored: blob.size };
  expect(await put(bytes.subarray(0, 2_000_000), 'released')).toEqual({ starts: [2_000_000], ...whole });
  expect(await put(bytes, 'released')).toEqual({ starts: [], ...whole });
  expect(await put(Buffer.alloc(0), 'released')).toEqual({ starts: [0], ...whole });
  expect(await put(randomBytes(2_000_000), 'released')).toEqual({ starts: [2_000_000, 0], ...whole });
  expect(await put(randomBytes(4_000_000), 'released')).toEqual({ starts: [0], ...whole });
});

test('what another machine may be writing is left alone', async () => {
  const owner = '1.1.another-machine';
  expect(await put(bytes.subarray(0, 2_000_000), owner)).toMatchObject({ starts: [0], rest: [left(owner)] });
});
