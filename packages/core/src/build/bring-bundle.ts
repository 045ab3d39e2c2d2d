/** Brings the container images of a build into the store, beside those of its parent. */
import pLimit from 'p-limit';
import type { Platform } from '../image/descriptor.js';
import { ingestBundleImage } from '../image/ingest.js';
import type { ImageStore } from '../image/store.js';
import { openRemoteSource } from '../registry/remote-source.js';
import type { Emit } from '../workflow/events.js';
import type { BuildState } from './build-state.js';
import { refuseTooManyBlobs } from './count-blobs.js';
import type { WantedImages } from './wanted-images.js';

export interface BringOptions {
  /** What relative paths in lists start from. */
  context: string;
  store: ImageStore;
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

/** A name given again replaces the parent's. @throws IMAGE_TOO_MANY_BLOBS before anything is fetched */
export async function bringBundle(
  state: BuildState,
  { entries, credentials }: Pick<WantedImages, 'entries' | 'credentials'>,
  { context, store, signal, emit }: BringOptions,
  platform: Platform,
): Promise<void> {
  const access = (name: string) => {
    const given = credentials.get(name);
    return given ? { credentials: given } : {};
  };
  await refuseTooManyBlobs(state.bundleBlobs, entries, {
    platform,
    signal,
    open: (reference) => openRemoteSource(reference, { signal, ...access(String(reference)) }),
  });
  const limit = pLimit(3);
  const brought = await Promise.all(
    entries.map((entry) =>
      limit(() =>
        ingestBundleImage(entry, {
          store,
          platform,
          baseDirectory: context,
          ...(signal ? { signal } : {}),
          ...(emit ? { emit } : {}),
          ...(credentials.has(String(entry.reference))
            ? {
                registry: (reference, stop) =>
                  openRemoteSource(reference, { signal: stop, ...access(String(reference)) }),
              }
            : {}),
        }),
      ),
    ),
  );
  for (const { image, descriptors } of brought) {
    state.bundle = [...state.bundle.filter((other) => other.name !== image.name), image];
    state.bundleBlobs.push(...descriptors);
  }
}
