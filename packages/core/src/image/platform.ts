/** OCI platforms: naming, comparing, choosing from an index (image-index.md). */
import { arch } from 'node:process';
import type { SealerError } from '../errors/sealer-error.js';
import type { Descriptor, ImageIndex, Platform } from './descriptor.js';
import { imageErrors } from './image-errors.js';

/** Node's names of architectures where they differ from Go's (GOARCH). */
const goArchitectures: Record<string, string> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le', loong64: 'loong64' };

/** Linux on this machine's architecture. */
export function defaultPlatform(): Platform {
  return { os: 'linux', architecture: goArchitectures[arch] ?? arch };
}

export function platformName(platform: Platform): string {
  return `${platform.os}/${platform.architecture}${platform.variant ? `/${platform.variant}` : ''}`;
}

/** Whether an image for `is` is one for `wanted`; without a wanted variant any will do. */
export function fits(is: Platform, wanted: Platform): boolean {
  const sameVariant = wanted.variant === undefined || is.variant === undefined || is.variant === wanted.variant;
  return is.os === wanted.os && is.architecture === wanted.architecture && sameVariant;
}

/**
 * The entry of an index for a platform. A wanted variant must fit; without one, an entry without variant or with the
 * architecture's usual one (arm64 v8) goes first.
 */
export function fittingEntry(index: ImageIndex, wanted: Platform): Descriptor | undefined {
  const fitting = index.manifests.filter(
    ({ platform }) =>
      platform?.os === wanted.os &&
      platform.architecture === wanted.architecture &&
      (wanted.variant === undefined || platform.variant === wanted.variant),
  );
  return fitting.find(({ platform }) => !platform?.variant || platform.variant === 'v8') ?? fitting[0];
}

export function missingPlatform(index: ImageIndex, wanted: Platform, reference: string): SealerError {
  return imageErrors.IMAGE_PLATFORM_MISSING({
    reference,
    wanted: platformName(wanted),
    // unknown/unknown are build attestations, not images.
    available: index.manifests.flatMap(({ platform }) =>
      platform && platform.os !== 'unknown' ? [platformName(platform)] : [],
    ),
  });
}

/** As `fittingEntry`. @throws IMAGE_PLATFORM_MISSING */
export function choosePlatform(index: ImageIndex, wanted: Platform, reference: string): Descriptor {
  const chosen = fittingEntry(index, wanted);
  if (chosen) return chosen;
  throw missingPlatform(index, wanted, reference);
}
