/** The provenance attached to an image. */
import type { ImageStore, LoadedImage } from '../image/store.js';
import { attachedText } from '../sbom/attach-sbom.js';
import { inTotoType, type Statement } from '../trust/dsse.js';
import { trustErrors } from '../trust/trust-errors.js';

/** @throws TRUST_ATTACHMENT_MISSING */
export async function findProvenance(store: ImageStore, image: LoadedImage): Promise<Statement> {
  const text = await attachedText(store, image.digest, inTotoType);
  if (text === undefined) throw trustErrors.TRUST_ATTACHMENT_MISSING({ image: image.name, what: 'provenance' });
  return JSON.parse(text) as Statement;
}
