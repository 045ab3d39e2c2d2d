/** Sends what is attached to an image of the store after the image. */

import type { Descriptor } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { attachmentsOf } from '../store/attachments.js';
import type { ImageStore } from '../store/store.js';
import type { RegistryClient } from './registry-client.js';
import { pushAttachment } from './remote-attachments.js';
import { type SendOptions, sendBlobs } from './send-blobs.js';

/** @returns how many were sent; those the registry has are left alone */
export async function pushAttachments(
  store: ImageStore,
  root: Descriptor,
  client: RegistryClient,
  repository: string,
  options: Pick<SendOptions, 'signal' | 'concurrency'>,
): Promise<number> {
  const { signal } = options;
  let sent = 0;
  for (const attachment of await attachmentsOf(store, [{ descriptor: root }], await store.attachments())) {
    const bytes = await store.readSmallBlob(attachment.descriptor.digest);
    const send = async (blobs: readonly Descriptor[], made: readonly Buffer[]) => {
      // A manifest that was united with the registry's has a config that is nowhere yet.
      for (const blob of made) await store.putBlob({ digest: digestOf(blob) }, blob);
      const configs = made.map((blob) => ({ mediaType: '', digest: digestOf(blob), size: blob.length }));
      await sendBlobs(store, [...blobs, ...configs], client, repository, options);
    };
    if (await pushAttachment(client, repository, { ...attachment, bytes }, send, { signal })) sent += 1;
  }
  return sent;
}
