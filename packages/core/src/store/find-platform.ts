/** The way from an image to its manifest for a platform: through an index, and through indexes in it, as containerd goes. */
import type { SealerError } from '../errors/sealer-error.js';
import type { Descriptor, ImageIndex, ImageManifest, Platform } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { isAttestation, isIndex, parseObject } from '../image/manifest-document.js';
import { fits, fittingEntry, missingPlatform, platformName } from '../image/platform.js';
import type { ImageStore, StoredImage } from './store.js';

export interface FoundDocument {
  descriptor: Descriptor;
  document: ImageManifest | ImageIndex;
}

export interface PlatformReader {
  /** Undefined for what is not here. */
  read(descriptor: Descriptor, depth: number): Promise<ImageManifest | ImageIndex | undefined>;
  /** What the config of a manifest says; undefined when it says nothing. */
  platformOf(manifest: ImageManifest): Promise<Platform | undefined>;
}

/** An index may point to an index; more than a few levels are a loop or an attack. */
const deepest = 3;

/**
 * @returns the documents on the way, the manifest last, and the platform its config says where no entry of an index did
 * @throws IMAGE_PLATFORM_MISSING, IMAGE_MANIFEST_INVALID
 */
export async function wayToPlatform(
  reader: PlatformReader,
  root: Descriptor,
  wanted: Platform,
  name: string,
): Promise<{ way: FoundDocument[]; said?: Platform | undefined }> {
  const document = await reader.read(root, 0);
  if (!document) throw imageErrors.IMAGE_MANIFEST_INVALID({ digest: root.digest, reason: 'it is not here' });
  const top = { descriptor: root, document };
  if (!isIndex(document)) return { way: [top], said: await reader.platformOf(document) };
  const way = await below(reader, document, wanted, 1);
  if (way) return { way: [top, ...way] };
  throw missingPlatform(document, wanted, name);
}

async function below(
  reader: PlatformReader,
  index: ImageIndex,
  wanted: Platform,
  depth: number,
): Promise<FoundDocument[] | undefined> {
  const fitting = fittingEntry(index, wanted);
  // Entries that say no platform may lead to it all the same.
  const silent = index.manifests.filter((entry) => !entry.platform && !isAttestation(entry));
  for (const descriptor of fitting ? [fitting] : silent) {
    if (depth > deepest)
      throw imageErrors.IMAGE_MANIFEST_INVALID({ digest: descriptor.digest, reason: 'indexes nest too deep' });
    const document = await reader.read(descriptor, depth);
    if (!document) continue;
    const found = { descriptor, document };
    if (isIndex(document)) {
      const rest = await below(reader, document, wanted, depth + 1);
      if (rest) return [found, ...rest];
    } else if (descriptor === fitting || isFor(await reader.platformOf(document), wanted)) return [found];
  }
  return undefined;
}

function isFor(said: Platform | undefined, wanted: Platform): boolean {
  return said !== undefined && fits(said, wanted);
}

/** Of images in the store. */
export function storeReader(store: ImageStore): PlatformReader {
  return {
    read: async (descriptor, depth) =>
      // What an index names and was never brought here may be had elsewhere in it; the first that is named must be here.
      depth > 0 && !descriptor.platform && (await store.blobSize(descriptor.digest)) === undefined
        ? undefined
        : await store.readManifest(descriptor),
    platformOf: async ({ config }) =>
      (await store.blobSize(config.digest)) === undefined
        ? undefined
        : platformIn(await store.readSmallBlob(config.digest), config.digest),
  };
}

/** What a config says of its platform; undefined when it is none of an image. */
export function platformIn(config: Buffer, name: string): Platform | undefined {
  try {
    const { os, architecture, variant } = parseObject(config, name);
    if (typeof os !== 'string' || typeof architecture !== 'string' || !os || !architecture) return undefined;
    return { os, architecture, ...(typeof variant === 'string' && variant ? { variant } : {}) };
  } catch {
    return undefined;
  }
}

/** Of any image: its manifest for the platform. @throws IMAGE_PLATFORM_MISSING also when its only one is for another */
export async function manifestFor(
  store: ImageStore,
  { name, descriptor }: StoredImage,
  platform: Platform,
): Promise<FoundDocument> {
  const { way, said } = await wayToPlatform(storeReader(store), descriptor, platform, name);
  if (said && !fits(said, platform)) throw otherPlatform(name, platform, said);
  return way.at(-1) as FoundDocument;
}

export function otherPlatform(reference: string, wanted: Platform, is: Platform): SealerError {
  const available = [platformName(is)];
  return imageErrors.IMAGE_PLATFORM_MISSING({ reference, wanted: platformName(wanted), available });
}

/** The image, when what is asked for of it is in the store. */
export async function imageHere(
  store: ImageStore,
  reference: string,
  { platform, allPlatforms = false }: { platform?: Platform | undefined; allPlatforms?: boolean | undefined },
): Promise<StoredImage | undefined> {
  const image = await store.find(reference);
  if (!image) return undefined;
  const document = await store.readManifest(image.descriptor);
  const all = allPlatforms && isIndex(document) ? document.manifests : [];
  for (const { digest } of all) if ((await store.blobSize(digest)) === undefined) return undefined;
  if (!platform) return image;
  return await manifestFor(store, image, platform).then(
    () => image,
    () => undefined,
  );
}
