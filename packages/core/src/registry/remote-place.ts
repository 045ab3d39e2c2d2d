/** An image in a registry, to be signed or verified there (trust/signed-place.ts). */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Descriptor } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { parseReference } from '../image/reference.js';
import type { SignedPlace } from '../trust/signed-place.js';
import type { RegistryAccess } from './connect-registry.js';
import { documentLimit } from './read-answer.js';
import type { RegistryClient } from './registry-client.js';
import { pushAttachment, remoteAttachments } from './remote-attachments.js';
import { openRemoteSource, type RemoteSource } from './remote-source.js';

/** @throws REGISTRY_NOT_FOUND and the registry's other errors */
export async function inRegistry(reference: string, access: RegistryAccess = {}): Promise<SignedPlace> {
  const wanted = parseReference(reference);
  const source = await openRemoteSource(wanted, access);
  return remotePlace(wanted.toString(), wanted.name, source, access.signal);
}

export function remotePlace(
  name: string,
  repository: string,
  source: RemoteSource,
  signal: AbortSignal | undefined,
): SignedPlace {
  const { client, repository: path } = source;
  return {
    name,
    repository,
    root: source.root,
    attached: async (subject) => await remoteAttachments(client, path, subject, { signal }),
    manifest: async (descriptor) => await source.manifest(descriptor),
    blob: async (descriptor) => await readSmall(client, path, descriptor, signal),
    add: async (attachments) => {
      for (const { manifest, blobs, ...attachment } of attachments) {
        const send = async (needed: readonly Descriptor[], made: readonly Buffer[]) => {
          const wanted = new Set(needed.map(({ digest }) => digest));
          for (const bytes of [...blobs.filter((blob) => wanted.has(digestOf(blob))), ...made])
            await sendBuffer(client, path, bytes, signal);
        };
        await pushAttachment(client, path, { ...attachment, bytes: manifest }, send, { signal });
      }
    },
  };
}

async function readSmall(client: RegistryClient, path: string, blob: Descriptor, signal: AbortSignal | undefined) {
  const { digest, size } = blob;
  if (size > documentLimit) throw imageErrors.BLOB_TOO_LARGE({ digest, size, limit: documentLimit });
  return await buffer(client.getBlob(path, blob, { signal }));
}

async function sendBuffer(client: RegistryClient, path: string, bytes: Buffer, signal: AbortSignal | undefined) {
  const content = (start = 0) => Readable.from([bytes.subarray(start)], { objectMode: false });
  await client.uploadBlob(path, digestOf(bytes), bytes.length, content, { signal });
}
