/** Brings what is attached to an image into the store; the store attaches it when the image gets its name. */

import type { Attachment } from '../image/attachment.js';
import type { Descriptor } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, isIndexType, isManifestType, parseManifest } from '../image/manifest-document.js';
import type { ImageStore } from '../store/store.js';
import { besideOwn } from '../trust/beside-own.js';
import { remoteAttachments } from './remote-attachments.js';
import type { RemoteSource } from './remote-source.js';

/** More than anybody attaches; a registry must not fill the disk with lists that never end. */
const most = 200;

/** @param taken manifests and indexes of the image that are in the store now */
export async function pullAttachments(
  store: ImageStore,
  source: RemoteSource,
  taken: readonly Descriptor[],
  signal: AbortSignal | undefined,
): Promise<Attachment[]> {
  const { client, repository } = source;
  const documents = taken.filter(({ mediaType }) => isIndexType(mediaType) || isManifestType(mediaType));
  const lists = await Promise.all(
    documents.map(({ digest }) => remoteAttachments(client, repository, digest, { signal })),
  );
  const brought: Attachment[] = [];
  for (const attachment of lists.flat().slice(0, most)) {
    signal?.throwIfAborted();
    const { digest } = attachment.descriptor;
    const bytes = await source.manifest(attachment.descriptor, signal);
    const actual = digestOf(bytes);
    if (actual !== digest) throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: digest, actual, source: source.name });
    const document = parseManifest(bytes, digest);
    if (isIndex(document)) continue;
    await store.requireRoom([document.config, ...document.layers], `for what is attached to ${attachment.subject}`);
    for (const blob of [document.config, ...document.layers])
      if (!(await store.hasBlob(blob.digest, blob.size)))
        await store.putBlob(blob, client.getBlob(repository, blob, { signal }), { signal });
    await store.putBlob({ digest }, bytes);
    brought.push(attachment);
  }
  return await besideOwn(store, brought);
}
