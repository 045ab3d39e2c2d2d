/** The bill of materials of an image: read where it is attached, else made from the layers. */
import { text as textOf } from 'node:stream/consumers';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { isIndex, parseManifest, parseObject } from '../image/manifest-document.js';
import type { ImageStore, LoadedImage } from '../store/store.js';
import { type NewAttachment, referrer } from '../trust/new-attachment.js';
import { type BillOfMaterials, billOfMaterials, sbomType } from './cyclonedx.js';
import { type ScanOptions, scanImage } from './scan-image.js';

export interface FoundSbom {
  /** False when it was made just now. */
  attached: boolean;
  sbom: BillOfMaterials;
}

export async function makeSbom(
  store: ImageStore,
  image: Pick<LoadedImage, 'name' | 'digest' | 'config'>,
  options: ScanOptions = {},
): Promise<BillOfMaterials> {
  return billOfMaterials(image, await scanImage(store, image, options));
}

export function sbomAttachment(subject: Descriptor, sbom: BillOfMaterials): NewAttachment {
  return referrer(subject, sbomType, Buffer.from(JSON.stringify(sbom)));
}

export async function findSbom(store: ImageStore, image: LoadedImage, options: ScanOptions = {}): Promise<FoundSbom> {
  const [text] = await attachedTexts(store, image.digest, sbomType);
  if (text !== undefined)
    return { attached: true, sbom: attachedObject(text, image.digest) as unknown as BillOfMaterials };
  return { attached: false, sbom: await makeSbom(store, image, options) };
}

/** The documents of this type that are attached to a manifest. */
export async function attachedTexts(store: ImageStore, subject: Digest, type: string): Promise<string[]> {
  const texts: string[] = [];
  for (const { subject: of, descriptor } of await store.attachments()) {
    if (of !== subject) continue;
    const document = parseManifest(await store.readSmallBlob(descriptor.digest), descriptor.digest);
    if (isIndex(document)) continue;
    const layer = document.layers.find(({ mediaType }) => mediaType === type);
    // It may be larger than a manifest: a cluster has thousands of modules.
    if (layer) texts.push(await textOf(store.readBlob(layer.digest)));
  }
  return texts;
}

/** What is attached may be anybody's. @throws IMAGE_MANIFEST_INVALID */
export function attachedObject(text: string, subject: Digest): Record<string, unknown> {
  return parseObject(Buffer.from(text), `what is attached to ${subject}`);
}
