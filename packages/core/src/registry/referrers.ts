/**
 * What refers to a manifest: signatures, SBOMs, provenance (distribution specification 1.1, "Listing Referrers" and
 * "Referrers Tag Schema"). Registries without that API keep the list as an index under the tag `sha256-<hex>`, which
 * every client that adds to it updates itself.
 */
import { SealerError } from '../errors/sealer-error.js';
import type { Descriptor, Digest, ImageIndex } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, parseManifest } from '../image/manifest-document.js';
import { mediaTypes } from '../image/media-types.js';
import type { RegistryClient } from './registry-client.js';
import { registryErrors } from './registry-errors.js';

export interface ListReferrersOptions {
  /** Only these; default all. */
  artifactType?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** A manifest whose `subject` is what it refers to; its config and layers have been uploaded. */
export interface Referrer {
  bytes: Buffer;
  mediaType: string;
  digest: Digest;
  /** The manifest's own, or else the media type of its config. */
  artifactType: string;
  annotations?: Record<string, string> | undefined;
}

/** The tag under which referrers are listed where the registry does not know the API. */
export function referrersTag(digest: Digest): string {
  return `sha256-${hexOf(digest)}`;
}

/** Empty when there are none. The manifests they describe are not read, and what they claim is not verified. */
export async function listReferrers(
  client: RegistryClient,
  repository: string,
  digest: Digest,
  options: ListReferrersOptions = {},
): Promise<Descriptor[]> {
  const { artifactType, signal } = options;
  const known = await client.getReferrers(repository, digest, { artifactType, signal });
  const all = known ?? (await readTag(client, repository, digest, signal))?.manifests ?? [];
  return artifactType === undefined ? all : all.filter((entry) => entry.artifactType === artifactType);
}

/** How often the tag is written anew when somebody else wrote it at the same time. */
const tagAttempts = 5;

/**
 * Pushes the manifest by its digest, and sees to it that it is listed. A second call changes nothing.
 * @throws REGISTRY_REFUSED, IMAGE_MANIFEST_INVALID when something else than an index stands under the tag (it stays)
 */
export async function pushReferrer(
  client: RegistryClient,
  repository: string,
  manifest: Referrer,
  subject: Descriptor,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { signal } = options;
  const { bytes, mediaType, digest, artifactType, annotations } = manifest;
  const put = await client.putReferrer(repository, digest, mediaType, bytes, { signal });
  if (put.subjectNoted) return;
  const entry: Descriptor = {
    mediaType,
    digest,
    size: bytes.length,
    artifactType,
    ...(annotations ? { annotations } : {}),
  };
  for (let attempt = 1; ; attempt++) {
    const index = await readTag(client, repository, subject.digest, signal);
    // Read again after writing: two who write at once would otherwise lose one entry.
    if (index?.manifests.some((known) => known.digest === digest)) return;
    if (attempt > tagAttempts) break;
    const next: ImageIndex = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      ...index,
      manifests: [...(index?.manifests ?? []), entry],
    };
    const text = Buffer.from(JSON.stringify(next));
    await client.putManifest(repository, referrersTag(subject.digest), mediaTypes.ociIndex, text, { signal });
  }
  const registry = new URL(client.baseUrl).host;
  const request = `the list of referrers ${repository}:${referrersTag(subject.digest)}`;
  const reason = `what was added to it ${tagAttempts} times is not there`;
  throw registryErrors.REGISTRY_PROTOCOL({ registry, request, reason });
}

async function readTag(
  client: RegistryClient,
  repository: string,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<ImageIndex | undefined> {
  const tag = referrersTag(digest);
  try {
    const { bytes } = await client.getManifest(repository, tag, { signal });
    const document = parseManifest(bytes, `${repository}:${tag}`);
    if (isIndex(document)) return document;
    throw imageErrors.IMAGE_MANIFEST_INVALID({ digest: `${repository}:${tag}`, reason: 'it is not an index' });
  } catch (cause) {
    if (SealerError.is(cause) && cause.code === 'REGISTRY_NOT_FOUND') return undefined;
    throw cause;
  }
}
