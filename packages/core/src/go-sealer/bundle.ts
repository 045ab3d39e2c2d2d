/**
 * The container images in the registry data of a Go sealer image, as rows of our bundle table. The data is that of CNCF
 * distribution ("registry v2"): tags point to digests, blobs lie under theirs. Repositories there have lost their domain.
 */
import type { BundleImage } from '../image/cluster-config.js';
import type { Descriptor, Digest, ImageManifest } from '../image/descriptor.js';
import { isDigest } from '../image/digest.js';
import { isIndex, mediaTypeOf, parseManifest } from '../image/manifest-document.js';
import { parseReference, type Reference } from '../image/reference.js';
import { uniqueByDigest } from '../store/copy-image.js';
import type { BlobStore } from '../store/store.js';
import type { GoExtension } from './extension.js';
import { goSealerErrors } from './go-sealer-errors.js';
import { type ReadImage, tagOf } from './read-layers.js';

/** Where Go sealer's clusters have their registry; manifests made for it may name images there. */
const goRegistry = 'sea.hub:5000';

export interface GoBundle {
  images: BundleImage[];
  /** Every blob the images consist of. */
  descriptors: Descriptor[];
}

/** @throws GO_IMAGE_BUNDLE_INCOMPLETE, GO_IMAGE_INVALID, IMAGE_MANIFEST_INVALID */
export async function readBundle(
  store: BlobStore,
  image: string,
  extension: GoExtension,
  read: Pick<ReadImage, 'tree' | 'blobs'>,
): Promise<GoBundle> {
  const rows = new Map<string, { digest: Digest; origin: string }>();
  const listed = listedNames(extension);
  for (const [path, { text }] of read.tree.entries()) {
    const place = tagOf(path);
    if (!place) continue;
    const digest = text?.trim();
    if (!isDigest(digest))
      throw goSealerErrors.GO_IMAGE_INVALID({ image, reason: `${path} holds ${JSON.stringify(text)}, not a digest` });
    const key = `${place.repository}:${place.tag}`;
    for (const { name, origin } of listed.get(key) ?? []) rows.set(name, { digest, origin });
    // The name by which Go sealer itself serves it, whatever its domain was.
    const own = parseReference(`${goRegistry}/${key}`).toString();
    if (!rows.has(own)) rows.set(own, { digest, origin: `registry/ (${key})` });
  }
  for (const { name, digest, origin } of pinned(extension))
    if (read.blobs.has(digest)) rows.set(name, { digest, origin });
  const trees = new Map<Digest, Descriptor[]>();
  const images: BundleImage[] = [];
  for (const [name, { digest, origin }] of rows) {
    const blobs = trees.get(digest) ?? (await imageBlobs(store, image, name, digest, read.blobs));
    trees.set(digest, blobs);
    images.push({
      name,
      digest,
      mediaType: (blobs[0] as Descriptor).mediaType,
      size: blobs.reduce((sum, { size }) => sum + size, 0),
      blobs: blobs.map((blob) => blob.digest),
      origin,
    });
  }
  images.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { images, descriptors: uniqueByDigest([...trees.values()].flat()) };
}

/** What the annotation names, by what is left of a name in the registry: path and tag. */
function listedNames(extension: GoExtension): Map<string, { name: string; origin: string }[]> {
  const found = new Map<string, { name: string; origin: string }[]>();
  for (const { reference, origin } of references(extension)) {
    if (reference.tag === undefined) continue;
    const key = `${reference.path}:${reference.tag}`;
    const name = `${reference.name}:${reference.tag}`;
    found.set(key, [...(found.get(key) ?? []), { name, origin }]);
  }
  return found;
}

function pinned(extension: GoExtension): { name: string; digest: Digest; origin: string }[] {
  return references(extension).flatMap(({ reference, origin }) =>
    reference.digest === undefined ? [] : [{ name: reference.toString(), digest: reference.digest, origin }],
  );
}

function references({ containerImages }: GoExtension): { reference: Reference; origin: string }[] {
  return containerImages.flatMap(({ image, app }) => {
    const origin = app === undefined ? 'sealer.image.container.images' : `sealer.image.container.images (app ${app})`;
    try {
      return [{ reference: parseReference(image), origin }];
    } catch {
      // Go sealer skips in silence what is no name, and carries nothing for it.
      return [];
    }
  });
}

/** Index, manifests, configs, layers, as far as they are carried: an index is sparse (docs/image-format.md). */
async function imageBlobs(
  store: BlobStore,
  image: string,
  name: string,
  root: Digest,
  carried: ReadonlySet<Digest>,
): Promise<Descriptor[]> {
  const incomplete = (missing: Digest) => goSealerErrors.GO_IMAGE_BUNDLE_INCOMPLETE({ image, name, missing });
  const open = async (digest: Digest) => {
    if (!carried.has(digest)) throw incomplete(digest);
    const bytes = await store.readSmallBlob(digest);
    const document = parseManifest(bytes, digest);
    return { document, descriptor: { mediaType: mediaTypeOf(document), digest, size: bytes.length } };
  };
  const content = ({ config, layers }: ImageManifest) =>
    [config, ...layers].map(({ mediaType, digest, size }): Descriptor => ({ mediaType, digest, size }));
  const { document, descriptor } = await open(root);
  if (!isIndex(document)) {
    const blobs = content(document);
    const missing = blobs.find(({ digest }) => !carried.has(digest));
    if (missing) throw incomplete(missing.digest);
    return uniqueByDigest([descriptor, ...blobs]);
  }
  const whole: Descriptor[] = [];
  let lacking: Digest | undefined;
  for (const child of document.manifests) {
    if (!carried.has(child.digest)) continue;
    const { document: manifest, descriptor: own } = await open(child.digest);
    if (isIndex(manifest)) continue;
    const blobs = content(manifest);
    const missing = blobs.find(({ digest }) => !carried.has(digest));
    if (missing) lacking ??= missing.digest;
    else whole.push(own, ...blobs);
  }
  if (whole.length === 0) throw incomplete(lacking ?? document.manifests[0]?.digest ?? root);
  return uniqueByDigest([descriptor, ...whole]);
}
