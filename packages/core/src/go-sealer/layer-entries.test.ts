import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { tarEnd, tarHeader } from '../tar/tar-header.js';
import { allowanceFor, layerEntries } from './layer-entries.js';
import { LayerTree } from './layer-tree.js';

const zeros = Buffer.concat([tarHeader('zeros', 2 ** 20), Buffer.alloc(2 ** 20), tarHeader('a', 0), tarEnd]);
const plenty = { bytes: 2 ** 30, entries: 100, names: 100 };

async function read(allowance: Partial<typeof plenty>, bytes = gzipSync(zeros)): Promise<string[]> {
  const tree = new LayerTree();
  const { entries } = layerEntries(Readable.from([bytes]), 'a layer', tree, { ...plenty, ...allowance });
  const names: string[] = [];
  for await (const { name } of entries) names.push(name);
  return names;
}

test('what is within bounds passes, what is beyond is refused while it is read', async () => {
  expect(await read({})).toEqual(['zeros', 'a']);
  await expect(read({ bytes: 2 ** 19 })).rejects.toThrow('far more than its compressed bytes promise');
  await expect(read({ entries: 1 })).rejects.toThrow('the image has more than');
  await expect(read({ names: 5 })).rejects.toThrow('too long to be kept');
});

test('an image may unpack to a hundred times its size and a gibibyte', () => {
  expect(allowanceFor(10_000_000).bytes).toBe(1_000_000_000 + 2 ** 30);
});

test('damaged gzip is an error of the layer', async () => {
  const bytes = gzipSync(Buffer.concat([tarHeader('a', 0), tarEnd]));
  bytes.writeUInt32LE(1, bytes.length - 8);
  await expect(read({}, bytes)).rejects.toThrow('incorrect data check');
});
