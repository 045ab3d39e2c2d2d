/** Here-documents of RUN, COPY and ADD, read as BuildKit reads them: `<<EOF`, `<<-EOF` (tabs off), `<<"EOF"` (as it stands). */

export interface HereDocument {
  name: string;
  text: string;
  /** Variables are replaced in it. */
  expand: boolean;
}

export interface Marker {
  name: string;
  expand: boolean;
  /** `<<-`: tabs at the beginning of lines do not count. */
  chomp: boolean;
  offset: number;
}

/** The words of a line that announce a here-document; within quotes, or inside a word, it is text. */
export function heredocMarkers(line: string): Marker[] {
  return rawWords(line).flatMap(({ text, offset }) => {
    const marker = markerOf(text);
    return marker ? [{ ...marker, offset }] : [];
  });
}

export function markerOf(word: string): Omit<Marker, 'offset'> | undefined {
  const match = /^\d*<<(-?)([^<]+)$/.exec(word);
  if (!match || rawWords(word).length !== 1) return undefined;
  const [, dash, raw = ''] = match;
  const name = raw.replace(/\\(.)|["']/gs, '$1');
  return name === '' ? undefined : { name, expand: !/["']/.test(raw), chomp: dash === '-' };
}

/** `<<-`: without the tabs at the beginning of each line. */
export function chomped(text: string): string {
  return text.replace(/^\t+/gm, '');
}

/** Words with their quotes and backslashes. */
function rawWords(line: string): { text: string; offset: number }[] {
  return [...line.matchAll(/(?:\\.|"(?:\\.|[^"\\])*"?|'[^']*'?|[^\s"'\\]|\\$)+/gs)].map(({ 0: text, index }) => ({
    text,
    offset: index,
  }));
}
