/** What in a store refers to a manifest: what is attached to it, named manifests with that subject, and lists kept under the tag `sha256-<hex>`. */
import type { Descriptor, Digest } from '../image/descriptor.js';
import { isIndex, parseManifest } from '../image/manifest-document.js';
import { parseReference } from '../image/reference.js';
import { referrersTag } from '../registry/referrers.js';
import type { ImageStore } from '../store/store.js';

/** @throws BLOB_MISSING, BLOB_DAMAGED of what is attached: a list without it would say that there is nothing */
export async function storedReferrers(store: ImageStore, subject: Digest): Promise<Descriptor[]> {
  const found = new Map<Digest, Descriptor>();
  const look = async (descriptor: Descriptor, isList: boolean): Promise<void> => {
    if (found.has(descriptor.digest)) return;
    const bytes = await store.readSmallBlob(descriptor.digest);
    const document = parseManifest(bytes, descriptor.digest);
    if (isIndex(document)) {
      for (const child of isList ? document.manifests : [])
        if ((await store.blobSize(child.digest)) !== undefined) await look(child, false);
      return;
    }
    if (document.subject?.digest !== subject) return;
    const { mediaType, digest } = descriptor;
    const artifactType = document.artifactType ?? document.config.mediaType;
    const { annotations } = document;
    found.set(digest, { mediaType, digest, size: bytes.length, artifactType, ...(annotations ? { annotations } : {}) });
  };
  for (const attachment of await store.attachments())
    if (attachment.subject === subject && attachment.tag === undefined) await look(attachment.descriptor, false);
  // Another image that is damaged is no reason to refuse what refers to this one.
  for (const { name, descriptor } of await store.list())
    await look(descriptor, parseReference(name).tag === referrersTag(subject)).catch(() => undefined);
  for (const attachment of await store.attachments())
    if (attachment.subject === subject) await look(attachment.descriptor, false);
  return [...found.values()];
}
