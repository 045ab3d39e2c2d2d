/** The manifest or index of any image in the store as it is, and the platforms of an index. */
import type { Descriptor, Digest, Platform } from '../image/descriptor.js';
import { isIndex } from '../image/manifest-document.js';
import { platformName } from '../image/platform.js';
import { manifestFor } from './find-platform.js';
import { lookUpImages } from './look-up-images.js';
import type { ImageStore } from './store.js';

export interface PlatformRow {
  /** `linux/arm64` */
  platform: string;
  digest: Digest;
  /** Bytes of the manifest. */
  size: number;
  /** An index may name platforms that were never brought here. */
  here: boolean;
}

/**
 * The bytes that the image's digest is of. @param platform of an index: its manifest for that one
 * @throws IMAGE_NOT_FOUND, IMAGE_PLATFORM_MISSING, BLOB_MISSING
 */
export async function manifestBytes(store: ImageStore, reference: string, platform?: Platform): Promise<Buffer> {
  const image = await findOne(store, reference);
  const { descriptor } = platform ? await manifestFor(store, image, platform) : image;
  return await store.readSmallBlob(descriptor.digest);
}

/** One a manifest of an index, in its order; empty for an image of one platform. @throws IMAGE_NOT_FOUND */
export async function platformRows(store: ImageStore, reference: string): Promise<PlatformRow[]> {
  const { descriptor } = await findOne(store, reference);
  const document = await store.readManifest(descriptor);
  if (!isIndex(document)) return [];
  return await Promise.all(document.manifests.map((entry) => platformRow(store, entry)));
}

async function platformRow(store: ImageStore, { platform, digest, size }: Descriptor): Promise<PlatformRow> {
  const here = (await store.blobSize(digest)) !== undefined;
  return { platform: platform ? platformName(platform) : 'unknown', digest, size, here };
}

async function findOne(store: ImageStore, reference: string) {
  const [found] = await lookUpImages(store, [reference]);
  return found as NonNullable<typeof found>;
}
