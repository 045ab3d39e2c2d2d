/**
 * Quotes removed and variables replaced in one word, as docker does it in a Dockerfile (Go package
 * moby/buildkit/frontend/dockerfile/shell): `$X`, `${X}`, `${X-word}`, `${X:-word}`, `${X+word}`, `${X:+word}`,
 * `${X?message}`, `${X:?message}`, `${X#pattern}`, `${X##pattern}`, `${X%pattern}`, `${X%%pattern}`,
 * `${X/pattern/text}`, `${X//pattern/text}`. Names without a value are empty; nothing is replaced in single quotes.
 */
import { replaceFirst, trimPrefix, trimSuffix } from './shell-pattern.js';

export interface ExpandOptions {
  /** `\`, or what `# escape=` says. */
  escapeToken?: string | undefined;
  /** False: they are characters, as in here-documents. */
  quotes?: boolean;
}

/** @param values by name, or what gives the value of a name. @throws Error with the reason, for the place of the word */
export function expandWord(
  word: string,
  values: Readonly<Record<string, string>> | ((name: string) => string | undefined),
  { escapeToken = '\\', quotes = true }: ExpandOptions = {},
): string {
  const lookUp =
    typeof values === 'function' ? values : (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);
  return new Expansion([...word], lookUp, escapeToken, quotes).until(undefined);
}

/** Whether the word has quotes and braces that are closed, whatever its variables are. @throws Error with the reason */
export function checkWord(word: string, escapeToken: string): void {
  expandWord(word, () => 'x', { escapeToken });
}

/** What becomes of `\` in a part of a word. */
interface Escapes {
  /** It stays, for a pattern that is read again. */
  kept: boolean;
  /** In quotes it is made two: the text there stands for itself. */
  doubled: boolean;
}

const plain: Escapes = { kept: false, doubled: false };

class Expansion {
  #at = 0;

  constructor(
    private readonly characters: readonly string[],
    private readonly lookUp: (name: string) => string | undefined,
    private readonly escapeToken: string,
    private readonly quotes: boolean,
  ) {}

  /** To the end, or to `stop` and over it. */
  until(stop: string | undefined, escapes = plain): string {
    let result = '';
    for (;;) {
      const character = this.#next();
      if (character === undefined) break;
      if (character === stop) return result;
      if (character === '$') result += this.#dollar();
      else if (character === "'" && this.quotes) result += this.#single(escapes);
      else if (character === '"' && this.quotes) result += this.#double(escapes);
      else if (character === this.escapeToken) {
        if (escapes.kept) result += character;
        result += this.#next() ?? '';
      } else result += character;
    }
    if (stop !== undefined) throw new Error(`\${...} is not closed: ${stop} is missing`);
    return result;
  }

  #peek(): string | undefined {
    return this.characters[this.#at];
  }

  #next(): string | undefined {
    return this.characters[this.#at++];
  }

  #single({ doubled }: Escapes): string {
    let result = '';
    for (let character = this.#next(); character !== "'"; character = this.#next()) {
      if (character === undefined) throw new Error("the quote ' is not closed");
      result += doubled && character === this.escapeToken ? character + character : character;
    }
    return result;
  }

  #double({ kept }: Escapes): string {
    let result = '';
    for (let character = this.#next(); character !== '"'; character = this.#next()) {
      if (character === undefined) throw new Error('the quote " is not closed');
      if (character === '$') result += this.#dollar();
      else if (character !== this.escapeToken) result += character;
      else if (this.#peek() !== undefined) {
        // Before anything else, a \ in double quotes stands for itself.
        const escapes = ['"', '$', this.escapeToken].includes(this.#peek() as string);
        if (kept) result += character;
        result += escapes ? this.#next() : character;
      }
    }
    return result;
  }

  /** Behind `$`. */
  #dollar(): string {
    if (this.#peek() !== '{') {
      const name = this.#name();
      return name === '' ? '$' : (this.lookUp(name) ?? '');
    }
    this.#next();
    if (['{', '}', ':', undefined].includes(this.#peek())) throw new Error('${ is not followed by a name');
    const name = this.#name();
    const value = this.lookUp(name);
    let operator = this.#next();
    if (operator === '}') return value ?? '';
    if (operator === '/') return this.#replaced(value ?? '');
    const colon = operator === ':';
    if (colon) operator = this.#next();
    const isKnown = operator !== undefined && (colon ? '+-?' : '+-?#%').includes(operator);
    if (!isKnown) throw new Error(`\${${name}${colon ? ':' : ''}${operator ?? ''} is no form of a variable`);
    const forPattern = operator === '#' || operator === '%';
    const word = this.until('}', { kept: forPattern, doubled: forPattern });
    const isMissing = value === undefined || (colon && value === '');
    if (operator === '-') return isMissing ? word : value;
    if (operator === '+') return isMissing ? '' : word;
    if (operator === '?') {
      if (isMissing)
        throw new Error(`${name}: ${word || `must ${value === undefined ? 'have a value' : 'not be empty'}`}`);
      return value;
    }
    const longest = word[0] === operator;
    return (operator === '#' ? trimPrefix : trimSuffix)(value ?? '', longest ? word.slice(1) : word, longest);
  }

  #replaced(value: string): string {
    const everywhere = this.#peek() === '/';
    if (everywhere) this.#next();
    const pattern = this.until('/', { kept: true, doubled: true });
    const text = this.until('}', { kept: true, doubled: false });
    return replaceFirst(value, pattern, text, everywhere);
  }

  #name(): string {
    const rest = this.characters.slice(this.#at).join('');
    const [name = ''] = /^(\p{Nd}+|[@*#?$!-]|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(rest) ?? [];
    this.#at += [...name].length;
    return name;
  }
}
