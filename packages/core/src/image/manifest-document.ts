/** Reads manifests and indexes from bytes and checks what the rest of the code relies on. */
import { readJson } from '../text/read-json.js';
import type { Descriptor, ImageIndex, ImageManifest } from './descriptor.js';
import { isDigest } from './digest.js';
import { imageErrors } from './image-errors.js';
import { mediaTypes } from './media-types.js';

const indexTypes: readonly string[] = [mediaTypes.ociIndex, mediaTypes.dockerManifestList];
const manifestTypes: readonly string[] = [mediaTypes.ociManifest, mediaTypes.dockerManifest];

export const manifestMediaTypes: readonly string[] = [...manifestTypes, ...indexTypes];

export function isIndexType(mediaType: string): boolean {
  return indexTypes.includes(mediaType);
}

export function isManifestType(mediaType: string): boolean {
  return manifestTypes.includes(mediaType);
}

/** What BuildKit attaches to images: not an image, and not needed to use one. */
export function isAttestation({ platform, annotations }: Descriptor): boolean {
  return platform?.os === 'unknown' || annotations?.['vnd.docker.reference.type'] === 'attestation-manifest';
}

export function isIndex(document: ImageManifest | ImageIndex): document is ImageIndex {
  return 'manifests' in document;
}

/** @throws IMAGE_MANIFEST_INVALID; `name` is what the message calls it, a digest or file. */
export function parseManifest(bytes: Buffer, name: string): ImageManifest | ImageIndex {
  const invalid = (reason: string) => imageErrors.IMAGE_MANIFEST_INVALID({ digest: name, reason });
  const value = parseObject(bytes, name);
  // A list without entries, as Go writes it.
  for (const key of ['manifests', 'layers']) if (value[key] === null) value[key] = [];
  if (value.schemaVersion !== 2) throw invalid(`schemaVersion is ${JSON.stringify(value.schemaVersion)}, not 2`);
  if (Array.isArray(value.manifests)) {
    // One document that is both could be read differently by two programs (CVE-2021-41190).
    if ('layers' in value || 'config' in value) throw invalid('it is an index and a manifest at the same time');
    for (const [at, entry] of value.manifests.entries()) checkDescriptor(entry, `manifests[${at}]`, invalid);
    return value as unknown as ImageIndex;
  }
  if (!Array.isArray(value.layers)) throw invalid('it has neither layers nor manifests');
  checkDescriptor(value.config, 'config', invalid);
  for (const [at, entry] of value.layers.entries()) checkDescriptor(entry, `layers[${at}]`, invalid);
  return value as unknown as ImageManifest;
}

/** A JSON object, or IMAGE_MANIFEST_INVALID. */
export function parseObject(bytes: Buffer, name: string): Record<string, unknown> {
  const { value, fault } = readJson(bytes.toString('utf8'));
  if (fault) {
    const reason = `it is not JSON (line ${fault.line}, column ${fault.column}: ${fault.reason})`;
    throw imageErrors.IMAGE_MANIFEST_INVALID({ digest: name, reason });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw imageErrors.IMAGE_MANIFEST_INVALID({ digest: name, reason: 'it is not a JSON object' });
  }
  return value as Record<string, unknown>;
}

/** The media type of a manifest as it says itself, or by its shape: OCI allows to leave it out. */
export function mediaTypeOf(document: ImageManifest | ImageIndex): string {
  return document.mediaType ?? (isIndex(document) ? mediaTypes.ociIndex : mediaTypes.ociManifest);
}

function checkDescriptor(
  value: unknown,
  place: string,
  invalid: (reason: string) => Error,
): asserts value is Descriptor {
  const entry = value as Partial<Descriptor> | null | undefined;
  if (typeof entry !== 'object' || entry === null) throw invalid(`${place} is not a descriptor`);
  if (typeof entry.mediaType !== 'string') throw invalid(`${place} has no mediaType`);
  if (!isDigest(entry.digest)) throw invalid(`${place} has digest ${JSON.stringify(entry.digest)}`);
  if (!Number.isSafeInteger(entry.size) || (entry.size as number) < 0) {
    throw invalid(`${place} has size ${JSON.stringify(entry.size)}`);
  }
}
