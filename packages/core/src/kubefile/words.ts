/** Splits what follows a keyword into words: quotes, backslash escapes, --flags and JSON lists. */
export interface Word {
  text: string;
  offset: number;
  /** In single quotes: no variables are replaced in it. */
  literal: boolean;
}

/** Words separated by blanks. Quotes group and are removed; in double quotes and outside, `\` escapes. */
export function splitWords(text: string): Word[] {
  const words: Word[] = [];
  let index = 0;
  while (index < text.length) {
    while (index < text.length && /\s/.test(text[index] as string)) index += 1;
    if (index >= text.length) break;
    const offset = index;
    let word = '';
    let quoted = '';
    let literal = true;
    let any = false;
    while (index < text.length && (quoted || !/\s/.test(text[index] as string))) {
      const character = text[index] as string;
      if (quoted === "'" ? character === "'" : quoted && character === '"') quoted = '';
      else if (!quoted && (character === "'" || character === '"')) quoted = character;
      else if (character === '\\' && quoted !== "'" && index + 1 < text.length) {
        // Kept before `$`, so that substitution sees that it is escaped.
        const next = text[index + 1] as string;
        word += next === '$' ? '\\$' : next;
        index += 1;
      } else word += character;
      if (quoted !== "'" && character !== "'") literal = false;
      any = true;
      index += 1;
    }
    if (any) words.push({ text: word, offset, literal });
  }
  return words;
}

/** A JSON list of strings, or undefined when the text is none. */
export function jsonList(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? (value as string[]) : undefined;
  } catch {
    return undefined;
  }
}

export interface Flags {
  flags: Map<string, { value: string; offset: number }>;
  rest: Word[];
}

/** Takes the leading `--name=value` words off. */
export function takeFlags(words: readonly Word[]): Flags {
  const flags = new Map<string, { value: string; offset: number }>();
  let index = 0;
  for (; index < words.length; index += 1) {
    const word = words[index] as Word;
    if (!word.text.startsWith('--')) break;
    const equals = word.text.indexOf('=');
    const name = equals < 0 ? word.text.slice(2) : word.text.slice(2, equals);
    flags.set(name, { value: equals < 0 ? '' : word.text.slice(equals + 1), offset: word.offset });
  }
  return { flags, rest: words.slice(index) };
}
