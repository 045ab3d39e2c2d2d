/**
 * What is attached to images: signatures, bills of materials, provenance. Each is a manifest of its own that belongs to
 * another by digest: it has a `subject` (OCI 1.1), or a registry keeps it under a tag made of the digest (cosign 2).
 * In the store's index.json they stand without a name; they live as long as what they belong to.
 */

import type { Attachment } from '../image/attachment.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { isDigest } from '../image/digest.js';
import { annotations } from '../image/media-types.js';
import { collectReachable } from './reachable-blobs.js';
import type { BlobStore } from './store.js';

type Source = Pick<BlobStore, 'readSmallBlob' | 'blobSize'>;

/** Those that belong to one of the images, or to another attachment of it. @param roots whose manifests are all here */
export async function attachmentsOf(
  store: Source,
  roots: readonly { descriptor: Descriptor }[],
  all: readonly Attachment[],
): Promise<Attachment[]> {
  if (all.length === 0) return [];
  const subjects = new Map<Digest, Descriptor>();
  for (const { descriptor } of roots) await collectReachable(store, descriptor, subjects);
  const found = new Set<Attachment>();
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const attachment of all) {
      if (!subjects.has(attachment.subject) || found.has(attachment)) continue;
      found.add(attachment);
      subjects.set(attachment.descriptor.digest, attachment.descriptor);
    }
  }
  return [...found];
}

/** Later ones replace those of the same tag, or of the same digest. */
export function uniteAttachments(older: readonly Attachment[], newer: readonly Attachment[]): Attachment[] {
  const key = ({ subject, tag, descriptor }: Attachment) => `${subject} ${tag ?? descriptor.digest}`;
  return [...new Map([...older, ...newer].map((attachment) => [key(attachment), attachment])).values()];
}

/** As an entry of index.json. */
export function attachmentEntry({ subject, descriptor, tag }: Attachment): Descriptor {
  const said = { [annotations.attachedTo]: subject, ...(tag === undefined ? {} : { [annotations.attachedTag]: tag }) };
  return { ...descriptor, annotations: { ...descriptor.annotations, ...said } };
}

/** Undefined for an entry that is no attachment. */
export function attachmentOfEntry(entry: Descriptor): Attachment | undefined {
  const { [annotations.attachedTo]: subject, [annotations.attachedTag]: tag, ...others } = entry.annotations ?? {};
  if (!isDigest(subject)) return undefined;
  const { annotations: _all, ...rest } = entry;
  const descriptor = Object.keys(others).length === 0 ? rest : { ...rest, annotations: others };
  return { subject, descriptor, ...(tag === undefined ? {} : { tag }) };
}
