/** Signs the bill of materials and the provenance that are attached to an image, so that `cosign verify-attestation` takes them. */
import type { Descriptor } from '../image/descriptor.js';
import { isIndex, parseObject } from '../image/manifest-document.js';
import {
  inTotoType,
  type OpenedBundle,
  openBundle,
  predicateAnnotation,
  type Statement,
  signStatement,
  statement,
} from './dsse.js';
import { type PrivateKey, verifyBytes } from './keys.js';
import { bundleReferrer, type NewAttachment } from './new-attachment.js';
import { readAttached, readVerified, type SignedPlace } from './signed-place.js';

/** Media types of documents that are signed under the predicate sigstore knows them by. */
const documents: Readonly<Record<string, string>> = {
  'application/vnd.cyclonedx+json': 'https://cyclonedx.org/bom',
  'application/spdx+json': 'https://spdx.dev/Document',
};

/** Nothing for what this key has signed already. */
export async function signAttached(place: SignedPlace, key: PrivateKey): Promise<NewAttachment[]> {
  const made: NewAttachment[] = [];
  for (const subject of await manifestsOf(place)) {
    const signed: string[] = [];
    const statements: Statement[] = [];
    for (const attachment of await place.attached(subject.digest)) {
      const { layers, annotations } = await readAttached(place, attachment);
      const [layer] = layers;
      if (!layer) continue;
      if (annotations?.[predicateAnnotation] !== undefined) {
        const bundle = readable(await place.blob(layer));
        if (bundle?.signatures.some((one) => verifyBytes(bundle.signed, one, key)))
          signed.push(textOf(bundle.statement));
        continue;
      }
      const said = await statementOf(place, subject, layer);
      if (said) statements.push(said);
    }
    for (const one of statements)
      if (!signed.includes(textOf(one))) made.push(bundleReferrer(subject, signStatement(one, key), key));
  }
  return made;
}

/** Undefined for what somebody attached and is no bundle: it is signed by nobody. */
function readable(bytes: Buffer): OpenedBundle | undefined {
  try {
    return openBundle(bytes);
  } catch {
    return undefined;
  }
}

/** The image's own manifest, or those of its platforms that are here, besides the index. */
async function manifestsOf(place: SignedPlace): Promise<Descriptor[]> {
  const root = await readVerified(place, place.root);
  return isIndex(root) ? [place.root, ...root.manifests] : [place.root];
}

async function statementOf(place: SignedPlace, subject: Descriptor, layer: Descriptor): Promise<Statement | undefined> {
  const predicateType = documents[layer.mediaType];
  if (predicateType === undefined && layer.mediaType !== inTotoType) return undefined;
  const document = parseObject(await place.blob(layer), layer.digest);
  return predicateType === undefined
    ? (document as unknown as Statement)
    : statement(subject.digest, predicateType, document);
}

/** What says the same is the same, in whatever order its fields were written. */
function textOf({ subject, predicateType, predicate }: Statement): string {
  return JSON.stringify([subject.map(({ digest }) => digest), predicateType, predicate]);
}
