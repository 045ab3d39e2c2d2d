/** Ignore files, read and applied as docker does (Go packages moby/patternmatcher and its ignorefile). */
import { posix } from 'node:path';
import { contextErrors } from './context-errors.js';
import { type IgnorePattern, ignorePattern } from './ignore-pattern.js';

/** Which of the patterns have matched a folder; a path below it need not be compared with these. */
export type FolderMatches = readonly boolean[];

export class IgnoreRules {
  readonly #patterns: readonly IgnorePattern[];

  constructor(patterns: readonly IgnorePattern[] = []) {
    this.#patterns = patterns;
  }

  /** An exception may bring back something below an ignored folder. */
  get hasExceptions(): boolean {
    return this.#patterns.some(({ exception }) => exception);
  }

  /** @param above what this gave for the folder the path lies in */
  match(path: string, above?: FolderMatches): { ignored: boolean; matches: FolderMatches } {
    let ignored = false;
    const matches = this.#patterns.map((pattern, at) => {
      // A pattern that cannot change anything is not asked: its answer would not be known below either, in docker too.
      if (!above?.[at] && (pattern.exception !== ignored || !pattern.matches(path))) return false;
      ignored = !pattern.exception;
      return true;
    });
    return { ignored, matches };
  }

  /** For a path of which only the name is known. */
  ignores(path: string): boolean {
    const names = path.split('/');
    let found: { ignored: boolean; matches: FolderMatches } = { ignored: false, matches: [] };
    for (let length = 1; length <= names.length; length++)
      found = this.match(names.slice(0, length).join('/'), found.matches);
    return found.ignored;
  }
}

/** @throws BUILD_IGNORE_INVALID */
export function parseIgnoreFile(text: string, file: string): IgnoreRules {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  return new IgnoreRules(lines.flatMap((line, at) => parseLine(line, { file, line: at + 1, column: 1 }) ?? []));
}

function parseLine(line: string, position: { file: string; line: number; column: number }): IgnorePattern | undefined {
  const text = line.trim();
  // A comment begins the line: behind spaces, # is the beginning of a name.
  if (line.startsWith('#') || text === '') return undefined;
  const bang = text.startsWith('!') ? '!' : '';
  const path = cleaned(text.slice(bang.length).trim());
  const invalid = (reason: string) => contextErrors.BUILD_IGNORE_INVALID({ pattern: text, reason }).at(position);
  // Docker cleans twice, and looks for the ! after the second time: `/!a` is an exception as well.
  const whole = cleaned(`${bang}${path}`.trim());
  const exception = whole.startsWith('!');
  const pattern = exception ? whole.slice(1) : whole;
  if (exception && pattern === '') throw invalid('it names nothing');
  if (pattern === '') return undefined;
  try {
    return ignorePattern(pattern, exception);
  } catch (cause) {
    throw invalid((cause as Error).message);
  }
}

/** The shortest form of a path (filepath.Clean of Go), from the context. */
function cleaned(pattern: string): string {
  if (pattern === '') return '';
  const path = posix.normalize(pattern);
  return path.length > 1 ? path.replace(/\/$/, '').replace(/^\/(?=.)/, '') : path;
}
