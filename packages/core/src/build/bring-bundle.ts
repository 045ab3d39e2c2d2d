/** Brings the container images of a build into the store, beside those of its parent. */
import pLimit from 'p-limit';
import { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import type { Platform } from '../image/descriptor.js';
import type { ImageListEntry } from '../image/image-list.js';
import type { RegistryAccess } from '../registry/connect-registry.js';
import { openRemoteSource } from '../registry/remote-source.js';
import type { ContentSource } from '../store/content-source.js';
import type { ImageStore } from '../store/store.js';
import { buildErrors } from './build-errors.js';
import type { BuildState } from './build-state.js';
import { refuseTooManyBlobs } from './count-blobs.js';
import { ingestBundleImage } from './ingest.js';
import type { WantedImages } from './wanted-images.js';

export interface BringOptions {
  /** What relative paths in lists start from. */
  context: string;
  store: ImageStore;
  /** Whose logins are used. */
  access?: Pick<RegistryAccess, 'authFile' | 'sealerHome'> | undefined;
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

type Wanted = Pick<WantedImages, 'entries' | 'credentials'>;

/**
 * All images are asked for before a blob of any is fetched, so that everything that is missing is known at once.
 * A name given again replaces the parent's.
 * @throws IMAGE_TOO_MANY_BLOBS, BUILD_IMAGES_UNAVAILABLE, and what fetching throws
 */
export async function bringBundle(
  state: BuildState,
  wanted: Wanted,
  { context, store, access, signal, emit }: BringOptions,
  platform: Platform,
): Promise<void> {
  const { entries } = wanted;
  const { authFile, sealerHome } = access ?? {};
  const sources = await openSources(wanted, { authFile, sealerHome, signal }, emit);
  const open = async (reference: ImageListEntry['reference']) => sources.get(String(reference)) as ContentSource;
  await refuseTooManyBlobs(state.bundleBlobs, entries, { platform, signal, open });
  const failed = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const limit = pLimit(3);
  const outcomes = await Promise.allSettled(
    entries.map((entry) =>
      limit(async () => {
        stop.throwIfAborted();
        const options = { store, platform, baseDirectory: context, signal: stop, ...(emit ? { emit } : {}) };
        return await ingestBundleImage(entry, { ...options, registry: open });
      }).catch((cause) => {
        // The first failure ends the others.
        failed.abort(cause);
        throw cause;
      }),
    ),
  );
  signal?.throwIfAborted();
  failed.signal.throwIfAborted();
  const brought = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  for (const { image, descriptors } of brought) {
    state.bundle = [...state.bundle.filter((other) => other.name !== image.name), image];
    state.bundleBlobs.push(...descriptors);
  }
}

/** By full name, of the images that come from a registry. Their first manifest is read here, and not again. */
async function openSources(
  { entries, credentials }: Wanted,
  access: RegistryAccess,
  emit: Emit | undefined,
): Promise<Map<string, ContentSource>> {
  const remote = entries.filter(({ source }) => source.kind === 'registry');
  let current = 0;
  const count = { id: 'find-images', title: 'ask registries for images', total: remote.length, unit: 'items' } as const;
  const limit = pLimit(8);
  const sources = new Map<string, ContentSource>();
  const errors: SealerError[] = [];
  await Promise.all(
    remote.map(({ reference, origin }) =>
      limit(async () => {
        const name = String(reference);
        const given = credentials.get(name);
        try {
          sources.set(name, await openRemoteSource(reference, { ...access, ...(given ? { credentials: given } : {}) }));
        } catch (cause) {
          access.signal?.throwIfAborted();
          if (!SealerError.is(cause)) throw cause;
          errors.push(namedBy(cause, name, origin));
        }
        current += 1;
        emit?.({ type: 'progress', ...count, current, ...(current === remote.length ? { done: true } : {}) });
      }),
    ),
  );
  const [first] = errors;
  if (errors.length === 1) throw first;
  if (first) throw buildErrors.BUILD_IMAGES_UNAVAILABLE({ count: errors.length, of: entries.length }, { errors });
  return sources;
}

/** The same error with who wants the image. */
function namedBy(cause: SealerError, name: string, origin: string): SealerError {
  const { code, message, exitCode, hint, remote, position } = cause;
  return new SealerError({
    code,
    message: `${message} (${name} is named by ${origin})`,
    exitCode,
    cause,
    ...(hint ? { hint } : {}),
    ...(remote ? { remote } : {}),
    ...(position ? { position } : {}),
  });
}
