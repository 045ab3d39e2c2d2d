/** Deltas below the blob: layers rebuilt bit for bit or carried whole, and archives that must be refused. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadImages } from '../archive/load-archive.js';
import { saveImages } from '../archive/save-archive.js';
import { openStore } from '../go-sealer/open-store.js';
import type { ImageStore } from '../store/store.js';
import { gzipMembers } from '../tar/gzip-members.js';
import { readTar } from '../tar/read-tar.js';
import { tarEnd, tarHeader, tarPadding } from '../tar/tar-header.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { type DeltaDocument, deltaFolder } from './delta-document.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: ImageStore;
const code = (value: string) => expect.objectContaining({ code: value });

beforeEach(async () => {
  folder = await temporaryDirectory();
  store = await openStore(join(folder.path, 'store'));
});
afterEach(() => folder[Symbol.asyncDispose]());

const tarOf = (files: Record<string, Buffer>) =>
  Buffer.concat([
    ...Object.entries(files).flatMap(([name, bytes]) => [
      tarHeader(name, bytes.length),
      bytes,
      tarPadding(bytes.length),
    ]),
    tarEnd,
  ]);

/** Like a rebuilt program: some bytes more in the middle, some others everywhere. */
function rebuilt(program: Buffer): Buffer {
  const middle = program.length >> 1;
  const copy = Buffer.concat([program.subarray(0, middle), Buffer.from('a new function'), program.subarray(middle)]);
  for (let at = 100; at < copy.length; at += 997) copy[at] = (copy[at] as number) + 8;
  return copy;
}

const kubelet = randomBytes(200_000);
const unchanged = randomBytes(100_000);
const older = tarOf({ 'bin/kubelet': kubelet, 'bin/crictl': unchanged, 'etc/a': Buffer.from('one') });
/** The unchanged file has moved, the changed one too. */
const newer = tarOf({ 'etc/a': Buffer.from('two'), 'usr/bin/crictl': unchanged, 'usr/bin/kubelet': rebuilt(kubelet) });

/** Two images, and the delta between them. */
async function pair(compress?: (tar: Buffer) => Buffer | Promise<Buffer>, tars: [Buffer, Buffer] = [older, newer]) {
  const how = compress ? { compress } : {};
  await putTestClusterImage(store, { name: 'a:1', rootfs: tars[0], ...how });
  const next = await putTestClusterImage(store, { name: 'a:2', rootfs: tars[1], ...how });
  const path = join(folder.path, 'delta.tar');
  const saved = await saveImages(store, ['a:2'], path, { base: 'a:1' });
  await saveImages(store, ['a:1'], join(folder.path, 'base.tar'));
  return { path, saved, digest: next.digest };
}

/** A store that holds the base and nothing else. */
async function receiver(name = 'receiver'): Promise<ImageStore> {
  const target = await openStore(join(folder.path, name));
  await loadImages(target, join(folder.path, 'base.tar'));
  return target;
}

test.each([
  [
    'made by sealer',
    (tar: Buffer) =>
      buffer(
        gzipMembers(
          (async function* () {
            yield tar;
          })(),
        ),
      ),
  ],
  ['gzip level 9', (tar: Buffer) => gzipSync(tar, { level: 9 })],
  ['gzip level 1, most memory', (tar: Buffer) => gzipSync(tar, { level: 1, memLevel: 9 })],
  ['not compressed', (tar: Buffer) => tar],
] as const)('a layer %s is rebuilt bit for bit', async (_name, compress) => {
  const { path, saved, digest } = await pair(compress);
  expect(saved.delta?.whole).toEqual([]);
  expect(saved.delta?.patched).toHaveLength(1);
  expect(saved.bytes).toBeLessThan(20_000);
  expect(saved.fullBytes).toBeGreaterThan(280_000);
  const target = await receiver();
  await loadImages(target, path);
  expect((await target.open('a:2')).digest).toBe(digest);
  // Nothing of the delta stays behind.
  expect((await readdir(join(target.directory, 'tmp'))).filter((name) => !name.startsWith('lease'))).toEqual([]);
  expect((await readdir(join(store.directory, 'tmp'))).filter((name) => !name.startsWith('lease'))).toEqual([]);
});

