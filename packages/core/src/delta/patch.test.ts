/** Matching and patching, without images. */
import { randomBytes } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { type Match, matchBytes } from './match-bytes.js';
import { matchHere } from './match-files.js';
import { applyPatch, PatchError } from './read-patch.js';
import { PatchWriter } from './write-patch.js';

/** Code with an address every few bytes: "rebuilt" moves a function in, and every address after it. */
function program(shift: number, inserted = 0): Buffer {
  const pieces: Buffer[] = [];
  let seed = 7;
  const next = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed >>> 8;
  };
  for (let index = 0; index < 8000; index++) {
    if (index === 3000) pieces.push(Buffer.alloc(inserted, 0x90));
    const instruction = Buffer.alloc(10 + (next() % 12), 0);
    for (let at = 0; at < instruction.length; at++) instruction[at] = next();
    instruction.writeUInt32LE(0x40_0000 + (next() % 100_000) + shift, instruction.length - 4);
    pieces.push(instruction);
  }
  return Buffer.concat(pieces);
}

const covers = (rows: readonly Match[], before: Buffer, after: Buffer) => {
  let end = 0;
  for (const [index, { start, distance, length }] of rows.entries()) {
    expect(start).toBe(end);
    end = rows[index + 1]?.start ?? after.length;
    expect(start + length).toBeLessThanOrEqual(end);
    if (length > 0) expect(start + distance).toBeGreaterThanOrEqual(0);
    if (length > 0) expect(start + distance + length).toBeLessThanOrEqual(before.length);
  }
  if (after.length > 0) expect(end).toBe(after.length);
};

test('what moved is found, also where the addresses in it differ', () => {
  const [before, after] = [program(0), program(320, 320)];
  const rows = matchBytes(before, after);
  covers(rows, before, after);
  const alike = rows.reduce((sum, { length }) => sum + length, 0);
  expect(alike).toBeGreaterThan(after.length - 1000);
  expect(rows.length).toBeLessThan(12);
});

test('any two byte strings: rows are in order, without gaps, and inside', () => {
  const bytes = fc.uint8Array({ maxLength: 300, max: 3 }).map((part) => Buffer.from(part));
  const text = fc.array(bytes, { maxLength: 8 }).map((parts) => Buffer.concat(parts));
  fc.assert(
    fc.property(text, text, (before, after) => covers(matchBytes(before, after), before, after)),
    { numRuns: 300 },
  );
});

/** @returns what the patch makes, and its size */
async function roundTrip(folder: string, before: Buffer, after: Buffer, size?: number) {
  const [oldPath, newPath, path] = [join(folder, 'old'), join(folder, 'new'), join(folder, 'patch')];
  await writeFile(oldPath, before);
  await writeFile(newPath, after);
  const rows = await matchHere(
    { before: { path: oldPath, at: 0, size: before.length }, after: { path: newPath, at: 0, size: after.length } },
    size,
  );
  covers(rows, before, after);
  await using old = await open(oldPath);
  await using fresh = await open(newPath);
  const writer = new PatchWriter(path);
  for (const [index, { start, distance, length }] of rows.entries()) {
    await writer.like({ file: fresh, at: start }, old, start + distance, length);
    const end = rows[index + 1]?.start ?? after.length;
    await writer.fresh({ file: fresh, at: start + length }, end - start - length);
  }
  const parts = await writer.end();
  const patch = { path, parts, old, oldSize: before.length, newSize: after.length };
  return { patch, made: await collect(patch) };
}

async function collect(patch: Parameters<typeof applyPatch>[0]): Promise<Buffer> {
  return await buffer(applyPatch(patch));
}

test('a patch makes the new bytes, and is small where little changed', async () => {
  await using folder = await temporaryDirectory();
  const [before, after] = [program(0), program(64, 100)];
  const { patch, made } = await roundTrip(folder.path, before, after);
  expect(made.equals(after)).toBe(true);
  expect(patch.parts.reduce((sum, size) => sum + size, 0)).toBeLessThan(after.length / 5);
  for (const [a, b] of [
    [randomBytes(0), randomBytes(5000)],
    [randomBytes(5000), randomBytes(0)],
    [randomBytes(9000), randomBytes(7000)],
  ] as const)
    expect((await roundTrip(folder.path, a, b)).made.equals(b)).toBe(true);
});

test('large files are matched window by window', async () => {
  await using folder = await temporaryDirectory();
  const [before, after] = [program(0), program(64, 100)];
  const { patch, made } = await roundTrip(folder.path, before, after, 20_000);
  expect(made.equals(after)).toBe(true);
  expect(patch.parts.reduce((sum, size) => sum + size, 0)).toBeLessThan(after.length / 3);
});

test('a damaged patch is an error, never other bytes in silence or bytes without end', async () => {
  await using folder = await temporaryDirectory();
  const [before, after] = [program(0), program(64, 100)];
  const made = await roundTrip(folder.path, before, after);
  await using old = await open(join(folder.path, 'old'));
  const patch = { ...made.patch, old };
  await expect(collect({ ...patch, oldSize: 1000 })).rejects.toThrow(PatchError);
  await expect(collect({ ...patch, newSize: after.length - 5 })).rejects.toThrow(/more bytes/);
  await expect(collect({ ...patch, newSize: after.length + 5 })).rejects.toThrow(/too early/);
  const [commands, differences, fresh] = patch.parts;
  await expect(collect({ ...patch, parts: [commands, differences - 3, fresh] })).rejects.toThrow();
  await expect(collect({ ...patch, parts: [commands - 1, differences, fresh] })).rejects.toThrow();
});
