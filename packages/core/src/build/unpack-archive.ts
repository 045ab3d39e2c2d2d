/**
 * What ADD unpacks: the entries of a tar archive of the context. Contents are written once into a folder named by the
 * archive's digest, where later builds find them. What a layer may not hold, an archive may not hold either.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { contextErrors } from '../context/context-errors.js';
import type { ContextFile } from '../context/context-files.js';
import { SealerError } from '../errors/sealer-error.js';
import { checkEntry } from '../rootfs/check-entry.js';
import { layerLimit } from '../rootfs/layer-bytes.js';
import { type LayerItem, layerItem, shown } from '../rootfs/layer-item.js';
import type { Placed } from '../rootfs/place-entries.js';
import { temporaryName } from '../store/atomic-file.js';
import { readTar, TarError } from '../tar/read-tar.js';
import { archiveBytes, CompressionError } from './archive-bytes.js';
import { buildErrors } from './build-errors.js';

interface Unpacked {
  entries: {
    path: string;
    kind: Placed['kind'];
    mode: number;
    uid: number;
    gid: number;
    size: number;
    target?: string;
    file?: string;
  }[];
  /** Entries with extended attributes, which are not kept. */
  attributes: number;
}

export interface ArchiveEntries {
  entries: { path: string; entry: Placed }[];
  attributes: number;
}

/**
 * Undefined for a file that is no archive.
 * @param directory where contents are kept. @throws BUILD_ARCHIVE_INVALID, ROOTFS_TOOL_MISSING
 */
export async function unpackArchive(
  archive: ContextFile,
  directory: string,
  signal?: AbortSignal,
): Promise<ArchiveEntries | undefined> {
  if (!(await isTar(archive.absolute))) return undefined;
  const folder = join(directory, await digestOf(archive.absolute));
  const { entries, attributes } = await unpacked(archive, folder, directory, signal);
  // Pruning goes by it.
  await utimes(folder, new Date(), new Date());
  return {
    attributes,
    entries: entries.map(({ path, file, ...entry }) => ({
      path,
      entry: { ...entry, stamp: '', changedAt: 0, ...(file === undefined ? {} : { source: join(folder, file) }) },
    })),
  };
}

/** A first entry is what makes an archive, as docker sees it. */
async function isTar(path: string): Promise<boolean> {
  try {
    for await (const _ of readTar(archiveBytes(path))) return true;
  } catch (cause) {
    if (!(cause instanceof TarError) && !(cause instanceof CompressionError)) throw cause;
  }
  return false;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function unpacked(
  archive: ContextFile,
  folder: string,
  directory: string,
  signal?: AbortSignal,
): Promise<Unpacked> {
  const known = await readFile(join(folder, 'list.json'), 'utf8').catch(() => undefined);
  if (known !== undefined) return JSON.parse(known) as Unpacked;
  const work = temporaryName(directory, 'new');
  await mkdir(work, { recursive: true, mode: 0o700 });
  try {
    const found = await extract(archive, work, signal);
    const { mtimeNs, size } = await stat(archive.absolute, { bigint: true });
    if (mtimeNs !== archive.stats.mtimeNs || size !== archive.stats.size)
      throw contextErrors.BUILD_CONTEXT_MISSING({ path: archive.absolute, reason: 'it changed while it was read' });
    await writeFile(join(work, 'list.json'), JSON.stringify(found));
    await rename(work, folder).catch(async () => {
      // Another build may have been faster; or pruning was interrupted.
      if (await stat(join(folder, 'list.json')).catch(() => undefined)) return;
      await rm(folder, { recursive: true, force: true });
      await rename(work, folder);
    });
    return found;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function extract(archive: ContextFile, work: string, signal: AbortSignal | undefined): Promise<Unpacked> {
  const found: Unpacked = { entries: [], attributes: 0 };
  const files = new Map<string, Unpacked['entries'][number]>();
  const invalid = (reason: string, cause?: unknown) =>
    buildErrors.BUILD_ARCHIVE_INVALID({ archive: archive.path, reason }, cause ? { cause } : {});
  try {
    const bytes = limited(archiveBytes(archive.absolute), layerLimit(Number(archive.stats.size)), signal);
    for await (const raw of readTar(bytes)) {
      const item = layerItem(raw);
      const path = nameOf(item);
      if (path === '') continue;
      if (item.xattrs.length > 0) found.attributes += 1;
      const { mode, uid, gid, size } = item;
      if (item.type === 'link') {
        const shared = files.get(nameOf({ ...item, name: item.linkname, type: 'file', linkname: '' }));
        if (!shared) throw new TarError(`${path} is a hard link to ${shown(item.linkname)}, which is not in it`);
        found.entries.push({ ...shared, path });
        files.set(path, shared);
        continue;
      }
      const kind = item.type === 'symlink' ? 'link' : (item.type as 'file' | 'directory');
      const entry: Unpacked['entries'][number] = { path, kind, mode, uid, gid, size };
      if (kind === 'link') entry.target = shown(item.linkname);
      if (kind === 'file') {
        entry.file = String(found.entries.length);
        await pipeline(item.content, createWriteStream(join(work, entry.file)));
        files.set(path, entry);
      }
      found.entries.push(entry);
    }
  } catch (cause) {
    if (SealerError.is(cause) || !(cause instanceof TarError || cause instanceof CompressionError)) throw cause;
    throw invalid(cause.message, cause);
  }
  return found;
}

/** Links are judged where they come to lie; here names and kinds are. @throws TarError */
function nameOf(item: LayerItem): string {
  const name = shown(item.name);
  try {
    if (!Buffer.from(name).equals(Buffer.from(item.name, 'latin1'))) throw new Error('has a name that is not UTF-8');
    return shown(checkEntry(item.type === 'symlink' ? { ...item, linkname: '' } : item, () => false));
  } catch (cause) {
    throw new TarError(`${JSON.stringify(name)} ${(cause as Error).message}`, { cause });
  }
}

async function* limited(bytes: AsyncIterable<Buffer>, limit: number, signal: AbortSignal | undefined) {
  let size = 0;
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    size += chunk.length;
    if (size > limit) throw new TarError(`it expands to more than ${limit} bytes, as a decompression bomb does`);
    yield chunk;
  }
}
