/** Splits what follows a keyword into words: quotes, backslash escapes, --flags and JSON lists. */
export interface Word {
  /** Without its quotes; for reading how an instruction is written. */
  text: string;
  /** As written: variables and quotes are replaced in it when the instruction is carried out (expand-word.ts). */
  raw: string;
  offset: number;
}

/** Words separated by blanks. Quotes group; in double quotes and outside, the escape character escapes. */
export function splitWords(line: string, escapeToken = '\\'): Word[] {
  const words: Word[] = [];
  let index = 0;
  while (index < line.length) {
    while (index < line.length && /\s/.test(line[index] as string)) index += 1;
    if (index >= line.length) break;
    const offset = index;
    let text = '';
    let quoted = '';
    while (index < line.length && (quoted || !/\s/.test(line[index] as string))) {
      const character = line[index] as string;
      if (quoted && character === quoted) quoted = '';
      else if (!quoted && (character === "'" || character === '"')) quoted = character;
      else if (character === escapeToken && quoted !== "'" && index + 1 < line.length) {
        index += 1;
        text += line[index];
      } else text += character;
      index += 1;
    }
    words.push({ text, raw: line.slice(offset, index), offset });
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

export interface Flag {
  value: string;
  /** As written: see {@link Word}. */
  raw: string;
  offset: number;
}

export interface Flags {
  flags: Map<string, Flag>;
  rest: Word[];
}

/** Takes the leading `--name=value` words off. */
export function takeFlags(words: readonly Word[]): Flags {
  const flags = new Map<string, Flag>();
  let index = 0;
  for (; index < words.length; index += 1) {
    const word = words[index] as Word;
    if (!word.text.startsWith('--')) break;
    const { offset } = word;
    const equals = word.text.indexOf('=');
    const name = equals < 0 ? word.text.slice(2) : word.text.slice(2, equals);
    const raw = word.raw.slice(word.raw.indexOf('=') + 1);
    flags.set(name, equals < 0 ? { value: '', raw: '', offset } : { value: word.text.slice(equals + 1), raw, offset });
  }
  return { flags, rest: words.slice(index) };
}
