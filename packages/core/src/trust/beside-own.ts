/** Signatures made here and not sent anywhere yet stay when the same tag comes from a registry or an archive. */

import type { Attachment } from '../image/attachment.js';
import type { Descriptor } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { isIndex, parseManifest } from '../image/manifest-document.js';
import type { ImageStore } from '../store/store.js';
import { taggedManifest, uniteLayers } from './new-attachment.js';

/** @param arrived attachments whose manifests and blobs are in the store */
export async function besideOwn(store: ImageStore, arrived: readonly Attachment[]): Promise<Attachment[]> {
  const known = await store.attachments();
  const layersOf = async ({ descriptor }: Attachment): Promise<Descriptor[]> => {
    const document = parseManifest(await store.readSmallBlob(descriptor.digest), descriptor.digest);
    return isIndex(document) ? [] : document.layers;
  };
  const united: Attachment[] = [];
  for (const attachment of arrived) {
    const { subject, tag, descriptor } = attachment;
    const own = tag === undefined ? undefined : known.find((one) => one.subject === subject && one.tag === tag);
    if (tag === undefined || !own || own.descriptor.digest === descriptor.digest) {
      united.push(attachment);
      continue;
    }
    const theirs = await layersOf(attachment);
    const all = uniteLayers(theirs, await layersOf(own));
    if (all.length === theirs.length) {
      united.push(attachment);
      continue;
    }
    const made = taggedManifest(subject, tag, all);
    for (const bytes of [...made.blobs, made.manifest]) await store.putBlob({ digest: digestOf(bytes) }, bytes);
    united.push({ subject, tag, descriptor: made.descriptor });
  }
  return united;
}
