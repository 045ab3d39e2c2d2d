/** Signs an image, in the forms of cosign 2 and 3, beside the signatures it has. */
import type { Digest } from '../image/descriptor.js';
import { imageSignaturePredicate, signStatement, statement } from './dsse.js';
import { findSignatures } from './find-signatures.js';
import type { PrivateKey } from './keys.js';
import { bundleReferrer, type NewAttachment, taggedSignatures } from './new-attachment.js';
import { signAttached } from './sign-attached.js';
import { readAttached, readVerified, type SignedPlace } from './signed-place.js';
import { signatureTag, signSimply } from './simple-signing.js';

export type SignatureForm = 'tag' | 'bundle';

export interface SignOptions {
  /**
   * Default both: `tag` for cosign 2 and registries without referrers, `bundle` for cosign 3. Only `tag` where others
   * have signed under the tag alone: as soon as there is one bundle, cosign looks at no signature under a tag.
   */
  forms?: readonly SignatureForm[] | undefined;
  /** Also signs the bill of materials and the provenance that are attached, whoever made them. Default false. */
  attest?: boolean | undefined;
}

export interface SignedImage {
  name: string;
  digest: Digest;
  keyId: string;
  /** Forms that were added; empty when this key had signed it already. */
  added: SignatureForm[];
  /** Bills of materials and provenance that were signed with it. */
  attested: number;
}

/** The index of an image for several platforms is signed, not its parts: who holds a part verifies through the index. */
export async function signImage(
  place: SignedPlace,
  key: PrivateKey,
  { forms, attest = false }: SignOptions = {},
): Promise<SignedImage> {
  const { root } = place;
  // What is signed is what the digest says, not what a damaged store holds.
  await readVerified(place, root);
  const usable = (await findSignatures(place, root.digest)).filter(({ problem }) => problem === undefined);
  const there = usable.filter((signature) => signature.madeBy(key));
  const tagsOnly = usable.length > 0 && usable.every(({ form }) => form === 'tag');
  const wanted: readonly SignatureForm[] = forms ?? (tagsOnly ? ['tag'] : ['tag', 'bundle']);
  const added = wanted.filter((form) => !there.some((signature) => signature.form === form));
  const attachments: NewAttachment[] = [];
  if (added.includes('tag')) {
    const tag = signatureTag(root.digest);
    const older = (await place.attached(root.digest)).find((attachment) => attachment.tag === tag);
    const layers = older ? (await readAttached(place, older)).layers : [];
    attachments.push(taggedSignatures(root.digest, layers, signSimply(root.digest, place.repository, key)));
  }
  if (added.includes('bundle')) {
    const envelope = signStatement(statement(root.digest, imageSignaturePredicate, {}), key);
    attachments.push(bundleReferrer(root, envelope, key));
  }
  const attested = attest ? await signAttached(place, key) : [];
  if (attachments.length + attested.length > 0) await place.add([...attachments, ...attested]);
  return { name: place.name, digest: root.digest, keyId: key.id, added, attested: attested.length };
}
