/** The policy at work: an image is looked at before anything of it is used. */

import type { Emit } from '../events/events.js';
import type { Descriptor } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex } from '../image/manifest-document.js';
import type { ImageStore, LoadedImage } from '../store/store.js';
import { inStore, readVerified, type SignedPlace } from './signed-place.js';
import { trustErrors } from './trust-errors.js';
import type { TrustSettings } from './trust-settings.js';
import { signaturesOf, type VerifiedImage, verifySignatures } from './verify-image.js';

export type TrustResult =
  | ({ status: 'verified' } & VerifiedImage)
  /** `signed`: nobody said whose signatures count, so they were not verified. */
  | { status: 'unsigned' | 'signed' | 'not-asked' };

/** @throws the errors of `verifySignatures` as the policy has it */
export async function applyPolicy(
  place: SignedPlace,
  subjects: readonly Descriptor[],
  { policy, keys, required }: TrustSettings,
  emit?: Emit,
): Promise<TrustResult> {
  if (policy === 'never') return { status: 'not-asked' };
  if (policy === 'always') {
    if (keys.length === 0) throw trustErrors.TRUST_NO_KEYS({ wanted: `the policy is to use only signed images` });
    return { status: 'verified', ...(await verifySignatures(place, subjects, { keys, required })) };
  }
  const say = (text: string) => emit?.({ type: 'message', level: 'info', text });
  const isSigned = (await signaturesOf(place, subjects)).length > 0;
  if (!isSigned) {
    say(`${place.name} is not signed`);
    return { status: 'unsigned' };
  }
  if (keys.length === 0) {
    say(`${place.name} is signed; there is no trusted key to verify it by`);
    return { status: 'signed' };
  }
  return { status: 'verified', ...(await verifySignatures(place, subjects, { keys, required })) };
}

/**
 * For an image of the store that is about to be used: its manifest and config have the digests that were signed. Layers
 * are verified by their digest on every host before they are unpacked. @throws also BLOB_DIGEST_MISMATCH
 */
export async function requireTrusted(
  store: ImageStore,
  image: LoadedImage,
  settings: TrustSettings,
  emit?: Emit,
): Promise<TrustResult> {
  if (settings.policy === 'never') return { status: 'not-asked' };
  const stored = await store.find(image.name);
  if (!stored) throw imageErrors.IMAGE_NOT_FOUND({ reference: image.name, similar: [] });
  const place = await inStore(store, stored);
  const subjects = [stored.descriptor];
  let manifest = await readVerified(place, stored.descriptor);
  if (isIndex(manifest)) {
    const part = manifest.manifests.find(({ digest }) => digest === image.digest);
    // The name was given to another image since it was opened.
    if (!part) throw imageErrors.IMAGE_NOT_FOUND({ reference: `${image.name}@${image.digest}`, similar: [] });
    subjects.push(part);
    manifest = await readVerified(place, part);
  }
  if (!isIndex(manifest)) await readVerifiedBlob(place, manifest.config);
  const result = await applyPolicy(place, subjects, settings, emit);
  if (result.status === 'verified') {
    const by = result.keys.map(({ source }) => source).join(', ');
    emit?.({ type: 'message', level: 'info', text: `${image.name} is signed by ${by}` });
  }
  return result;
}

async function readVerifiedBlob(place: SignedPlace, descriptor: Descriptor): Promise<void> {
  const actual = digestOf(await place.blob(descriptor));
  if (actual !== descriptor.digest) throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: descriptor.digest, actual });
}
