/** Manifests and indexes in a registry: HEAD, GET and PUT, verified both ways (distribution specification, "Pulling manifests", "Pushing Manifests"). */
import { SealerError } from '../errors/sealer-error.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { digestOf, isDigest } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { manifestMediaTypes } from '../image/manifest-document.js';
import { type Exchange, errorDetail } from './exchange.js';
import { readDocument, readErrorText } from './read-answer.js';
import { refused } from './refused.js';
import { registryErrors } from './registry-errors.js';
import type { RegistryResponse } from './registry-request.js';

export interface FoundManifest {
  bytes: Buffer;
  mediaType: string;
  digest: Digest;
}

/** By tag or digest; undefined when absent. */
export async function headManifest(
  exchange: Exchange,
  repository: string,
  reference: string,
  signal?: AbortSignal,
): Promise<Descriptor | undefined> {
  const response = await ask(exchange, 'HEAD', repository, reference, signal);
  await response.body.dump();
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw await refused(exchange, response, `HEAD of manifest ${repository}:${reference}`);
  const digest = headerOf(response, 'docker-content-digest') ?? reference;
  // Without a digest, or with one of something else, only the bytes themselves can tell.
  if (!isDigest(digest) || (isDigest(reference) && digest !== reference)) return undefined;
  return { mediaType: contentType(response), digest, size: Number(response.headers['content-length'] ?? 0) };
}

/** @throws REGISTRY_NOT_FOUND, BLOB_DIGEST_MISMATCH, BLOB_TOO_LARGE (4 MiB) */
export async function getManifest(
  exchange: Exchange,
  repository: string,
  reference: string,
  signal?: AbortSignal,
): Promise<FoundManifest> {
  const registry = exchange.registry.host;
  const target = `${repository}${isDigest(reference) ? '@' : ':'}${reference}`;
  const response = await ask(exchange, 'GET', repository, reference, signal);
  if (response.status === 404) {
    const detail = errorDetail(await readErrorText(response));
    throw registryErrors.REGISTRY_NOT_FOUND({ registry, target, detail });
  }
  if (response.status !== 200) throw await refused(exchange, response, `GET of manifest ${target}`);
  const mediaType = contentType(response);
  if (mediaType === 'text/html') {
    response.body.discard();
    const reason = 'it is an HTML page';
    throw registryErrors.REGISTRY_PROTOCOL({ registry, request: `GET of manifest ${target}`, reason });
  }
  const bytes = await readDocument(response, target);
  const digest = digestOf(bytes);
  const expected = isDigest(reference) ? reference : headerOf(response, 'docker-content-digest');
  if (isDigest(expected) && expected !== digest)
    throw imageErrors.BLOB_DIGEST_MISMATCH({ expected, actual: digest, source: registry });
  return { bytes, mediaType, digest };
}

export interface PutManifest {
  digest: Digest;
  /** True when the registry has taken note of the manifest's subject, so that its list of referrers shows it. */
  subjectNoted: boolean;
}

/** @throws REGISTRY_REFUSED, e.g. when a blob it refers to is missing; BLOB_DIGEST_MISMATCH when other bytes were stored */
export async function putManifest(
  exchange: Exchange,
  repository: string,
  reference: string,
  mediaType: string,
  bytes: Buffer,
  signal?: AbortSignal,
): Promise<PutManifest> {
  const digest = digestOf(bytes);
  // One that was stored, although the answer was lost or is about something else, is there.
  const stays = async () => (await headManifest(exchange, repository, reference, signal))?.digest === digest;
  let response: RegistryResponse;
  try {
    response = await exchange.send({
      method: 'PUT',
      url: `/v2/${repository}/manifests/${reference}`,
      scope: { repository, actions: 'pull,push' },
      headers: { 'content-type': mediaType },
      body: bytes,
      signal,
    });
    if (response.status !== 201) throw await refused(exchange, response, `PUT of manifest ${repository}:${reference}`);
  } catch (cause) {
    signal?.throwIfAborted();
    if (SealerError.is(cause) && (await stays().catch(() => false))) return { digest, subjectNoted: false };
    throw cause;
  }
  await response.body.dump();
  const stored = headerOf(response, 'docker-content-digest');
  if (stored !== undefined && stored !== digest)
    throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: digest, actual: stored, source: exchange.registry.host });
  return { digest, subjectNoted: isDigest(headerOf(response, 'oci-subject')) };
}

/** Without Accept, registries answer 404 for anything but Docker's own manifests. */
async function ask(
  exchange: Exchange,
  method: 'GET' | 'HEAD',
  repository: string,
  reference: string,
  signal: AbortSignal | undefined,
) {
  return await exchange.send({
    method,
    url: `/v2/${repository}/manifests/${reference}`,
    scope: { repository, actions: 'pull' },
    headers: { accept: manifestMediaTypes.join(', ') },
    signal,
  });
}

export function headerOf({ headers }: RegistryResponse, name: string): string | undefined {
  return [headers[name]].flat()[0];
}

/** Without parameters. */
export function contentType(response: RegistryResponse): string {
  return (headerOf(response, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}