test('a layer that cannot be made again is carried whole, and the reason is said', async () => {
  // Valid gzip, compressed as none of our programs does it.
  const odd = (tar: Buffer) => {
    const plain = gzipSync(tar, { level: 9 });
    const body = deflateRawSync(tar, { strategy: constants.Z_FIXED, level: 4 });
    return Buffer.concat([plain.subarray(0, 10), body, plain.subarray(-8)]);
  };
  const { path, saved, digest } = await pair(odd);
  expect(saved.delta?.patched).toEqual([]);
  expect(saved.delta?.whole).toEqual([expect.objectContaining({ reason: expect.stringContaining('compression') })]);
  const target = await receiver();
  await loadImages(target, path);
  expect((await target.open('a:2')).digest).toBe(digest);
});

test('one member that begins as ours and goes on differently: the digest decides', async () => {
  const zeros = Buffer.alloc(2_000_000);
  const tars: [Buffer, Buffer] = [tarOf({ g: kubelet, f: zeros }), tarOf({ g: rebuilt(kubelet), f: zeros })];
  const twoMembers = (tar: Buffer) =>
    Buffer.concat([gzipSync(tar.subarray(0, 1_500_000)), gzipSync(tar.subarray(1_500_000))]);
  const { saved } = await pair(twoMembers, tars);
  expect(saved.delta?.patched).toEqual([]);
  expect(saved.delta?.whole[0]?.reason).toMatch(/another digest/);
});

test('what is not like anything, no tar, or expands without bounds is carried whole', async () => {
  const { saved } = await pair(undefined, [older, tarOf({ 'x/new': randomBytes(100_000) })]);
  expect(saved.delta?.whole[0]?.reason).toMatch(/no file like/);
  const noTar = await pair(undefined, [older, randomBytes(50_000)]);
  expect(noTar.saved.delta?.whole[0]?.reason).toMatch(/not a usable tar/);
  const other = await pair(undefined, [older, tarOf({ 'bin/kubelet': randomBytes(200_000) })]);
  expect(other.saved.delta?.whole[0]?.reason).toMatch(/not be smaller/);
});

test('without patches changed layers are carried whole', async () => {
  await pair();
  const path = join(folder.path, 'whole.tar');
  const saved = await saveImages(store, ['a:2'], path, { base: 'a:1', patch: false });
  expect(saved.delta).toBeUndefined();
  expect(saved.bytes).toBeGreaterThan(280_000);
});

test('a delta whose base is not there is refused by name, and leaves nothing', async () => {
  const { path } = await pair();
  const target = await openStore(join(folder.path, 'empty'));
  const failure = await loadImages(target, path).catch((cause) => cause);
  expect(failure).toEqual(code('DELTA_BASE_MISSING'));
  expect(failure.message).toContain('docker.io/library/a:1');
  expect(await target.list()).toEqual([]);
  expect((await readdir(join(target.directory, 'tmp'))).filter((name) => !name.startsWith('lease'))).toEqual([]);
});

/** The archive with its document changed, under the digest of the new one. */
async function edited(path: string, change: (document: DeltaDocument) => void): Promise<string> {
  const bytes = await readFile(path);
  const pieces: Buffer[] = [];
  const entries: { name: string; content: Buffer }[] = [];
  for await (const entry of readTar(
    (async function* () {
      yield bytes;
    })(),
  ))
    if (entry.type === 'file') entries.push({ name: entry.name, content: await buffer(entry.content) });
  let digests: [string, string] = ['', ''];
  for (const entry of entries) {
    if (!entry.name.startsWith(deltaFolder) || entry.content[0] !== 0x7b) continue;
    const document = JSON.parse(String(entry.content)) as DeltaDocument;
    change(document);
    entry.content = Buffer.from(JSON.stringify(document));
    const hex = createHash('sha256').update(entry.content).digest('hex');
    digests = [entry.name.slice(deltaFolder.length), hex];
    entry.name = `${deltaFolder}${hex}`;
  }
  for (const entry of entries) {
    if (entry.name === 'index.json') entry.content = Buffer.from(String(entry.content).replace(digests[0], digests[1]));
    pieces.push(tarHeader(entry.name, entry.content.length), entry.content, tarPadding(entry.content.length));
  }
  const target = `${path}.edited`;
  await writeFile(target, Buffer.concat([...pieces, tarEnd]));
  return target;
}

