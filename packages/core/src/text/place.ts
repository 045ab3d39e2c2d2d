/** Places in texts. Line and column count from 1. */
export interface TextPlace {
  line: number;
  column: number;
}

/** What is wrong with a text, and where. The reason never quotes the text: it may hold a secret. */
export interface TextFault extends TextPlace {
  reason: string;
}

export function placeAt(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line += 1;
  return { line, column: offset - lineStart + 1 };
}

/** Objects and lists in each other, deeper than which nothing is that a person wrote. */
export const mostLevels = 200;
