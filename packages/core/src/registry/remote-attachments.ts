/** What is attached to a manifest in a registry: its referrers, and what cosign 2 keeps under tags made of its digest. */
import { SealerError } from '../errors/sealer-error.js';
import type { Attachment } from '../image/attachment.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';
import { isIndex, mediaTypeOf, parseManifest } from '../image/manifest-document.js';
import { listReferrers, pushReferrer } from './referrers.js';
import type { RegistryClient } from './registry-client.js';

interface Call {
  signal?: AbortSignal | undefined;
}

/** Signatures and attestations. */
const suffixes = ['sig', 'att'];

export async function remoteAttachments(
  client: RegistryClient,
  repository: string,
  subject: Digest,
  call: Call = {},
): Promise<Attachment[]> {
  const [referrers, ...tagged] = await Promise.all([
    listReferrers(client, repository, subject, call),
    ...suffixes.map(async (suffix) => {
      const tag = `sha256-${hexOf(subject)}.${suffix}`;
      const found = await manifestAt(client, repository, tag, call);
      return found && { subject, tag, descriptor: found.descriptor };
    }),
  ]);
  return [...referrers.map((descriptor) => ({ subject, descriptor })), ...tagged.flatMap((one) => one ?? [])];
}

/** Undefined when there is nothing under the reference. */
export async function manifestAt(client: RegistryClient, repository: string, reference: string, call: Call = {}) {
  try {
    const { bytes, digest, mediaType } = await client.getManifest(repository, reference, call);
    return { bytes, descriptor: { mediaType, digest, size: bytes.length } };
  } catch (cause) {
    if (SealerError.is(cause) && cause.code === 'REGISTRY_NOT_FOUND') return undefined;
    throw cause;
  }
}

/** @param send brings the blobs there that it is given; false when the registry has the attachment already */
export async function pushAttachment(
  client: RegistryClient,
  repository: string,
  { subject, tag, descriptor, bytes }: Attachment & { bytes: Buffer },
  send: (blobs: readonly Descriptor[], made: readonly Buffer[]) => Promise<void>,
  call: Call = {},
): Promise<boolean> {
  const document = parseManifest(bytes, descriptor.digest);
  if (isIndex(document)) return false;
  if (tag === undefined) {
    const known = await listReferrers(client, repository, subject, call);
    if (known.some(({ digest }) => digest === descriptor.digest)) return false;
    await send([document.config, ...document.layers], []);
    const artifactType = document.artifactType ?? document.config.mediaType;
    const { annotations } = document;
    const mediaType = mediaTypeOf(document);
    const manifest = { bytes, mediaType, digest: descriptor.digest, artifactType, annotations };
    await pushReferrer(client, repository, manifest, { mediaType: '', size: 0, digest: subject }, call);
    return true;
  }
  const there = await manifestAt(client, repository, tag, call);
  const older = there && parseManifest(there.bytes, tag);
  const olderLayers = older && !isIndex(older) ? older.layers : [];
  const { taggedManifest, uniteLayers } = await import('../trust/new-attachment.js');
  const layers = uniteLayers(olderLayers, document.layers);
  if (layers.length === olderLayers.length) return false;
  if (olderLayers.length === 0) {
    await send([document.config, ...document.layers], []);
    await client.putManifest(repository, tag, mediaTypeOf(document), bytes, call);
    return true;
  }
  // Others have signed it there: their signatures stay, ours come beside them.
  const united = taggedManifest(subject, tag, layers);
  await send(document.layers, united.blobs);
  await client.putManifest(repository, tag, united.descriptor.mediaType, united.manifest, call);
  return true;
}
