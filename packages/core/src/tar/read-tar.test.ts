import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { readTar, TarError } from './read-tar.js';
import { tarEnd, tarHeader, tarPadding } from './tar-header.js';

async function read(bytes: Buffer, chunk = 700): Promise<[string, string, string][]> {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, at) =>
    bytes.subarray(at * chunk, (at + 1) * chunk),
  );
  const found: [string, string, string][] = [];
  for await (const entry of readTar(Readable.from(chunks))) {
    found.push([entry.name, entry.type, String(await buffer(Readable.from(entry.content, { objectMode: false })))]);
  }
  return found;
}

test('reads what another writer packs, long and non-ASCII names too, however the bytes are cut up', async () => {
  const name = fc.stringMatching(/^[a-zä日]{1,90}(\/[a-zü]{1,90}){0,3}$/);
  const files = fc.uniqueArray(fc.tuple(name, fc.string({ maxLength: 1500 })), {
    selector: ([key]) => key,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 2000 }), async (entries, chunk) => {
      const tar = pack();
      for (const [key, content] of entries) tar.entry({ name: key }, content);
      tar.finalize();
      const bytes = await buffer(tar as unknown as NodeJS.ReadableStream);
      expect(await read(bytes, chunk)).toEqual(entries.map(([key, content]) => [key, 'file', content]));
    }),
    { numRuns: 60 },
  );
});

test('our own headers are read back, with a size above 8 GiB in the binary form', async () => {
  const bytes = Buffer.concat([tarHeader('dir/', 0), tarHeader('dir/a', 3), Buffer.from('abc'), tarPadding(3), tarEnd]);
  expect(await read(bytes)).toEqual([
    ['dir/', 'directory', ''],
    ['dir/a', 'file', 'abc'],
  ]);
  const entries = readTar(Readable.from([tarHeader('large', 20 * 2 ** 30)]));
  expect((await entries.next()).value).toMatchObject({ name: 'large', size: 20 * 2 ** 30 });
});

test('every cut is noticed', async () => {
  const bytes = Buffer.concat([tarHeader('a', 600), Buffer.alloc(600, 1), tarPadding(600), tarEnd]);
  for (const length of [0, 100, 512, 700, 1112, 1536]) {
    await expect(read(bytes.subarray(0, length)), `${length}`).rejects.toThrow(TarError);
  }
  const changed = Buffer.from(bytes);
  changed[0] = 0x62;
  await expect(read(changed)).rejects.toThrow('wrong checksum');
});
