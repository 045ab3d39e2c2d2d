/** A container image in its registry, or a mirror of it, as a source to copy from (image/content-source.ts). */
import { SealerError } from '../errors/sealer-error.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, isIndexType, isManifestType, mediaTypeOf, parseManifest } from '../image/manifest-document.js';
import type { Reference } from '../image/reference.js';
import type { ByteSink } from '../store/byte-sink.js';
import type { ContentSource } from '../store/content-source.js';
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

interface Place {
  client: RegistryClient;
  repository: string;
}

/** Without a client: the user's mirrors, then the registry itself, with the user's credentials and settings. */
export async function openRemoteSource(
  reference: Reference,
  access: RegistryAccess = {},
  given?: RegistryClient,
): Promise<RemoteSource> {
  const { signal, emit } = access;
  const itself = async () => ({
    client: given ?? (await connectRegistry(reference, access)),
    repository: reference.path,
  });
  for (const { client, prefix } of given ? [] : await mirrorsOf(reference, access)) {
    if ((silentUntil.get(client.baseUrl) ?? 0) > Date.now()) continue;
    const warn = (cause: SealerError, what: string) => {
      const text = `mirror ${client.baseUrl} of ${reference.domain} ${what}: ${cause.message}`;
      emit?.({ type: 'message', level: 'warning', text, code: cause.code });
    };
    try {
      const place = { client, repository: prefix ? `${prefix}/${reference.path}` : reference.path };
      let told = false;
      let silent = false;
      const orAtRegistry: Attempt = async (ask) => {
        try {
          if (!silent) return await ask(place);
        } catch (cause) {
          signal?.throwIfAborted();
          if (!isTheirs(cause)) throw cause;
          // One that lacks a blob may have the others; one that does not answer is not waited for again.
          silent ||= cause.code !== 'REGISTRY_NOT_FOUND';
          if (!told) warn(cause, 'does not have all of an image, the registry is asked');
          told = true;
        }
        return await ask(await itself());
      };
      return await openAt(reference, place, signal, orAtRegistry);
    } catch (cause) {
      signal?.throwIfAborted();
      // A mirror that lacks it or does not answer: the next one, and in the end the registry, will tell.
      if (!SealerError.is(cause)) throw cause;
      if (cause.code === 'REGISTRY_NOT_FOUND') continue;
      silentUntil.set(client.baseUrl, Date.now() + mirrorPause);
      warn(cause, 'is passed over');
    }
  }
  const place = await itself();
  return await openAt(reference, place, signal, async (ask) => await ask(place));
}

/** Asks at a mirror, and at the registry where the mirror has only a part of an image. */
type Attempt = <T>(ask: (place: Place) => Promise<T>) => Promise<T>;

function isTheirs(cause: unknown): cause is SealerError {
  return SealerError.is(cause) && cause.code.startsWith('REGISTRY_');
}

async function openAt(
  reference: Reference,
  { client, repository }: Place,
  signal: AbortSignal | undefined,
  attempt: Attempt,
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
    manifest: async (descriptor, call = signal) =>
      descriptor.digest === digest
        ? bytes
        : (await attempt((at) => at.client.getManifest(at.repository, descriptor.digest, { signal: call }))).bytes,
    blob: async (descriptor, call = signal) => client.getBlob(repository, descriptor, { signal: call }),
    blobFrom: async (descriptor, start, sink, call = signal) => {
      let received = start;
      const counted: ByteSink = (piece) => {
        received += piece.length;
        return sink(piece);
      };
      await attempt((at) => at.client.getBlobFrom(at.repository, descriptor, received, counted, { signal: call }));
    },
  };
}
