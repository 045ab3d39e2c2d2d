/** Registries refuse an index that names what they lack. docker's archives lack attestations, which no use of an image needs. */
import type { Emit } from '../events/events.js';
import type { Descriptor } from '../image/descriptor.js';
import { isAttestation, isIndex, type mediaTypeOf } from '../image/manifest-document.js';
import type { ImageStore, StoredImage } from '../store/store.js';

/**
 * What of an image can be pushed: itself, unless its index names attestations that are not here; then the one manifest
 * that is (as docker does), or an index of those that are. Both have another digest, which is said.
 */
export async function withoutMissingAttestations(
  store: ImageStore,
  { name, descriptor }: StoredImage,
  emit: Emit | undefined,
): Promise<Descriptor> {
  const document = await store.readManifest(descriptor);
  if (!isIndex(document)) return descriptor;
  const isHere = await Promise.all(
    document.manifests.map(async ({ digest }) => (await store.blobSize(digest)) !== undefined),
  );
  const missing = document.manifests.filter((_, at) => !isHere[at]);
  if (missing.length === 0 || !missing.every(isAttestation)) return descriptor;
  const kept = document.manifests.filter((child) => !missing.includes(child));
  const reduced = await reducedIndex(store, descriptor, kept, { ...document, manifests: kept });
  const text = `${name} is pushed without ${missing.length} attestations that are not here: as ${reduced.digest}, not ${descriptor.digest}`;
  emit?.({ type: 'message', level: 'warning', text });
  return reduced;
}

async function reducedIndex(
  store: ImageStore,
  { mediaType }: Descriptor,
  kept: readonly Descriptor[],
  index: Parameters<typeof mediaTypeOf>[0],
): Promise<Descriptor> {
  const [only] = kept;
  if (only && kept.length === 1) return { mediaType: only.mediaType, digest: only.digest, size: only.size };
  return { mediaType, ...(await store.addBlob(Buffer.from(JSON.stringify(index)))) };
}
