/**
 * Lists of images that are not to be carried, one a line; what follows a `#` at the start of a word is left out:
 *   registry/path:tag or @digest   that image          registry/path    every version of it
 *   registry/path/                 all below it        *                any characters
 */
import type { SealerError, SourcePosition } from '../errors/sealer-error.js';
import { parseReference } from '../image/reference.js';
import { matchesWildcard } from '../text/wildcard.js';
import { discoverErrors, together } from './discover-errors.js';
import { hasVersion } from './found-image.js';

export interface IgnoredImages {
  text: string;
  position: SourcePosition;
  matches(image: string): boolean;
  /** Whether it has matched any. */
  used: boolean;
}

/** @throws IGNORED_IMAGE_INVALID with file, line and column; of several wrong lines all, in `errors` */
export function parseIgnoredImages(text: string, file: string): IgnoredImages[] {
  const errors: SealerError[] = [];
  const patterns: IgnoredImages[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/(^|\s)#.*$/, '');
    const [first, second] = [...line.matchAll(/\S+/g)];
    if (!first) continue;
    const place = (column: number) => ({ position: { file, line: index + 1, column: column + 1 } });
    const wrong = /[^\w.:/@*-]/.exec(first[0]);
    if (second)
      errors.push(
        discoverErrors.IGNORED_IMAGE_INVALID({ text: line.trim(), reason: 'one name a line' }, place(second.index)),
      );
    else if (wrong)
      errors.push(
        discoverErrors.IGNORED_IMAGE_INVALID(
          { text: first[0], reason: `${JSON.stringify(wrong[0])} is in no name` },
          place(first.index + wrong.index),
        ),
      );
    else patterns.push(ignore(first[0], place(first.index).position));
  }
  if (errors.length > 0) throw together(errors);
  return patterns;
}

function ignore(text: string, position: SourcePosition): IgnoredImages {
  const matches = matcher(text);
  return {
    text,
    position,
    used: false,
    matches(image) {
      const found = matches(image);
      this.used ||= found;
      return found;
    },
  };
}

function matcher(pattern: string): (image: string) => boolean {
  const isOpen = /[*/]$/.test(pattern) || (pattern.includes('*') && hasVersion(pattern));
  const endings = pattern.endsWith('/') ? ['?*'] : isOpen || hasVersion(pattern) ? [''] : ['', ':*', '@*'];
  return (image) =>
    namesOf(image).some((name) => endings.some((ending) => matchesWildcard(`${pattern}${ending}`, name)));
}

/** As written, and as it is completed: `nginx` is `docker.io/library/nginx:latest`. */
function namesOf(image: string): string[] {
  try {
    const full = parseReference(image).toString();
    return [image, full, full.replace(/^docker\.io\/(library\/)?/, '')];
  } catch {
    // It can still be ignored as it is written.
    return [image];
  }
}
