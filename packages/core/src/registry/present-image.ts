/** Sees to it that an image is in the store before it is used: one that is named with its registry is pulled when it is missing. */
import { SealerError } from '../errors/sealer-error.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex } from '../image/manifest-document.js';
import { choosePlatform, defaultPlatform } from '../image/platform.js';
import { namesRegistry } from '../image/registry-of-name.js';
import { similarNames } from '../store/find-image.js';
import type { ImageStore } from '../store/store.js';
import { type PullOptions, pullImage } from './pull-image.js';

/** When the registry is asked: for what is not here, each time, not at all. */
export const pullPolicies = ['missing', 'always', 'never'] as const;
export type PullPolicy = (typeof pullPolicies)[number];

export interface PresentOptions extends PullOptions {
  /** Default `missing`. */
  pull?: PullPolicy | undefined;
}

/**
 * A name without a registry (`shop:1.0`) and a digest are the store's alone. Whose signatures are asked for is decided
 * before a byte comes, as by `sealer pull`.
 * @throws IMAGE_NOT_FOUND, and what pulling throws
 */
export async function presentImage(store: ImageStore, reference: string, options: PresentOptions = {}): Promise<void> {
  const { pull = 'missing', emit } = options;
  const here = await isHere(store, reference, options);
  if (!namesRegistry(reference)) {
    if (!here) throw imageErrors.IMAGE_NOT_FOUND({ reference, similar: similarNames(await store.list(), reference) });
    const text = `${reference} names no registry: the one of the local store is used`;
    if (pull === 'always') emit?.({ type: 'message', level: 'warning', text });
    return;
  }
  // What the store then says of one that is not there names what there is.
  if (pull === 'never' || (here && pull === 'missing')) return;
  if (!here) emit?.({ type: 'message', level: 'info', text: `${reference} is not in the local store: it is pulled` });
  await pullImage(store, reference, options);
}

/** For this platform: of an image of several, others may be all that was brought. Where all are taken, what is here does. */
async function isHere(store: ImageStore, reference: string, { platform, allPlatforms }: PullOptions): Promise<boolean> {
  const found = await store.find(reference);
  if (!found || allPlatforms) return found !== undefined;
  const document = await store.readManifest(found.descriptor);
  if (!isIndex(document)) return true;
  try {
    const { digest } = choosePlatform(document, platform ?? defaultPlatform(), reference);
    return (await store.blobSize(digest)) !== undefined;
  } catch (cause) {
    // A platform it does not have is not there to be pulled either; who opens it says which there are.
    if (SealerError.is(cause) && cause.code === 'IMAGE_PLATFORM_MISSING') return true;
    throw cause;
  }
}
