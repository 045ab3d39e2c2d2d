/** Which files the tar of a layer holds, by content, and where in it: the ground on which a delta is planned. */
import { createHash } from 'node:crypto';
import { readTar } from '../tar/read-tar.js';

export interface TarFile {
  /** Without leading `./`. Only compared, never opened. */
  path: string;
  /** Where its headers begin, where its bytes do, and where the next entry begins. */
  start: number;
  offset: number;
  end: number;
  size: number;
  /** Hex digits of the bytes' sha256. */
  content: string;
}

/** Files with bytes, in the tar's order. @throws TarError */
export async function tarInventory(tar: AsyncIterable<Buffer>): Promise<TarFile[]> {
  const files: TarFile[] = [];
  for await (const { name, type, size, start, offset, content } of readTar(tar)) {
    if (type !== 'file' || size === 0) continue;
    const hash = createHash('sha256');
    for await (const piece of content) hash.update(piece);
    files.push({
      path: name.replace(/^(\.?\/)+/, ''),
      start,
      offset,
      end: offset + Math.ceil(size / 512) * 512,
      size,
      content: hash.digest('hex'),
    });
  }
  return files;
}
