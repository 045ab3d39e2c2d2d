/**
 * Finds out how a layer was compressed, so that its blob can be made again from its tar. Guessed from the beginning of
 * the blob; whether the guess is right for all of it is proven by digest when the delta is made.
 */
import { pipeline, Readable } from 'node:stream';
import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib';
import type { Digest } from '../image/descriptor.js';
import { firstBytes, firstOf, uncompressedBytes } from '../rootfs/uncompressed-layer.js';
import type { BlobStore } from '../store/store.js';
import { gzipMembers, memberSize } from '../tar/gzip-members.js';
import type { LayerCompression } from './delta-document.js';

const sampleSize = 1024 * 1024;
/** The usual ones first, but before them what the header says: 2 for the most compression, 4 for the least (RFC 1952). */
const levels = [6, 9, 1, 5, 4, 3, 2, 7, 8];
const levelOfFlag: Readonly<Record<number, number>> = { 2: 9, 4: 1 };

/**
 * Undefined when the blob cannot be made again here. So it is with what other programs than those of zlib compressed:
 * Go's compress/gzip (docker, buildah, kaniko), GNU gzip, pigz.
 */
export async function detectCompression(store: BlobStore, digest: Digest): Promise<LayerCompression | undefined> {
  const head = await firstBytes(store, digest, memberSize + 64 * 1024);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return { kind: 'none' };
  const tar = await firstOf(uncompressedBytes(store, digest), memberSize);
  for await (const member of gzipMembers(once(tar)))
    if (head.subarray(0, member.length).equals(member)) return { kind: 'members' };
  const start = headerLength(head);
  if (start === undefined) return undefined;
  const said = levelOfFlag[head[8] as number];
  for (const memLevel of [8, 9])
    for (const level of said === undefined ? levels : [said, ...levels]) {
      if (!begins(head.subarray(start), tar, { level, memLevel })) continue;
      const size = (await store.blobSize(digest)) ?? 0;
      const trailer = await firstOf(
        store.readBlob(digest, { start: size - 8, end: size - 1 }) as AsyncIterable<Buffer>,
        8,
      );
      const text = (bytes: Buffer) => bytes.toString('base64');
      return { kind: 'zlib', level, memLevel, header: text(head.subarray(0, start)), trailer: text(trailer) };
    }
  return undefined;
}

/** The blob's bytes from the tar's. */
export async function* compressLayer(
  tar: AsyncIterable<Buffer>,
  compression: LayerCompression,
): AsyncGenerator<Buffer> {
  if (compression.kind === 'none') yield* tar;
  else if (compression.kind === 'members') yield* gzipMembers(tar);
  else {
    const { level, memLevel, header, trailer } = compression;
    yield Buffer.from(header, 'base64');
    const deflate = createDeflateRaw({ level, memLevel, chunkSize: 256 * 1024 });
    // An error of the tar is the error of who reads what comes out.
    yield* pipeline(Readable.from(tar, { objectMode: false }), deflate, () => undefined) as AsyncIterable<Buffer>;
    yield Buffer.from(trailer, 'base64');
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** Whether these parameters give the beginning of the compressed bytes. */
function begins(compressed: Buffer, tar: Buffer, parameters: { level: number; memLevel: number }): boolean {
  const whole = tar.length <= sampleSize;
  const finishFlush = whole ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
  const made = deflateRawSync(tar.subarray(0, sampleSize), { ...parameters, finishFlush });
  // The last block of a part is not the one that zlib would make with more to come.
  const compared = whole ? made.length : made.length >> 1;
  return compressed.subarray(0, compared).equals(made.subarray(0, compared));
}

/** Of a gzip member (RFC 1952 section 2.3); undefined when it is damaged. */
function headerLength(head: Buffer): number | undefined {
  const flags = head[3] ?? 0;
  let at = 10;
  if (flags & 4) at += 2 + head.readUInt16LE(at);
  for (const flag of [8, 16])
    if (flags & flag) {
      const end = head.indexOf(0, at);
      if (end < 0) return undefined;
      at = end + 1;
    }
  if (flags & 2) at += 2;
  return at < head.length ? at : undefined;
}
