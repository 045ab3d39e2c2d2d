/** Shows an image in Go sealer's form as a cluster image; what that needs is made the first time. */
import { reportBytes } from '../events/report-bytes.js';
import { checkClusterConfig } from '../image/check-cluster-config.js';
import type { Descriptor, Digest, ImageManifest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, parseObject } from '../image/manifest-document.js';
import { mediaTypes } from '../image/media-types.js';
import { type DerivedImage, readDerived, writeDerived } from '../store/derived-images.js';
import { collectReachable } from '../store/reachable-blobs.js';
import type { ImageStore, LoadedImage, PrepareOptions } from '../store/store.js';
import { convertImage } from './convert-image.js';
import { isGoSealerManifest } from './extension.js';

/** @throws IMAGE_NOT_CLUSTER for any other image, and the errors of `convertImage` */
export async function openGoSealerImage(
  store: ImageStore,
  image: { name: string; digest: Digest; manifest: ImageManifest },
  options: PrepareOptions = {},
): Promise<LoadedImage> {
  const { name, digest } = image;
  if (!isGoSealerManifest(image.manifest)) throw await notCluster(store, name, image.manifest);
  const known = await readDerived(store.directory, digest);
  const derived = known && (await isWhole(store, known.descriptor)) ? known : await derive(store, image, options);
  const manifest = await store.readManifest(derived.descriptor);
  if (isIndex(manifest)) throw imageErrors.STORE_UNREADABLE({ path: store.directory, reason: 'derived/ is damaged' });
  const config = checkClusterConfig(await store.readSmallBlob(manifest.config.digest), manifest.config.digest);
  return { name, digest, manifest, config, original: image.manifest, files: derived.files };
}

/** Prepares every Go sealer image below a descriptor; other images are left alone. For load and pull, before a name is given. */
export async function prepareGoSealerImages(
  store: ImageStore,
  name: string,
  descriptor: Descriptor,
  options: PrepareOptions,
): Promise<void> {
  const document = await store.readManifest(descriptor);
  if (!isIndex(document)) {
    if (isGoSealerManifest(document))
      await openGoSealerImage(store, { name, digest: descriptor.digest, manifest: document }, options);
    return;
  }
  for (const child of document.manifests)
    if ((await store.blobSize(child.digest)) !== undefined) await prepareGoSealerImages(store, name, child, options);
}

async function derive(
  store: ImageStore,
  { name, digest, manifest }: { name: string; digest: Digest; manifest: ImageManifest },
  { signal, emit }: PrepareOptions,
): Promise<DerivedImage> {
  const total = manifest.layers.reduce((sum, { size }) => sum + size, 0);
  const progress = reportBytes({ id: `read:${digest}`, title: `Read the layers of ${name}`, total, emit });
  const derived = await convertImage(store, manifest, { image: name, signal, onBytes: progress.onBytes });
  await writeDerived(store.directory, digest, derived);
  progress.done();
  return derived;
}

async function isWhole(store: ImageStore, root: Descriptor): Promise<boolean> {
  try {
    for (const { digest, size } of (await collectReachable(store, root)).values())
      if ((await store.blobSize(digest)) !== size) return false;
    return true;
  } catch {
    return false;
  }
}

async function notCluster(store: ImageStore, reference: string, { config }: ImageManifest): Promise<Error> {
  const seen = `its config is ${config.mediaType}`;
  if (config.mediaType !== mediaTypes.dockerConfig && config.mediaType !== mediaTypes.ociConfig)
    return imageErrors.IMAGE_NOT_CLUSTER({ reference, seen });
  const value = parseObject(await store.readSmallBlob(config.digest), config.digest);
  const labels = (value.config as { Labels?: Record<string, string> } | undefined)?.Labels ?? {};
  if (!Object.keys(labels).some((label) => /(^|\.)(io\.sealer|sealer\.io)[./]/.test(label)))
    return imageErrors.IMAGE_NOT_CLUSTER({ reference, seen });
  const lost = `${seen}, with labels of Go sealer but without its annotation sealer.image.extension, which is lost when an image is stored in Docker's format: push or save it again in the OCI format`;
  return imageErrors.IMAGE_NOT_CLUSTER({ reference, seen: lost });
}
