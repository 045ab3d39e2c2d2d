/** Cuts a Kubefile into logical lines: comments dropped, continuations joined, every character's place remembered. */
import type { SourcePosition } from '../errors/sealer-error.js';

export interface LogicalLine {
  keyword: string;
  /** What follows the keyword, continuations joined by nothing, surrounding blanks removed. */
  rest: string;
  position: SourcePosition;
  /** Place of a character of `rest`. */
  positionAt(offset: number): SourcePosition;
}

/** @param file name for messages */
export function lex(text: string, file: string): LogicalLine[] {
  const lines = text.split(/\r?\n/);
  const escapeBy = escapeCharacter(lines);
  const result: LogicalLine[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    if (isSkipped(lines[index] as string)) continue;
    const characters: { character: string; line: number; column: number }[] = [];
    for (;;) {
      const raw = lines[index] ?? '';
      const continued = raw.trimEnd().endsWith(escapeBy);
      const part = continued ? raw.trimEnd().slice(0, -1) : raw;
      for (const [column, character] of [...part].entries())
        characters.push({ character, line: index + 1, column: column + 1 });
      if (!continued) break;
      // Comments and empty lines inside a continued instruction are passed over, as docker does.
      do index += 1;
      while (index < lines.length && isSkipped(lines[index] as string));
      if (index >= lines.length) break;
    }
    const first = characters.findIndex(({ character }) => !/\s/.test(character));
    let end = first;
    while (end < characters.length && !/\s/.test(characters[end]?.character as string)) end += 1;
    let start = end;
    while (start < characters.length && /\s/.test(characters[start]?.character as string)) start += 1;
    const at = (offset: number): SourcePosition => {
      const place = characters[Math.min(offset, characters.length - 1)];
      return { file, line: place?.line ?? 1, column: place?.column ?? 1 };
    };
    const join = (from: number, to?: number) =>
      characters
        .slice(from, to)
        .map(({ character }) => character)
        .join('');
    result.push({
      keyword: join(first, end),
      rest: join(start).trimEnd(),
      position: at(first),
      positionAt: (offset) => at(start + offset),
    });
  }
  return result;
}

function isSkipped(line: string): boolean {
  const trimmed = line.trim();
  return trimmed === '' || trimmed.startsWith('#');
}

/** `# escape=` counts only in the comments at the very top. */
function escapeCharacter(lines: readonly string[]): string {
  for (const line of lines) {
    const match = /^\s*#\s*([a-zA-Z]+)\s*=\s*(\S+)\s*$/.exec(line);
    if (!match) break;
    if (match[1]?.toLowerCase() === 'escape' && (match[2] === '`' || match[2] === '\\')) return match[2];
  }
  return '\\';
}
