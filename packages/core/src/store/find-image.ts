/** Finds an image among the store's names: by name, digest, or unambiguous digest prefix. */
import { imageErrors } from '../image/image-errors.js';
import { parseReference } from '../image/reference.js';
import type { StoredImage } from './store.js';

/** Fewer digits would make it a matter of luck. */
const prefixDigits = 12;

/** @throws IMAGE_AMBIGUOUS when a digest prefix fits images of different digests. */
export function findImage(images: readonly StoredImage[], reference: string): StoredImage | undefined {
  const byName = findByName(images, reference);
  if (byName) return byName;
  const prefix = /^(?:sha256:)?([0-9a-f]+)$/.exec(reference)?.[1];
  if (prefix === undefined || prefix.length < prefixDigits) return undefined;
  const fitting = images.filter(({ descriptor }) => descriptor.digest.startsWith(`sha256:${prefix}`));
  const digests = [...new Set(fitting.map(({ descriptor }) => descriptor.digest))];
  if (digests.length > 1) throw imageErrors.IMAGE_AMBIGUOUS({ reference, digests });
  return fitting[0];
}

function findByName(images: readonly StoredImage[], text: string): StoredImage | undefined {
  let full: string;
  let digest: string | undefined;
  let repository: string;
  try {
    const reference = parseReference(text);
    full = reference.toString();
    digest = reference.digest;
    repository = reference.name;
  } catch {
    return undefined;
  }
  const exact = images.find(({ name }) => name === full);
  if (exact || digest === undefined) return exact;
  // name@digest: an image of this repository with that digest, whatever its tag.
  return images.find(
    ({ name, descriptor }) => descriptor.digest === digest && parseReference(name).name === repository,
  );
}

/** Names that a wrong one may have meant: same repository, or same last path component. */
export function similarNames(images: readonly StoredImage[], reference: string): string[] {
  const last = (text: string) => text.split('@')[0]?.split('/').at(-1)?.split(':')[0];
  const wanted = last(reference);
  return images.flatMap(({ name }) => (last(name) === wanted ? [name] : [])).slice(0, 3);
}