const lies: [string, string, (document: DeltaDocument) => void][] = [
  ['another version', 'DELTA_INVALID', (said) => Object.assign(said, { schemaVersion: 2 })],
  ['no media type', 'DELTA_INVALID', (said) => Object.assign(said, { mediaType: 'text/plain' })],
  ['layers that are no list', 'DELTA_INVALID', (said) => Object.assign(said, { layers: {} })],
  ['a negative size', 'DELTA_INVALID', (said) => (said.layers[0]!.tarSize = -1)],
  ['ranges that overlap', 'DELTA_INVALID', (said) => said.layers[0]!.sources[0]!.ranges.push([0, 10])],
  ['the same layer twice', 'DELTA_INVALID', (said) => said.layers[0]!.sources.push(said.layers[0]!.sources[0]!)],
  ['an unknown compression', 'DELTA_INVALID', (said) => Object.assign(said.layers[0]!.compression, { kind: 'lzma' })],
  ['a tar that is too short', 'DELTA_INVALID', (said) => (said.layers[0]!.tarSize -= 512)],
  ['a tar that is too long', 'DELTA_INVALID', (said) => (said.layers[0]!.tarSize += 512)],
  ['fewer sources', 'DELTA_INVALID', (said) => (said.layers[0]!.sources[0]!.ranges.length = 0)],
  ['other sources', 'DELTA_INVALID', (said) => (said.layers[0]!.sources[0]!.ranges[0]![0] += 1)],
  ['a patch that is not there', 'DELTA_INVALID', (said) => (said.layers[0]!.patch.digest = `sha256:${'0'.repeat(64)}`)],
  ['other parameters', 'DELTA_INVALID', (said) => Object.assign(said.layers[0]!.compression, { level: 2 })],
  [
    'another compressor',
    'DELTA_NOT_REPRODUCED',
    (said) => {
      said.compressor = 'zlib 0.9 vax';
      Object.assign(said.layers[0]!.compression, { level: 2 });
    },
  ],
];
test('a document that lies is refused, and nothing gets a name', async () => {
  const { path, digest } = await pair();
  const target = await receiver();
  const before = await target.list();
  for (const [name, expected, change] of lies) {
    await expect(loadImages(target, await edited(path, change)), name).rejects.toEqual(code(expected));
    expect(await target.list()).toEqual(before);
  }
  // And the sound one still loads.
  await loadImages(target, path);
  expect((await target.open('a:2')).digest).toBe(digest);
});

test('a changed byte of a patch or of the document, and a cut archive', async () => {
  const { path, saved } = await pair();
  const target = await receiver();
  const bytes = await readFile(path);
  const at = bytes.indexOf(Buffer.from('"schemaVersion":1,"mediaType":"application/vnd.sealer.delta'));
  const inDocument = Buffer.from(bytes);
  inDocument[at + 3]! ^= 1;
  const inPatch = Buffer.from(bytes);
  // The patch is what stands last in the archive.
  const patchBytes = saved.delta?.patched[0]?.patchBytes as number;
  inPatch[bytes.length - tarEnd.length - tarPadding(patchBytes).length - 5]! ^= 1;
  for (const damaged of [inDocument, inPatch]) {
    await writeFile(`${path}.damaged`, damaged);
    await expect(loadImages(target, `${path}.damaged`)).rejects.toEqual(code('BLOB_DIGEST_MISMATCH'));
  }
  for (const part of [0.2, 0.5, 0.9]) {
    await writeFile(`${path}.damaged`, bytes.subarray(0, Math.floor(bytes.length * part)));
    await expect(loadImages(target, `${path}.damaged`)).rejects.toEqual(code('ARCHIVE_INVALID'));
  }
  expect((await target.list()).map(({ name }) => name)).toEqual(['docker.io/library/a:1']);
});

test('a load that is interrupted can be run again', async () => {
  const { path, digest } = await pair();
  const target = await receiver();
  const abort = new AbortController();
  const emit = (event: { type: string }) => {
    if (event.type === 'progress') abort.abort(new Error('interrupted'));
  };
  await expect(loadImages(target, path, { signal: abort.signal, emit })).rejects.toThrow('interrupted');
  expect((await readdir(join(target.directory, 'tmp'))).filter((name) => !name.startsWith('lease'))).toEqual([]);
  await loadImages(target, path);
  expect((await target.open('a:2')).digest).toBe(digest);
});
