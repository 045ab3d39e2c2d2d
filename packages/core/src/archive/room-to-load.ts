/** What a load will add to the store, as far as the headers of a plain tar say it: read by leaps, before anything else. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Descriptor } from '../image/descriptor.js';
import { isDigest } from '../image/digest.js';
import type { BlobStore } from '../store/store.js';
import { findParts } from './archive-parts.js';

const block = 512;
/** Blobs under their digests: of layouts, of skopeo's docker-archives. */
const blobName = /^(?:\.\/)?(?:blobs\/sha256\/([0-9a-f]{64})|([0-9a-f]{64})\.(?:tar|json))$/;

/** Compressed archives and streams do not say it; then nothing is asked. @throws DISK_FULL, DISK_NO_INODES */
export async function requireRoomToLoad(archive: string, store: BlobStore): Promise<void> {
  const parts = await findParts(archive);
  const blobs = await blobsIn(parts.length > 0 ? parts : [archive]).catch(() => []);
  await store.requireRoom(blobs, `to load ${archive}`);
}

async function blobsIn(files: readonly string[]): Promise<Descriptor[]> {
  const handles: FileHandle[] = [];
  try {
    const read = await readerOf(files, handles);
    const blobs: Descriptor[] = [];
    for (let at = 0; ; ) {
      const header = await read(at);
      const name = header && isHeader(header) ? text(header, 0, 100) : '';
      if (header === undefined || name === '') return blobs;
      const size = sizeOf(header);
      const hex = blobName.exec(name)?.slice(1).find(Boolean);
      const digest = `sha256:${hex}`;
      if (isDigest(digest)) blobs.push({ mediaType: '', digest, size });
      at += block + Math.ceil(size / block) * block;
    }
  } finally {
    for (const handle of handles) await handle.close();
  }
}

/** Gives the block that begins at a byte of the joined files; undefined behind their end. */
async function readerOf(files: readonly string[], handles: FileHandle[]) {
  const starts: { handle: FileHandle; start: number; end: number }[] = [];
  let total = 0;
  for (const file of files) {
    const handle = await open(file, 'r');
    handles.push(handle);
    const found = await handle.stat();
    // A pipe has no leaps in it.
    if (!found.isFile()) return async () => undefined;
    starts.push({ handle, start: total, end: total + found.size });
    total += found.size;
  }
  return async (at: number): Promise<Buffer | undefined> => {
    if (at + block > total) return undefined;
    const bytes = Buffer.alloc(block);
    for (let done = 0; done < block; ) {
      const part = starts.find(({ end }) => at + done < end);
      if (!part) return undefined;
      const { bytesRead } = await part.handle.read(bytes, done, block - done, at + done - part.start);
      if (bytesRead === 0) return undefined;
      done += bytesRead;
    }
    return bytes;
  };
}

/** By its checksum: bytes of a compressed archive have none. */
function isHeader(header: Buffer): boolean {
  let sum = 0;
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum === Number.parseInt(text(header, 148, 8), 8);
}

/** Octal, or in base 256 for what is larger. */
function sizeOf(header: Buffer): number {
  if (((header[124] as number) & 0x80) === 0) return Number.parseInt(text(header, 124, 12) || '0', 8);
  return header.subarray(125, 136).reduce((sum, byte) => sum * 256 + byte, 0);
}

function text(header: Buffer, start: number, length: number): string {
  return header
    .toString('latin1', start, start + length)
    .replace(/[\0 ]+.*$/s, '')
    .trim();
}
