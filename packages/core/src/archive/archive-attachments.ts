/** Which entries of an archive's index are images, and which are attached to them (attachments.ts). */

import type { Attachment } from '../image/attachment.js';
import type { Descriptor, ImageIndex } from '../image/descriptor.js';
import { isIndex, isManifestType, parseManifest } from '../image/manifest-document.js';
import { annotations } from '../image/media-types.js';
import { attachmentOfEntry } from '../store/attachments.js';
import type { BlobStore } from '../store/store.js';

/** Other programs leave the name out and say in the manifest what it belongs to (OCI 1.1 `subject`). */
export async function archiveAttachments(
  store: BlobStore,
  index: ImageIndex,
): Promise<{ attachments: Attachment[]; manifests: Descriptor[] }> {
  const attachments: Attachment[] = [];
  const manifests: Descriptor[] = [];
  for (const entry of index.manifests) {
    const attached = attachmentOfEntry(entry) ?? (await referring(store, entry));
    if (attached) attachments.push(attached);
    else manifests.push(entry);
  }
  return { attachments, manifests };
}

async function referring(store: BlobStore, entry: Descriptor): Promise<Attachment | undefined> {
  if (entry.annotations?.[annotations.refName] !== undefined || !isManifestType(entry.mediaType)) return undefined;
  if ((await store.blobSize(entry.digest)) === undefined) return undefined;
  const document = parseManifest(await store.readSmallBlob(entry.digest), entry.digest);
  if (isIndex(document) || !document.subject) return undefined;
  return { subject: document.subject.digest, descriptor: entry };
}
