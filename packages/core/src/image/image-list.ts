/**
 * manifests/imageList: the container images to carry along, one a line:
 *   name[@digest] [from oci:PATH[:REF] | from oci-archive:PATH[:REF] | from docker-archive:PATH]
 * Empty lines and what follows a `#` at the start of a word are left out. Paths are relative to the build context.
 */
import { SealerError } from '../errors/sealer-error.js';
import { imageErrors } from './image-errors.js';
import { parseReference, type Reference } from './reference.js';

export type ImageSource =
  | { kind: 'registry' }
  | { kind: 'oci' | 'oci-archive'; path: string; refName?: string }
  | { kind: 'docker-archive'; path: string };

export interface ImageListEntry {
  reference: Reference;
  source: ImageSource;
  /** `manifests/imageList:3`. */
  origin: string;
}

/** @throws IMAGE_LIST_INVALID with file, line and column; when several lines are wrong, all of them in `errors`. */
export function parseImageList(text: string, file: string): ImageListEntry[] {
  const entries: ImageListEntry[] = [];
  const errors: SealerError[] = [];
  const seen = new Map<string, ImageListEntry>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const words = wordsOf(raw);
    if (words.length === 0) continue;
    const fail = (word: Word, reason: string) =>
      imageErrors.IMAGE_LIST_INVALID(
        { text: word.text, reason },
        { position: { file, line: index + 1, column: word.column } },
      );
    try {
      const entry = parseLine(words, `${file}:${index + 1}`, fail);
      const earlier = seen.get(entry.reference.toString());
      if (earlier === undefined) entries.push(entry);
      // The same line twice is harmless; two sources for one name are not.
      else if (JSON.stringify(earlier.source) !== JSON.stringify(entry.source)) {
        throw fail(words[0] as Word, `the image is named in ${earlier.origin} with another source`);
      }
      seen.set(entry.reference.toString(), earlier ?? entry);
    } catch (cause) {
      if (!SealerError.is(cause)) throw cause;
      errors.push(cause);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw imageErrors.IMAGE_LIST_INVALID(
      { text: file, reason: `${errors.length} lines cannot be understood` },
      { errors },
    );
  }
  return entries;
}

interface Word {
  text: string;
  /** From 1. */
  column: number;
}

function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  for (const match of line.matchAll(/\S+/g)) {
    if (match[0].startsWith('#')) break;
    words.push({ text: match[0], column: match.index + 1 });
  }
  return words;
}

function parseLine(words: Word[], origin: string, fail: (word: Word, reason: string) => SealerError): ImageListEntry {
  const [name, from, source, ...more] = words as [Word, ...Word[]];
  let reference: Reference;
  try {
    reference = parseReference(name.text);
  } catch (cause) {
    throw fail(name, SealerError.is(cause) ? cause.message : String(cause));
  }
  if (from === undefined) return { reference, source: { kind: 'registry' }, origin };
  if (from.text !== 'from') throw fail(from, 'after the name only `from SOURCE` may follow');
  if (source === undefined) throw fail(from, 'a source is expected after `from`');
  if (more[0] !== undefined) throw fail(more[0], 'nothing may follow the source; a path cannot hold spaces');
  return { reference, source: parseSource(source, fail), origin };
}

function parseSource(word: Word, fail: (word: Word, reason: string) => SealerError): ImageSource {
  const [kind, path, ...rest] = word.text.split(':') as [string, ...string[]];
  const refName = rest.join(':');
  if (kind !== 'oci' && kind !== 'oci-archive' && kind !== 'docker-archive') {
    throw fail(word, 'a source begins with oci:, oci-archive: or docker-archive:');
  }
  if (!path) throw fail(word, `a path is expected after ${kind}:`);
  if (kind !== 'docker-archive') return { kind, path, ...(refName ? { refName } : {}) };
  if (rest.length > 0) throw fail(word, 'a docker-archive is chosen from by the name of the image, not by :REF');
  return { kind, path };
}
