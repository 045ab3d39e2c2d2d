/** The uncompressed tar of a layer: sorted, times 0, no names of users. Byte for byte the same on every machine. */

import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { type Header, type Pack, pack } from 'tar-stream';
import { contextErrors } from './context-errors.js';
import { bytewise } from './context-files.js';
import type { LayerEntry } from './layer-entry.js';

type TarHeader = Partial<Header> & Pick<Header, 'name'>;

const readSize = 1024 * 1024;

/**
 * Entries by path, the last of each path wins, parent folders added.
 * @param there what the rootfs has: folders that are there keep their owner and mode
 */
export function arrangeEntries(
  entries: readonly LayerEntry[],
  there: (path: string) => Pick<LayerEntry, 'mode' | 'uid' | 'gid'> | undefined = () => undefined,
): LayerEntry[] {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) {
    if (entry.path === '') continue;
    for (let at = entry.path.indexOf('/'); at > 0; at = entry.path.indexOf('/', at + 1)) {
      const path = entry.path.slice(0, at);
      if (byPath.has(path)) continue;
      const { mode = 0o755, uid = 0, gid = 0 } = there(path) ?? {};
      byPath.set(path, { path, kind: 'directory', mode, uid, gid, size: 0, stamp: '', changedAt: 0 });
    }
    byPath.set(entry.path, entry);
  }
  return [...byPath.values()].sort((a, b) => bytewise(a.path, b.path));
}

/** @throws BUILD_CONTEXT_MISSING when a file changes its size while it is read */
export async function* tarBytes(entries: readonly LayerEntry[]): AsyncGenerator<Buffer> {
  const tar = pack({ highWaterMark: readSize });
  const filled = fill(tar, entries);
  filled.catch((cause: Error) => tar.destroy(cause));
  yield* tar as unknown as AsyncIterable<Buffer>;
  await filled;
}

async function fill(tar: Pack, entries: readonly LayerEntry[]): Promise<void> {
  for (const entry of entries) {
    const header: TarHeader = {
      name: entry.kind === 'directory' ? `${entry.path}/` : entry.path,
      type: ({ file: 'file', directory: 'directory', link: 'symlink' } as const)[entry.kind],
      mode: entry.mode,
      uid: entry.uid,
      gid: entry.gid,
      size: entry.size,
      mtime: new Date(0),
      uname: '',
      gname: '',
      ...(entry.target === undefined ? {} : { linkname: entry.target }),
    };
    if (entry.kind === 'file' && entry.size > 0) await writeFile(tar, header, entry);
    // An empty entry without a body would wait for one for ever.
    else tar.entry(header, '');
  }
  tar.finalize();
}

async function writeFile(tar: Pack, header: TarHeader, entry: LayerEntry): Promise<void> {
  const changed = () =>
    contextErrors.BUILD_CONTEXT_MISSING({ path: entry.source as string, reason: 'it changed while it was read' });
  const file = await open(entry.source as string, 'r');
  try {
    const sink = tar.entry(header);
    const ended = new Promise<void>((resolve, reject) => {
      sink.once('error', reject);
      sink.once('close', resolve);
    });
    ended.catch(() => undefined);
    let read = 0;
    for (;;) {
      const buffer = Buffer.allocUnsafe(Math.min(readSize, entry.size - read + 1));
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      read += bytesRead;
      if (read > entry.size) throw changed();
      if (!sink.write(buffer.subarray(0, bytesRead))) await Promise.race([once(sink, 'drain'), ended]);
    }
    if (read !== entry.size) throw changed();
    sink.end(undefined as never);
    await ended;
  } finally {
    await file.close();
  }
}
