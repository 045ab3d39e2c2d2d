/** The bytes of the base that a patch copies from, laid end to end in a temporary file: a tar in gzip cannot be searched. */
import { open } from 'node:fs/promises';
import type { Digest } from '../image/descriptor.js';
import { uncompressedBytes } from '../rootfs/uncompressed-layer.js';
import type { BlobStore } from '../store/store.js';
import type { LayerSource } from './delta-document.js';

/** Ranges nearer than this are one: the headers between two files. */
const nearness = 2048;

/** Which ranges are needed, and where each will lie. */
export class OldSpace {
  readonly sources: LayerSource[];
  readonly size: number;
  readonly #places = new Map<Digest, { ranges: [number, number][]; base: number[] }>();

  constructor(wanted: readonly { layer: Digest; start: number; end: number }[]) {
    const byLayer = new Map<Digest, [number, number][]>();
    for (const { layer, start, end } of [...wanted].sort((a, b) => a.start - b.start)) {
      const ranges = byLayer.get(layer) ?? [];
      byLayer.set(layer, ranges);
      const last = ranges.at(-1);
      if (last && start <= last[0] + last[1] + nearness) last[1] = Math.max(last[1], end - last[0]);
      else ranges.push([start, end - start]);
    }
    this.sources = [...byLayer].map(([layer, ranges]) => ({ layer, ranges }));
    let size = 0;
    for (const { layer, ranges } of this.sources) {
      const base: number[] = [];
      for (const [, length] of ranges) {
        base.push(size);
        size += length;
      }
      this.#places.set(layer, { ranges, base });
    }
    this.size = size;
  }

  /** Where the byte at `offset` of a layer's tar lies; it must be in a wanted range. */
  place(layer: Digest, offset: number): number {
    const { ranges, base } = this.#places.get(layer) as { ranges: [number, number][]; base: number[] };
    let low = 0;
    for (let high = ranges.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if ((ranges[middle] as [number, number])[0] <= offset) low = middle;
      else high = middle - 1;
    }
    return (base[low] as number) + offset - (ranges[low] as [number, number])[0];
  }
}

/** @returns bytes written; fewer than asked for when a layer ends before its last range. @throws BLOB_MISSING */
export async function extractSources(
  store: BlobStore,
  sources: readonly LayerSource[],
  path: string,
  signal?: AbortSignal,
): Promise<number> {
  const file = await open(path, 'wx');
  let written = 0;
  try {
    for (const { layer, ranges } of sources)
      for await (const piece of pick(uncompressedBytes(store, layer), ranges)) {
        signal?.throwIfAborted();
        for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
        written += piece.length;
      }
  } finally {
    await file.close();
  }
  return written;
}

/** Reads no further than the last range. */
async function* pick(bytes: AsyncIterable<Buffer>, ranges: readonly [number, number][]): AsyncGenerator<Buffer> {
  let position = 0;
  let index = 0;
  if (ranges.length === 0) return;
  for await (const piece of bytes) {
    const end = position + piece.length;
    for (; index < ranges.length; index++) {
      const [start, length] = ranges[index] as [number, number];
      if (start < end && start + length > position)
        yield piece.subarray(Math.max(0, start - position), start + length - position);
      if (start + length > end) break;
    }
    if (index === ranges.length) return;
    position = end;
  }
}
