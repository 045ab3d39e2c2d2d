/** Cuts a Kubefile into logical lines: comments dropped, continuations joined, every character's place remembered. */
import type { SourcePosition } from '../errors/sealer-error.js';
import { heredocMarkers, type Marker } from './here-documents.js';
import { keywords } from './instructions.js';
import { jsonList } from './words.js';

export interface LogicalLine {
  keyword: string;
  /** What follows the keyword, continuations joined by nothing, surrounding blanks removed. */
  rest: string;
  position: SourcePosition;
  /** `\\`, or what `# escape=` says. */
  escapeToken: string;
  /** Place of a character of `rest`. */
  positionAt(offset: number): SourcePosition;
  /** Here-documents that the line announces, with the text as it stands. */
  documents: (Marker & { text: string })[];
  /** What is wrong with the line as a whole. */
  problem?: { problem: string; expected: string; position: SourcePosition };
}

interface Placed {
  character: string;
  line: number;
  column: number;
}

interface Directives {
  escapeBy: string;
  problem?: { problem: string; expected: string; line: number };
}

const withDocuments = new Set(['RUN', 'COPY', 'ADD']);
const others = new Set<string>(keywords.filter((keyword) => !withDocuments.has(keyword)));

/** @param file name for messages */
export function lex(text: string, file: string): LogicalLine[] {
  // Here-documents keep the line ends that they have.
  const raw = text.replace(/^\uFEFF/, '').split('\n');
  const lines = raw.map((line) => line.replace(/\r$/, ''));
  const directives = readDirectives(lines);
  const result: LogicalLine[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    if (isSkipped(lines[index] as string)) continue;
    const characters: Placed[] = [];
    for (;;) {
      const { part, goesOn } = cut(lines[index] ?? '', directives.escapeBy);
      for (const [column, character] of [...part].entries())
        characters.push({ character, line: index + 1, column: column + 1 });
      if (!goesOn) break;
      // Comments and empty lines inside a continued instruction are passed over, as docker does.
      do index += 1;
      while (index < lines.length && isSkipped(lines[index] as string));
      if (index >= lines.length) break;
    }
    const line = logicalLine(characters, file, directives.escapeBy);
    if (line.keyword === '') continue;
    const keyword = line.keyword.toUpperCase();
    if (!jsonList(line.rest))
      for (const marker of heredocMarkers(line.rest)) {
        const end = endOf(marker, lines, index + 1);
        // Elsewhere it is one when it ends as one: what it holds is then no instruction.
        if (end === undefined && !withDocuments.has(keyword)) continue;
        if (others.has(keyword))
          line.problem = {
            problem: 'a here-document is given',
            expected: 'one line; here-documents are for RUN, COPY and ADD',
            position: line.positionAt(marker.offset),
          };
        const last = end ?? lines.length;
        line.documents.push({
          ...marker,
          text: raw
            .slice(index + 1, last)
            .map((one) => `${one}\n`)
            .join(''),
        });
        index = last;
        if (end === undefined)
          line.problem = {
            problem: `the here-document ${marker.name} has no end`,
            expected: `a line that holds ${marker.name} alone`,
            position: line.positionAt(marker.offset),
          };
      }
    result.push(line);
  }
  const [first] = result;
  if (directives.problem && first)
    first.problem ??= { ...directives.problem, position: { file, line: directives.problem.line, column: 1 } };
  return result;
}

function cut(line: string, escapeBy: string): { part: string; goesOn: boolean } {
  const trimmed = line.replace(/[ \t]+$/, '');
  // One that is escaped itself is a character of the line.
  const goesOn = trimmed.endsWith(escapeBy) && trimmed.at(-2) !== escapeBy;
  return { part: goesOn ? trimmed.slice(0, -1) : line, goesOn };
}

function endOf({ name, chomp }: Marker, lines: readonly string[], from: number): number | undefined {
  const at = lines.findIndex(
    (line, index) => index >= from && (chomp ? line.replace(/^\t+/, '') : line).replace(/\r+$/, '') === name,
  );
  return at < 0 ? undefined : at;
}

function logicalLine(characters: readonly Placed[], file: string, escapeToken: string): LogicalLine {
  const isBlank = (at: number) => /\s/.test(characters[at]?.character ?? 'x');
  let first = 0;
  while (isBlank(first)) first += 1;
  let end = first;
  while (end < characters.length && !isBlank(end)) end += 1;
  let start = end;
  while (start < characters.length && isBlank(start)) start += 1;
  const at = (offset: number): SourcePosition => {
    const place = characters[Math.min(offset, characters.length - 1)];
    return { file, line: place?.line ?? 1, column: place?.column ?? 1 };
  };
  const join = (from: number, to?: number) =>
    characters
      .slice(from, to)
      .map(({ character }) => character)
      .join('');
  return {
    keyword: join(first, end),
    rest: join(start).trimEnd(),
    position: at(first),
    escapeToken,
    positionAt: (offset) => at(start + offset),
    documents: [],
  };
}

function isSkipped(line: string): boolean {
  const trimmed = line.trim();
  return trimmed === '' || trimmed.startsWith('#');
}

/** `# escape=`, `# syntax=` and `# check=` count in the comments at the very top, each once. */
function readDirectives(lines: readonly string[]): Directives {
  const seen = new Set<string>();
  let escapeBy = '\\';
  for (const [index, line] of lines.entries()) {
    const match = /^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line);
    const name = match?.[1]?.toLowerCase() ?? '';
    if (!match || !['escape', 'syntax', 'check'].includes(name)) break;
    const fail = (problem: string, expected: string) => ({ escapeBy, problem: { problem, expected, line: index + 1 } });
    if (seen.has(name)) return fail(`# ${name}= is given twice`, 'each directive once');
    seen.add(name);
    if (name !== 'escape') continue;
    if (match[2] !== '`' && match[2] !== '\\') return fail(`# escape= is "${match[2]}"`, 'a backslash or a backtick');
    escapeBy = match[2];
  }
  return { escapeBy };
}
