/** A container image in its registry, or a mirror of it, as a source to copy from (image/content-source.ts). */
import { SealerError } from '../errors/sealer-error.js';
import type { ContentSource } from '../image/content-source.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, isIndexType, isManifestType, mediaTypeOf, parseManifest } from '../image/manifest-document.js';
import type { Reference } from '../image/reference.js';
import { connectRegistry, mirrorsOf, type RegistryAccess } from './connect-registry.js';
import type { RegistryClient } from './registry-client.js';

/** Mirrors that do not answer are left alone for a while, milliseconds: each image of a bundle would wait for them. */
const mirrorPause = 60_000;
const silentUntil = new Map<string, number>();
/** Says also where it was found: what is attached to an image lies beside it. */
export interface RemoteSource extends ContentSource {
  client: RegistryClient;
  repository: string;
}

/** Without a client: the user's mirrors, then the registry itself, with the user's credentials and settings. */
export async function openRemoteSource(
  reference: Reference,
  access: RegistryAccess = {},
  given?: RegistryClient,
): Promise<RemoteSource> {
  if (given) return await openAt(reference, given, reference.path, access.signal);
  for (const { client, prefix } of await mirrorsOf(reference, access)) {
    if ((silentUntil.get(client.baseUrl) ?? 0) > Date.now()) continue;
    try {
      return await openAt(reference, client, prefix ? `${prefix}/${reference.path}` : reference.path, access.signal);
    } catch (cause) {
      access.signal?.throwIfAborted();
      // A mirror that lacks it or does not answer: the next one, and in the end the registry, will tell.
      if (!SealerError.is(cause)) throw cause;
      if (cause.code === 'REGISTRY_NOT_FOUND') continue;
      silentUntil.set(client.baseUrl, Date.now() + mirrorPause);
      const text = `mirror ${client.baseUrl} of ${reference.domain} is passed over: ${cause.message}`;
      access.emit?.({ type: 'message', level: 'warning', text, code: cause.code });
    }
  }
  return await openAt(reference, await connectRegistry(reference, access), reference.path, access.signal);
}

async function openAt(
  reference: Reference,
  client: RegistryClient,
  repository: string,
  signal: AbortSignal | undefined,
): Promise<RemoteSource> {
  const wanted = reference.digest ?? reference.tag ?? 'latest';
  const { bytes, mediaType: served, digest } = await client.getManifest(repository, wanted, { signal });
  const document = parseManifest(bytes, `${repository}:${wanted}`);
  const mediaType = mediaTypeOf(document);
  const known = isIndex(document) ? isIndexType : isManifestType;
  const invalid = (reason: string) => imageErrors.IMAGE_MANIFEST_INVALID({ digest, reason });
  if (!known(mediaType)) throw invalid(`its media type is ${mediaType}`);
  // Two programs must not read one document as two things: what it is and what it is served as have to agree.
  if ((isIndexType(served) || isManifestType(served)) && !known(served))
    throw invalid(`it is served as ${served}, and says of itself ${mediaType}`);
  return {
    name: reference.domain,
    client,
    repository,
    root: { mediaType, digest, size: bytes.length },
    manifest: async (descriptor, call) =>
      descriptor.digest === digest
        ? bytes
        : (await client.getManifest(repository, descriptor.digest, { signal: call ?? signal })).bytes,
    blob: async (descriptor, call) => client.getBlob(repository, descriptor, { signal: call ?? signal }),
    blobFrom: (descriptor, start, sink, call) =>
      client.getBlobFrom(repository, descriptor, start, sink, { signal: call ?? signal }),
  };
}
