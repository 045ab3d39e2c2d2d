/** An attachment that has been made and is nowhere yet: its manifest and its blobs, to be put into a store or a registry. */

import type { Attachment } from '../image/attachment.js';
import type { Descriptor, Digest, ImageManifest } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { mediaTypes } from '../image/media-types.js';
import type { ImageStore } from '../store/store.js';
import { bundleOf, bundleType, type Envelope, openEnvelope, predicateAnnotation } from './dsse.js';
import type { PrivateKey } from './keys.js';
import { type SimpleSignature, signatureManifest, signatureTag } from './simple-signing.js';

export interface NewAttachment extends Attachment {
  manifest: Buffer;
  blobs: Buffer[];
}

/** The config of a manifest that needs none (image-spec manifest.md, "Guidance for an Empty Descriptor"). */
const emptyConfig = Buffer.from('{}');
const emptyType = 'application/vnd.oci.empty.v1+json';

/** A manifest with one blob that refers to its subject. */
export function referrer(
  subject: Descriptor,
  artifactType: string,
  content: Buffer,
  said: Readonly<Record<string, string>> = {},
): NewAttachment {
  const blob = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const document: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: blob(emptyType, emptyConfig),
    layers: [blob(artifactType, content)],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    ...(Object.keys(said).length > 0 ? { annotations: { ...said } } : {}),
  };
  const manifest = Buffer.from(JSON.stringify(document));
  const descriptor = { ...blob(mediaTypes.ociManifest, manifest), artifactType, ...annotated(said) };
  return { subject: subject.digest, descriptor, manifest, blobs: [emptyConfig, content] };
}

/** A signed statement as cosign 3 attaches it. */
export function bundleReferrer(subject: Descriptor, envelope: Envelope, key: PrivateKey): NewAttachment {
  return referrer(subject, bundleType, bundleOf(envelope, key), {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    [predicateAnnotation]: openEnvelope(envelope).statement.predicateType,
    // Fixed, so that the same signature is the same manifest; when it was made is not what a signature proves.
    'org.opencontainers.image.created': '1970-01-01T00:00:00Z',
  });
}

/** Signatures under the tag of cosign 2, beside the ones that are there. @param older layers of the tag's manifest */
export function taggedSignatures(subject: Digest, older: readonly Descriptor[], added: SimpleSignature): NewAttachment {
  const layers = uniteLayers(older, [added.layer]);
  return taggedManifest(subject, signatureTag(subject), layers, [added.payload]);
}

/** A manifest over layers, of which `blobs` are the ones that have to be put somewhere. */
export function taggedManifest(
  subject: Digest,
  tag: string,
  layers: readonly Descriptor[],
  blobs: readonly Buffer[] = [],
): NewAttachment {
  const { manifest, config } = signatureManifest(layers);
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestOf(manifest), size: manifest.length };
  return { subject, tag, descriptor, manifest, blobs: [config, ...blobs] };
}

/** The same payload may carry several signatures: a layer is known by its digest and its annotations. */
export function uniteLayers(older: readonly Descriptor[], newer: readonly Descriptor[]): Descriptor[] {
  const key = ({ digest, annotations }: Descriptor) =>
    JSON.stringify([digest, Object.entries(annotations ?? {}).sort()]);
  return [...new Map([...older, ...newer].map((layer) => [key(layer), layer])).values()];
}

/** Stores them and attaches them to their images. */
export async function attachToStore(store: ImageStore, attachments: readonly NewAttachment[]): Promise<void> {
  await store.attach(await putAttachments(store, attachments));
}

/** Stores them; what is returned has still to be attached. */
export async function putAttachments(store: ImageStore, attachments: readonly NewAttachment[]): Promise<Attachment[]> {
  for (const { manifest, blobs } of attachments)
    for (const bytes of [...blobs, manifest]) await store.putBlob({ digest: digestOf(bytes) }, bytes);
  return attachments.map(({ subject, descriptor, tag }) => ({ subject, descriptor, ...(tag ? { tag } : {}) }));
}

function annotated(said: Readonly<Record<string, string>>) {
  return Object.keys(said).length > 0 ? { annotations: { ...said } } : {};
}
