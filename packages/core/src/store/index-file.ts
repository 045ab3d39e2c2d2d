/** index.json of the store: which names point to which manifest (image-layout.md). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attachment } from '../image/attachment.js';
import type { Descriptor } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { parseManifest } from '../image/manifest-document.js';
import { annotations, mediaTypes } from '../image/media-types.js';
import { writeFileAtomic } from './atomic-file.js';
import { attachmentEntry, attachmentOfEntry } from './attachments.js';
import type { StoredImage } from './store.js';

export const layoutVersion = '1.0.0';

/** The names in an index.json, in its order. A missing file is an empty store. @throws STORE_UNREADABLE */
export async function readNames(directory: string): Promise<StoredImage[]> {
  return (await readEntries(directory)).flatMap((entry) => {
    const name = entry.annotations?.[annotations.refName];
    return name === undefined ? [] : [{ name, descriptor: withoutName(entry) }];
  });
}

/** The entries that are attached to others. @throws STORE_UNREADABLE */
export async function readAttachments(directory: string): Promise<Attachment[]> {
  return (await readEntries(directory)).flatMap((entry) => attachmentOfEntry(entry) ?? []);
}

async function readEntries(directory: string): Promise<Descriptor[]> {
  const path = join(directory, 'index.json');
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw imageErrors.STORE_UNREADABLE({ path, reason: message }, { cause });
  }
  const document = parseManifest(bytes, path);
  if (!('manifests' in document)) throw imageErrors.STORE_UNREADABLE({ path, reason: 'it is not an index' });
  return document.manifests;
}

/** Writes the whole file; call it under the store's lock. Sorted by name, so equal stores have equal files. */
export async function writeNames(
  directory: string,
  names: readonly StoredImage[],
  attachments: readonly Attachment[],
  temporaryDirectory: string,
): Promise<void> {
  await writeFileAtomic(join(directory, 'index.json'), indexText(names, attachments), temporaryDirectory);
}

export function indexText(names: readonly StoredImage[], attachments: readonly Attachment[] = []): string {
  const sorted = [...names].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [
      ...sorted.map(({ name, descriptor }) => ({
        ...descriptor,
        annotations: { ...descriptor.annotations, [annotations.refName]: name },
      })),
      ...attachments.map(attachmentEntry).sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    ],
  });
}

function withoutName(entry: Descriptor): Descriptor {
  const { annotations: all, ...rest } = entry;
  const { [annotations.refName]: _name, ...others } = all ?? {};
  return Object.keys(others).length === 0 ? rest : { ...rest, annotations: others };
}
