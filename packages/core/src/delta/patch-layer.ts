/** Plans and writes the patch of one layer: which file of the base each of its files is, or is made from. */
import { type FileHandle, open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { BlobStore } from '../store/store.js';
import type { Match } from './match-bytes.js';
import { matchFiles } from './match-files.js';
import type { OldFile, OldFiles } from './old-files.js';
import { extractSources, OldSpace } from './old-space.js';
import type { TarFile } from './tar-inventory.js';
import { PatchWriter } from './write-patch.js';

interface Pair {
  file: TarFile;
  old: OldFile;
  /** Undefined when they are the same. */
  matches?: Promise<Match[]>;
}

export interface PatchJob {
  store: BlobStore;
  /** The layer's tar, and its files. */
  tar: { path: string; size: number; files: readonly TarFile[] };
  olds: OldFiles;
  /** Written: the old space, and the patch. */
  oldPath: string;
  patchPath: string;
  signal?: AbortSignal | undefined;
}

/** Undefined when the base holds nothing like it. */
export async function patchLayer(job: PatchJob) {
  const { store, tar, olds, oldPath, patchPath, signal } = job;
  const pairs: Pair[] = [];
  for (const file of tar.files) {
    const same = olds.same(file);
    const old = same ?? olds.like(file);
    if (old) pairs.push(same ? { file, old } : { file, old, matches: Promise.resolve([]) });
  }
  if (pairs.length === 0) return undefined;
  const space = new OldSpace(pairs.map(({ old }) => old));
  await extractSources(store, space.sources, oldPath, signal);
  const limit = pLimit(availableParallelism());
  const failed = new AbortController();
  const ends = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  for (const pair of pairs) {
    if (!pair.matches) continue;
    const { file, old } = pair;
    const before = { path: oldPath, at: space.place(old.layer, old.offset), size: old.size };
    pair.matches = limit(async () => {
      ends.throwIfAborted();
      return await matchFiles({ before, after: { path: tar.path, at: file.offset, size: file.size } }, ends);
    });
    pair.matches.catch(() => undefined);
  }
  const [fresh, old] = [await open(tar.path, 'r'), await open(oldPath, 'r')];
  const writer = new PatchWriter(patchPath);
  try {
    await writePairs(writer, pairs, fresh, old, space, tar.size, ends);
    return { space, parts: await writer.end() };
  } catch (cause) {
    failed.abort(cause);
    writer.abandon();
    throw cause;
  } finally {
    await fresh.close();
    await old.close();
  }
}

async function writePairs(
  writer: PatchWriter,
  pairs: readonly Pair[],
  tar: FileHandle,
  oldFile: FileHandle,
  space: OldSpace,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  let at = 0;
  const fresh = async (end: number) => {
    await writer.fresh({ file: tar, at }, end - at);
    at = end;
  };
  for (const { file, old, matches } of pairs) {
    signal.throwIfAborted();
    await fresh(file.start);
    const headers = file.offset - file.start;
    if (headers === old.offset - old.start) {
      await writer.like({ file: tar, at }, oldFile, space.place(old.layer, old.start), headers);
      at = file.offset;
    } else await fresh(file.offset);
    const place = space.place(old.layer, old.offset);
    if (!matches) {
      // With what fills the last block, so that the next file's headers may follow in one copy.
      await writer.copy(place, file.end - file.offset);
      at = file.end;
      continue;
    }
    for (const { distance, length } of withEnds(await matches, file.size)) {
      await writer.like({ file: tar, at }, oldFile, place + at - file.offset + distance, length.alike);
      at += length.alike;
      await fresh(at + length.fresh);
    }
  }
  await fresh(size);
}

function* withEnds(rows: readonly Match[], size: number) {
  for (const [index, { start, distance, length }] of rows.entries()) {
    const end = rows[index + 1]?.start ?? size;
    yield { distance, length: { alike: length, fresh: end - start - length } };
  }
}
