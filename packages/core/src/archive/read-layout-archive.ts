/** Takes the blobs of an OCI layout in a tar (oci-archive) into the store, in one pass, and gives its index. */
import { Readable } from 'node:stream';
import type { Digest, ImageIndex } from '../image/descriptor.js';
import { assertDigest } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, parseManifest } from '../image/manifest-document.js';
import { smallBlobLimit } from '../store/blob-files.js';
import { checkBlob } from '../store/check-blob.js';
import type { BlobStore } from '../store/store.js';
import type { TarEntry } from '../tar/read-tar.js';
import { archiveEntries, readEntry } from './archive-entries.js';
import { ArchiveOfArchives } from './archive-of-archives.js';

export interface ReadArchiveOptions {
  /** What errors call an archive that lies in another one. */
  label?: string;
  signal?: AbortSignal | undefined;
  onBytes?: (bytes: number) => void;
  /** Called with the files of an extension of the layout, in folders that begin with `vnd.`. */
  onExtension?: ((entry: TarEntry) => Promise<void>) | undefined;
  /** Called with what no layout has, links too. Without it such files are skipped, and links refused. */
  onOther?: ((entry: TarEntry) => Promise<void>) | undefined;
}

/**
 * Each blob is verified against its name and kept only then. Nothing is named; blobs the caller does not name go with
 * the next garbage collection. @throws ARCHIVE_INVALID, BLOB_DIGEST_MISMATCH
 */
export async function readLayoutArchive(
  archive: string | Readable,
  store: BlobStore,
  options: ReadArchiveOptions = {},
): Promise<ImageIndex> {
  const index = await readArchive(archive, store, options);
  if (index) return index;
  throw imageErrors.ARCHIVE_INVALID({ archive: nameOf(archive, options), reason: 'it has no index.json' });
}

/** The same; undefined when it is no layout at all, neither by oci-layout nor by index.json. */
export async function readArchive(
  archive: string | Readable,
  store: BlobStore,
  options: ReadArchiveOptions = {},
): Promise<ImageIndex | undefined> {
  const name = nameOf(archive, options);
  const nested = new ArchiveOfArchives((content, inner) => {
    const { signal, onBytes } = options;
    const inside = { signal, label: `${inner} in ${name}`, ...(onBytes ? { onBytes } : {}) };
    return readLayoutArchive(Readable.from(content, { objectMode: false }), store, inside);
  });
  let index: ImageIndex | undefined;
  let isLayout = false;
  for await (const entry of archiveEntries(archive, options.signal, options.label)) {
    if (entry.type !== 'file') {
      if (entry.type === 'directory') continue;
      if (options.onOther) {
        await options.onOther(entry);
        continue;
      }
      throw imageErrors.ARCHIVE_INVALID({ archive: name, reason: `${entry.name} is a ${entry.type}, not a file` });
    }
    if (options.label === undefined && (await nested.take(entry))) continue;
    if (entry.name === 'oci-layout') isLayout = true;
    else if (entry.name === 'index.json') {
      const document = parseManifest(await readEntry(entry, smallBlobLimit), `index.json of ${name}`);
      if (!isIndex(document))
        throw imageErrors.ARCHIVE_INVALID({ archive: name, reason: 'index.json is not an index' });
      index = document;
    } else if (entry.name.startsWith('vnd.')) {
      await options.onExtension?.(entry);
    } else if (entry.name.startsWith('blobs/')) {
      const digest = assertDigest(
        entry.name.slice('blobs/'.length).replace('/', ':'),
        `the name ${entry.name} in ${name}`,
      );
      if (await isWhole(store, digest, entry.size)) {
        options.onBytes?.(entry.size);
        continue;
      }
      await store.putBlob({ digest, size: entry.size }, Readable.from(entry.content, { objectMode: false }), options);
    } else if (!index || entry.name === 'manifest.json') await options.onOther?.(entry);
  }
  if (index && !isLayout) throw imageErrors.ARCHIVE_INVALID({ archive: name, reason: 'it has no oci-layout file' });
  if (isLayout && !index) throw imageErrors.ARCHIVE_INVALID({ archive: name, reason: 'it has no index.json' });
  return index ?? (await nested.index(store, name));
}

/** Whether the store has the blob, undamaged: the archive has the bytes to mend it. */
async function isWhole(store: BlobStore, digest: Digest, size: number): Promise<boolean> {
  if (!(await store.hasBlob(digest, size))) return false;
  return await checkBlob(store, digest).then(
    () => true,
    () => false,
  );
}

function nameOf(archive: string | Readable, options: ReadArchiveOptions): string {
  return typeof archive === 'string' ? archive : (options.label ?? 'the archive on standard input');
}
