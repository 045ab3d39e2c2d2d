/**
 * Whether a text is YAML in the plain form that most manifests have, seen line by line: parsing thousands of them to know
 * that they are right would take longer than all else. A no means nothing; a yes is sure, and no key is there twice.
 */

/** A plain scalar: it begins as none of YAML's signs do, and holds nothing that ends it. */
const plain = String.raw`(?:[\w./+^=(<$~]|-(?=[\w./-]))(?:[^:#\t\u0000-\u001f\u007f-\u00a0]|:(?=[^\s])|(?<=\S)#)*`;
const quoted = String.raw`"[^"\\\t\u0000-\u001f]*"|'[^'\t\u0000-\u001f]*'`;
const flowWord = String.raw`(?:[\w./][\w./+=@-]*|${quoted})`;
const flowMap = String.raw`\{ ?(?:${flowWord}: ${flowWord}(?:, ?${flowWord}: ${flowWord})*)? ?\}`;
const flowList = String.raw`\[ ?(?:${flowWord}(?:, ?${flowWord})*)? ?\]`;
const value = new RegExp(`^(?:${quoted}|${flowMap}|${flowList})(?: +#.*)?$|^(?:${plain})(?: +#.*)?$`, 'u');
const keyed = /^("[\w./ -]+"|[A-Za-z0-9_./][\w./-]*):(?: +(.*))?$/;
const block = /^[|>][+-]?$/;
const oddLine = /[\t\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;

interface Level {
  indent: number;
  keys: Set<string> | undefined;
  /** Its last entry has no value yet. */
  open: boolean;
}

/** @param text one document, without a byte order mark and with \n */
export function isPlainYaml(text: string): boolean {
  const levels: Level[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = (lines[at] as string).trimEnd();
    if (oddLine.test(line)) return false;
    if (/^ *(#|$)/.test(line)) continue;
    const end = takeLine(levels, line);
    if (end === undefined) return false;
    if (end === 'block') {
      const next = afterBlock(lines, at + 1, levels.at(-1) as Level);
      if (next === undefined) return false;
      at = next - 1;
    }
  }
  return levels.length > 0;
}

function takeLine(levels: Level[], line: string): 'value' | 'block' | undefined {
  let column = line.length - line.trimStart().length;
  let rest = line.slice(column);
  const isItem = /^-(?: |$)/.test(rest);
  while (levels.length > 0 && (levels.at(-1) as Level).indent > column) levels.pop();
  // Items may stand as far left as the key they belong to; what follows them there is a key again.
  const [top, below] = [levels.at(-1), levels.at(-2)];
  if (!isItem && top && !top.keys && below?.indent === column && top.indent === column) levels.pop();
  for (;;) {
    const item = /^-( +|$)/.exec(rest);
    if (!item) break;
    if (!enter(levels, column, false)) return undefined;
    column += 1 + (item[1] ?? '').length;
    rest = rest.slice(item[0].length);
    if (rest === '') return 'value';
  }
  const [, key, text = ''] = keyed.exec(rest) ?? [];
  if (key === undefined) {
    const level = levels.at(-1);
    if (!isItem || !level) return undefined;
    level.open = false;
    return value.test(rest) ? 'value' : undefined;
  }
  if (!enter(levels, column, true)) return undefined;
  const level = levels.at(-1) as Level;
  const name = key.replace(/^"|"$/g, '');
  if (level.keys?.has(name)) return undefined;
  level.keys?.add(name);
  if (/^#|^$/.test(text)) return 'value';
  level.open = false;
  if (block.test(text)) return 'block';
  return value.test(text) ? 'value' : undefined;
}

/** Whether an entry may stand in a column; the last level is then the one it is in, and open. */
function enter(levels: Level[], column: number, isKey: boolean): boolean {
  const top = levels.at(-1);
  const same = top?.indent === column && (top.keys !== undefined) === isKey;
  if (same) {
    top.open = true;
    return true;
  }
  const isBelow = top
    ? top.open && (top.indent < column || (top.indent === column && !isKey))
    : // A text that is indented as a whole is left to the parser.
      column === 0;
  if (!isBelow) return false;
  if (top) top.open = false;
  levels.push({ indent: column, keys: isKey ? new Set() : undefined, open: true });
  return true;
}

/** The line after a block of text. */
function afterBlock(lines: readonly string[], from: number, { indent }: Level): number | undefined {
  let inner: number | undefined;
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at] as string;
    if (oddLine.test(line)) return undefined;
    const text = line.trimStart();
    const column = line.length - text.length;
    if (text === '') {
      if (inner === undefined && column > 0) return undefined;
      continue;
    }
    if (inner === undefined && column > indent) inner = column;
    if (inner === undefined || column < inner) return column <= indent ? at : undefined;
  }
  return lines.length;
}
