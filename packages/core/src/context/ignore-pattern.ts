/**
 * One pattern of an ignore file, with the meaning docker gives it (Go package moby/patternmatcher): `*` and `?` stay
 * within a name, `**` goes over any number of folders, `[a-z]` and `\` are those of Go's filepath.Match.
 */
import { goRegExp } from './go-regexp.js';

export interface IgnorePattern {
  /** `!`: brings back what an earlier pattern took. */
  exception: boolean;
  matches(path: string): boolean;
}

/** @param pattern cleaned, without `!`. @throws Error with the reason when it is none */
export function ignorePattern(pattern: string, exception: boolean): IgnorePattern {
  checkSyntax(pattern);
  return { exception, matches: matcher(pattern) };
}

/** Docker compares strings where it can, and what `**` means depends on that: `**x` is any path that ends in x. */
function matcher(pattern: string): (path: string) => boolean {
  let kind: 'exact' | 'prefix' | 'suffix' | 'expression' = 'exact';
  let expression = '';
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const start = at;
    const character = characters[at] as string;
    if (character === '*' && characters[at + 1] === '*') {
      at++;
      if (characters[at + 1] === '/') at++;
      if (at + 1 < characters.length) {
        expression += '(.*/)?';
        kind = 'expression';
      } else if (kind === 'exact') kind = 'prefix';
      else {
        expression += '.*';
        kind = 'expression';
      }
      if (start === 0) kind = 'suffix';
    } else if (character === '*' || character === '?') {
      expression += character === '*' ? '[^/]*' : '[^/]';
      kind = 'expression';
    } else if (character === '\\') {
      expression += `\\${characters[++at]}`;
      kind = 'expression';
    } else {
      if (character === '[' || character === ']') kind = 'expression';
      expression += '.+()|{}$'.includes(character) ? `\\${character}` : character;
    }
  }
  if (kind === 'exact') return (path) => path === pattern;
  if (kind === 'prefix') return (path) => path.startsWith(pattern.slice(0, -2));
  if (kind === 'suffix') {
    const suffix = pattern.slice(2);
    return (path) => path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
  }
  const regExp = goRegExp(`^${expression}$`);
  return (path) => regExp.test(path);
}

/** What filepath.Match of Go refuses: an open or empty `[...]`, an open range, a `\` at the end. */
function checkSyntax(pattern: string): void {
  const characters = [...pattern];
  const one = (at: number): number => {
    if (characters[at] === undefined || characters[at] === ']' || characters[at] === '-')
      throw new Error('[...] is not complete');
    if (characters[at] !== '\\') return at + 1;
    if (characters[at + 1] === undefined) throw new Error('[...] is not complete');
    return at + 2;
  };
  for (let at = 0; at < characters.length; at++) {
    if (characters[at] === '\\' && ++at === characters.length) throw new Error('\\ stands at its end');
    else if (characters[at - 1] !== '\\' && characters[at] === '[') {
      at++;
      if (characters[at] === '^') at++;
      for (let ranges = 0; ranges === 0 || characters[at] !== ']'; ranges++) {
        at = one(at);
        if (characters[at] === '-') at = one(at + 1);
      }
    }
  }
}
