/** Looks at YAML text before it is parsed: the parser goes down level by level, and ends the process when that is far. */
import { Lexer } from 'yaml';
import { mostLevels, placeAt, type TextFault } from './place.js';

/** More is no file that a person wrote or a program made to be read here. */
const mostCharacters = 2 * 2 ** 20;
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

export function shapeFault(text: string): TextFault | undefined {
  if (text.length > mostCharacters) return { line: 1, column: 1, reason: 'it has more than 2 MiB' };
  const control = unprintable.exec(text);
  if (control) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    return { ...placeAt(text, control.index), reason: `the control character U+${code} cannot be part of YAML` };
  }
  const deep = tooDeep(text);
  return deep === undefined
    ? undefined
    : { ...placeAt(text, deep), reason: `more than ${mostLevels} levels of mappings and lists` };
}

/** Where a level too many begins. */
export function tooDeep(text: string, most = mostLevels): number | undefined {
  let offset = 0;
  let lineStart = 0;
  let flow = 0;
  /** Columns at which the block collections around here begin; one begins on a new line, or behind `-` and `?`. */
  const columns: number[] = [];
  let opens = true;
  for (const token of new Lexer().lex(text)) {
    const first = token[0];
    // Marks of the lexer's own, which stand for no text.
    if (token.length === 1 && (first === '\u0002' || first === '\u0018' || first === '\u001f')) continue;
    if (first === '[' || first === '{') flow += 1;
    else if (first === ']' || first === '}') flow -= 1;
    else if (flow === 0 && opens && !/^[\s#]/.test(token)) {
      const column = offset - lineStart;
      while (columns.length > 0 && (columns.at(-1) as number) >= column) columns.pop();
      columns.push(column);
      opens = token === '-' || token === '?';
    }
    if (flow + columns.length > most) return offset;
    offset += token.length;
    const newline = token.lastIndexOf('\n');
    if (newline === -1) continue;
    lineStart = offset - (token.length - newline - 1);
    opens = true;
  }
  return undefined;
}
