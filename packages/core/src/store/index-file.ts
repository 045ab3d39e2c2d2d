/**
 * index.json of the store: which names point to which manifest (image-layout.md). It carries the digest of its own entries,
 * and a copy lies beside it: a list that is damaged is told from one that says other things, and can be brought back.
 */
import { open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attachment } from '../image/attachment.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { digestOf, isDigest } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { parseManifest } from '../image/manifest-document.js';
import { annotations, mediaTypes } from '../image/media-types.js';
import { syncDirectory, writeFileAtomic } from './atomic-file.js';
import { attachmentEntry, attachmentOfEntry } from './attachments.js';
import type { StoredImage } from './store.js';

export const layoutVersion = '1.0.0';
export const indexName = 'index.json';
/** Written before the list itself, so it is never the older one. */
export const indexCopyName = 'index.json.last';

export interface StoreIndex {
  names: StoredImage[];
  attachments: Attachment[];
}

/** The list, in its order. @throws STORE_INDEX_DAMAGED, STORE_UNREADABLE (it may not be read) */
export async function readIndex(directory: string): Promise<StoreIndex> {
  const path = join(directory, indexName);
  let bytes: Buffer | undefined;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') throw imageErrors.STORE_UNREADABLE({ path, reason: message }, { cause });
    if (code !== 'ENOENT') throw await damaged(directory, `cannot be read: ${message}`, cause);
  }
  if (bytes === undefined) {
    if (await isUnused(directory)) return { names: [], attachments: [] };
    throw await damaged(directory, 'is missing');
  }
  try {
    return parseIndex(bytes);
  } catch (cause) {
    throw await damaged(directory, (cause as Error).message, cause);
  }
}

async function damaged(directory: string, reason: string, cause?: unknown) {
  const copy = await readIndexCopy(directory);
  return imageErrors.STORE_INDEX_DAMAGED(
    { path: join(directory, indexName), reason, copy: copy !== undefined },
    { cause },
  );
}

/** Undefined when there is none, or it is damaged as well. */
export async function readIndexCopy(directory: string): Promise<(StoreIndex & { written: Date }) | undefined> {
  try {
    const path = join(directory, indexCopyName);
    const [bytes, { mtime }] = await Promise.all([readFile(path), stat(path)]);
    return { ...parseIndex(bytes), written: mtime };
  } catch {
    return undefined;
  }
}

/** No list was ever written, and nothing is there that one could have named. */
export async function isUnused(directory: string): Promise<boolean> {
  if (await stat(join(directory, indexCopyName)).catch(() => undefined)) return false;
  return (await readdir(join(directory, 'blobs', 'sha256')).catch(() => [])).length === 0;
}

/** @throws an error that says what is wrong with the bytes */
export function parseIndex(bytes: Buffer): StoreIndex {
  if (bytes.length === 0) throw new Error('is empty');
  const document = parsed(bytes);
  if (!('manifests' in document)) throw new Error('is damaged: it is not an index');
  const said = document.annotations?.[annotations.indexDigest];
  // One that other programs or older versions wrote says nothing of itself.
  if (said !== undefined && said !== digestOf(JSON.stringify(document.manifests)))
    throw new Error('is damaged: its entries are not those that were written');
  return {
    names: document.manifests.flatMap((entry) => {
      const { [annotations.refName]: name, [annotations.here]: here, ...others } = entry.annotations ?? {};
      if (name === undefined) return [];
      const manifests = here?.split(' ').filter((digest): digest is Digest => isDigest(digest));
      return [{ name, descriptor: withAnnotations(entry, others), ...(manifests ? { manifests } : {}) }];
    }),
    attachments: document.manifests.flatMap((entry) => attachmentOfEntry(entry) ?? []),
  };
}

function parsed(bytes: Buffer) {
  try {
    return parseManifest(bytes, indexName);
  } catch (cause) {
    throw new Error((cause as Error).message.replace(/^.* is not a valid image document/, 'is damaged'), { cause });
  }
}

/** Writes the whole list and its copy; call it under the store's lock. Sorted by name, so equal stores have equal files. */
export async function writeIndex(
  directory: string,
  { names, attachments }: StoreIndex,
  temporaryDirectory: string,
): Promise<void> {
  const text = storeIndexText(names, attachments);
  await writeFileAtomic(join(directory, indexCopyName), text, temporaryDirectory);
  await writeFileAtomic(join(directory, indexName), text, temporaryDirectory);
}

/** The list alone, for when there is no room for both. */
export async function writeIndexAlone(
  directory: string,
  { names, attachments }: StoreIndex,
  temporaryDirectory: string,
): Promise<void> {
  await writeFileAtomic(join(directory, indexName), storeIndexText(names, attachments), temporaryDirectory);
}

/** The copy alone. */
export async function writeIndexCopy(
  directory: string,
  { names, attachments }: StoreIndex,
  temporaryDirectory: string,
): Promise<void> {
  await writeFileAtomic(join(directory, indexCopyName), storeIndexText(names, attachments), temporaryDirectory);
}

/** The same without a new file: a list that became shorter fits where its copy lies, which takes the list's place then. */
export async function writeIndexOverCopy(directory: string, { names, attachments }: StoreIndex): Promise<void> {
  const copy = join(directory, indexCopyName);
  const text = storeIndexText(names, attachments);
  const file = await open(copy, 'r+');
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at, bytes.length - at, at)).bytesWritten;
    await file.truncate(bytes.length);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(copy, join(directory, indexName));
  await syncDirectory(directory);
}

/** With what only the store's own list says. */
export function storeIndexText(names: readonly StoredImage[], attachments: readonly Attachment[]): string {
  const manifests = indexEntries(
    names.map(({ manifests: here, ...image }) =>
      here ? { ...image, descriptor: annotated(image.descriptor, annotations.here, here.join(' ')) } : image,
    ),
    attachments,
  );
  const digest = digestOf(JSON.stringify(manifests));
  return indexDocument(manifests, { [annotations.indexDigest]: digest });
}

/** As archives have it. */
export function indexText(names: readonly StoredImage[], attachments: readonly Attachment[] = []): string {
  return indexDocument(indexEntries(names, attachments));
}

function indexDocument(manifests: readonly Descriptor[], said?: Record<string, string>): string {
  const mediaType = mediaTypes.ociIndex;
  return JSON.stringify({ schemaVersion: 2, mediaType, manifests, ...(said ? { annotations: said } : {}) });
}

function indexEntries(names: readonly StoredImage[], attachments: readonly Attachment[]): Descriptor[] {
  const sorted = [...names].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return [
    ...sorted.map(({ name, descriptor }) => annotated(descriptor, annotations.refName, name)),
    ...attachments.map(attachmentEntry).sort((a, b) => (a.digest < b.digest ? -1 : 1)),
  ];
}

function annotated(descriptor: Descriptor, key: string, value: string): Descriptor {
  return { ...descriptor, annotations: { ...descriptor.annotations, [key]: value } };
}

function withAnnotations({ annotations: _all, ...rest }: Descriptor, others: Record<string, string>): Descriptor {
  return Object.keys(others).length === 0 ? rest : { ...rest, annotations: others };
}
