/** Gathers the signatures of one manifest, of both forms; reads them, verifies none. */

import type { Attachment } from '../image/attachment.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { digestOf, hexOf } from '../image/digest.js';
import { imageSignaturePredicate, openBundle, predicateAnnotation } from './dsse.js';
import { type PublicKey, verifyBytes } from './keys.js';
import { readAttached, type SignedPlace } from './signed-place.js';
import { signatureAnnotation, signatureTag, simpleSigningType, subjectOfPayload } from './simple-signing.js';

export interface FoundSignature {
  form: 'tag' | 'bundle';
  /** Of the blob that holds it. */
  digest: Digest;
  /** Why it can be no signature of this image, whatever the key: damaged, or of another digest. */
  problem?: string;
  /** Hex id of the key that made it, as the signature claims. */
  keyId?: string;
  madeBy(key: PublicKey): boolean;
}

/** An attacker who can write to the registry must not make us read without end. */
const mostSignatures = 100;
const bundlePrefix = 'application/vnd.dev.sigstore.bundle';

export async function findSignatures(place: SignedPlace, subject: Digest): Promise<FoundSignature[]> {
  const found: FoundSignature[] = [];
  for (const attachment of await place.attached(subject)) {
    const isBundle = attachment.descriptor.artifactType?.startsWith(bundlePrefix);
    if (!isBundle && attachment.tag !== signatureTag(subject)) continue;
    for (const { form, layer } of await layersOf(place, attachment)) {
      if (found.length >= mostSignatures) return found;
      const signature = await read(place, form, layer, subject);
      if (signature) found.push(signature);
    }
  }
  return found;
}

async function layersOf(
  place: SignedPlace,
  attachment: Attachment,
): Promise<{ form: FoundSignature['form']; layer: Descriptor }[]> {
  const { layers, annotations } = await readAttached(place, attachment);
  // A signed statement about something else, and maybe a large one.
  if ((annotations?.[predicateAnnotation] ?? imageSignaturePredicate) !== imageSignaturePredicate) return [];
  const form = ({ mediaType }: Descriptor) =>
    mediaType === simpleSigningType ? 'tag' : mediaType.startsWith(bundlePrefix) ? 'bundle' : undefined;
  return layers.flatMap((layer) => {
    const known = form(layer);
    return known ? [{ form: known, layer }] : [];
  });
}

/** Undefined for a signed statement that says something else than: this image is signed. */
async function read(
  place: SignedPlace,
  form: FoundSignature['form'],
  layer: Descriptor,
  subject: Digest,
): Promise<FoundSignature | undefined> {
  const { digest } = layer;
  const bad = (problem: string) => ({ form, digest, problem, madeBy: () => false });
  try {
    const bytes = await place.blob(layer);
    if (digestOf(bytes) !== digest) return bad(`${digest} holds other bytes than it should`);
    if (form === 'tag') {
      const signature = Buffer.from(layer.annotations?.[signatureAnnotation] ?? '', 'base64');
      const named = subjectOfPayload(bytes);
      return {
        form,
        digest,
        ...(named === subject ? {} : { problem: `it signs ${named}` }),
        madeBy: (key) => verifyBytes(bytes, signature, key),
      };
    }
    const { statement, signed, signatures, keyId } = openBundle(bytes);
    if (statement.predicateType !== imageSignaturePredicate) return undefined;
    const names = (statement.subject ?? []).map(({ digest: one }) => one.sha256);
    return {
      form,
      digest,
      ...(keyId ? { keyId } : {}),
      ...(names.includes(hexOf(subject))
        ? {}
        : { problem: `it signs ${names.map((name) => `sha256:${name}`).join(', ')}` }),
      madeBy: (key) => signatures.some((signature) => verifyBytes(signed, signature, key)),
    };
  } catch (cause) {
    return bad((cause as Error).message);
  }
}
