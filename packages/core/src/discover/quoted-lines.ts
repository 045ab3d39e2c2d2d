/**
 * Quoted texts over several lines, of which the later ones stand no further right than their key: the letter of YAML
 * forbids it, and kubectl, helm and libyaml read it. Joined, every parser does.
 */

const opened = /^(?:.*?(?::|-)\s+)(?:"(?:[^"\\]|\\.)*|'(?:[^']|'')*)$/;
const closing = { '"': /^(?:[^"\\]|\\.)*"/, "'": /^(?:[^']|'')*'(?!')/ };
const mostLines = 200;
/** Longer ones are data. */
const longestLine = 4096;

/** The same number of lines, so that places stay right. Undefined when there are none. */
export function withQuotedLinesJoined(text: string): string | undefined {
  const lines = text.split('\n');
  let joined = 0;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] as string;
    if (line.length > longestLine || /^\s*#/.test(line) || !opened.test(line)) continue;
    const quote = /(?::|-)\s+(["'])/.exec(line)?.[1] as '"' | "'" | undefined;
    if (!quote) continue;
    const end = lines.slice(at + 1, at + 1 + mostLines).findIndex((next) => closing[quote].test(next));
    if (end < 0) continue;
    const more = lines.slice(at + 1, at + 2 + end).map((next) => next.trim());
    lines.splice(at, more.length + 1, [line, ...more].join(' '), ...more.map(() => ''));
    at += more.length;
    joined += 1;
  }
  return joined > 0 ? lines.join('\n') : undefined;
}
