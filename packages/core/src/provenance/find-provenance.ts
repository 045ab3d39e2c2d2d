/** The provenance attached to an image. An image that was built twice has two: by its digest it is the same. */
import type { Digest } from '../image/descriptor.js';
import { attachedObject, attachedTexts } from '../sbom/attach-sbom.js';
import type { ImageStore, LoadedImage } from '../store/store.js';
import { inTotoType, type Statement } from '../trust/dsse.js';
import { trustErrors } from '../trust/trust-errors.js';

/** Of the latest build. @throws TRUST_ATTACHMENT_MISSING */
export async function findProvenance(store: ImageStore, image: LoadedImage): Promise<Statement> {
  const found = await attachedProvenance(store, image.digest);
  const [latest] = found.sort((a, b) => (finished(a) < finished(b) ? 1 : -1));
  if (!latest) throw trustErrors.TRUST_ATTACHMENT_MISSING({ image: image.name, what: 'provenance' });
  return latest;
}

export async function attachedProvenance(store: ImageStore, subject: Digest): Promise<Statement[]> {
  const texts = await attachedTexts(store, subject, inTotoType);
  return texts.map((text) => attachedObject(text, subject) as unknown as Statement);
}

function finished({ predicate }: Statement): string {
  const { runDetails } = (predicate ?? {}) as { runDetails?: { metadata?: { finishedOn?: string } } };
  return runDetails?.metadata?.finishedOn ?? '';
}
