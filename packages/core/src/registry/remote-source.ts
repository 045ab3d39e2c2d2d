/** A container image in its registry, as a source to copy from (image/content-source.ts). */
import { SealerError } from '../errors/sealer-error.js';
import type { ContentSource } from '../image/content-source.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndexType, isManifestType, mediaTypeOf, parseManifest } from '../image/manifest-document.js';
import type { Reference } from '../image/reference.js';
import { findCredentials } from './credentials.js';
import { createRegistryClient, type RegistryClient } from './registry-client.js';

/** Without a client: the user's credentials, the system's certificates. Plain http is tried on loopback only. */
export async function openRemoteSource(
  reference: Reference,
  signal?: AbortSignal,
  given?: RegistryClient,
): Promise<ContentSource> {
  const client = given ?? (await clientFor(reference, signal));
  const {
    bytes,
    mediaType: served,
    digest,
  } = await client.getManifest(reference.path, reference.digest ?? reference.tag ?? 'latest', { signal });
  const mediaType = isIndexType(served) || isManifestType(served) ? served : mediaTypeOf(parseManifest(bytes, digest));
  if (!isIndexType(mediaType) && !isManifestType(mediaType)) {
    throw imageErrors.IMAGE_MANIFEST_INVALID({ digest, reason: `its media type is ${mediaType}` });
  }
  return {
    name: reference.domain,
    root: { mediaType, digest, size: bytes.length },
    manifest: async (descriptor, call) =>
      descriptor.digest === digest
        ? bytes
        : (await client.getManifest(reference.path, descriptor.digest, { signal: call ?? signal })).bytes,
    blob: async (descriptor, call) => client.getBlob(reference.path, descriptor, { signal: call ?? signal }),
  };
}

/** Connections of one registry are shared by all images that are pulled from it. */
const clients = new Map<string, Promise<RegistryClient>>();

/** A client with the user's credentials for a reference's registry; kept, and its idle connections end by themselves. */
export async function clientFor(reference: Reference, signal?: AbortSignal): Promise<RegistryClient> {
  // Credentials may differ by repository.
  const known = clients.get(reference.name) ?? makeClient(reference, signal);
  clients.set(reference.name, known);
  known.catch(() => clients.delete(reference.name));
  return await known;
}

async function makeClient(reference: Reference, signal?: AbortSignal): Promise<RegistryClient> {
  const credentials = () => findCredentials(reference.name);
  const { domain } = reference;
  const secure = createRegistryClient({ baseUrl: `https://${registryHost(domain)}`, credentials });
  if (!isLoopback(domain)) return secure;
  try {
    await secure.ping({ signal });
    return secure;
  } catch (cause) {
    if (
      !SealerError.is(cause) ||
      cause.code !== 'REGISTRY_TLS' ||
      !/wrong version number|packet length too long/i.test(cause.message)
    )
      return secure;
    return createRegistryClient({ baseUrl: `http://${domain}`, credentials });
  }
}

/** Docker's hub is called by another name than its images are. */
function registryHost(domain: string): string {
  return domain === 'docker.io' ? 'registry-1.docker.io' : domain;
}

function isLoopback(domain: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(domain);
}
