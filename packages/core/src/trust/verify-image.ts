/** Whether an image is signed by keys that are trusted. */
import type { Descriptor, Digest } from '../image/descriptor.js';
import { type FoundSignature, findSignatures } from './find-signatures.js';
import type { PublicKey } from './keys.js';
import { readVerified, type SignedPlace } from './signed-place.js';
import { trustErrors } from './trust-errors.js';

export interface VerifiedImage {
  name: string;
  /** The digest that is signed. */
  digest: Digest;
  /** The keys whose signatures were found, each once. */
  keys: { id: string; source: string; form: FoundSignature['form'] }[];
}

export interface VerifyOptions {
  keys: readonly PublicKey[];
  /** How many different keys must have signed. Default 1. */
  required?: number | undefined;
}

/**
 * A signature that is no good does not harm beside enough good ones: anyone who may write to a repository can add one.
 * @param subjects the index and the manifest of the platform: a signature of either counts
 * @throws BLOB_MISSING, BLOB_DAMAGED, TRUST_UNSIGNED, TRUST_SIGNATURE_INVALID, TRUST_KEY_UNKNOWN, TRUST_SIGNATURES_TOO_FEW, TRUST_NO_KEYS
 */
export async function verifySignatures(
  place: SignedPlace,
  subjects: readonly Pick<Descriptor, 'digest'>[],
  { keys, required = 1 }: VerifyOptions,
): Promise<VerifiedImage> {
  const image = place.name;
  if (keys.length === 0) throw trustErrors.TRUST_NO_KEYS({ wanted: `${image} is to be verified` });
  const digest = place.root.digest;
  // A statement about bytes that are not what the digest says would mislead.
  await readVerified(place, place.root);
  const found = await signaturesOf(place, subjects);
  if (found.length === 0) throw trustErrors.TRUST_UNSIGNED({ image, digest });
  const usable = found.filter(({ problem }) => problem === undefined);
  const signers = keys.flatMap((key) => {
    const signature = usable.find((one) => one.madeBy(key));
    return signature ? [{ id: key.id, source: key.source, form: signature.form }] : [];
  });
  if (signers.length >= required) return { name: image, digest, keys: signers };
  if (signers.length > 0)
    throw trustErrors.TRUST_SIGNATURES_TOO_FEW({ image, digest, required, found: signers.map(({ source }) => source) });
  const reasons = found.flatMap((signature) => problemOf(signature, keys) ?? []);
  if (reasons.length > 0) throw trustErrors.TRUST_SIGNATURE_INVALID({ image, digest, reasons });
  throw trustErrors.TRUST_KEY_UNKNOWN({
    image,
    digest,
    signatures: found.length,
    keys: keys.map(({ source }) => source),
  });
}

export async function signaturesOf(
  place: SignedPlace,
  subjects: readonly Pick<Descriptor, 'digest'>[],
): Promise<FoundSignature[]> {
  return (await Promise.all(subjects.map(({ digest }) => findSignatures(place, digest)))).flat();
}

function problemOf(signature: FoundSignature, keys: readonly PublicKey[]): string | undefined {
  if (signature.problem !== undefined) return signature.problem;
  const claimed = keys.find(({ id }) => id === signature.keyId);
  return claimed && `it says ${claimed.source} made it, and was altered`;
}
