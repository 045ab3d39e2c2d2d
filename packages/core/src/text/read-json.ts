/** JSON from anywhere: a value, or what is wrong with the text and where. */
import { mostLevels, placeAt, type TextFault } from './place.js';

export type JsonResult = { value: unknown; fault?: undefined } | { value?: undefined; fault: TextFault };

export function readJson(text: string): JsonResult {
  const deep = tooDeep(text);
  if (deep !== undefined)
    return { fault: { ...placeAt(text, deep), reason: `more than ${mostLevels} levels of objects and lists` } };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: faultOf(text) };
  }
}

/** Where a level too many begins: what is nested deeper cannot be written again, or compared. */
function tooDeep(text: string): number | undefined {
  let level = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === 0x5c) at += 1;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) {
      level += 1;
      if (level > mostLevels) return at;
    } else if (code === 0x7d || code === 0x5d) level -= 1;
  }
  return undefined;
}

const word = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true\b|false\b|null\b|[{}[\],:]/y;

/** JSON.parse does not say where in all versions of Node, and quotes the text, which may be a secret. */
function faultOf(text: string): TextFault {
  const open: string[] = [];
  let expected = 'value';
  let at = 0;
  for (;;) {
    while (at < text.length && ' \t\r\n'.includes(text[at] as string)) at += 1;
    const early = at === text.length && !(expected === 'end' && open.length === 0);
    if (early) return { ...placeAt(text, at), reason: 'it ends too early' };
    const end = text[at] === '"' ? endOfString(text, at) : endOfWord(text, at);
    const next =
      end === undefined || (expected === 'end' && open.length === 0)
        ? undefined
        : follow(text[at] as string, expected, open);
    if (next === undefined) return { ...placeAt(text, at), reason: 'it is no JSON from here on' };
    expected = next;
    at = end as number;
  }
}

function endOfWord(text: string, start: number): number | undefined {
  word.lastIndex = start;
  return word.test(text) ? word.lastIndex : undefined;
}

function endOfString(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return undefined;
    if (code !== 0x5c) continue;
    if (!/^(["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(text.slice(at + 1, at + 6))) return undefined;
    at += 1;
  }
  return undefined;
}

/** What may come after a word, by its first character; undefined when the word itself may not stand there. */
function follow(first: string, expected: string, open: string[]): string | undefined {
  const closes = (first === '}' && open.at(-1) === '{') || (first === ']' && open.at(-1) === '[');
  if (closes && /end|first/.test(expected)) {
    open.pop();
    return 'end';
  }
  if (expected === 'colon') return first === ':' ? 'value' : undefined;
  if (expected === 'end') {
    if (first !== ',') return undefined;
    return open.at(-1) === '{' ? 'name' : 'value';
  }
  if (expected === 'name' || (expected === 'first' && open.at(-1) === '{')) return first === '"' ? 'colon' : undefined;
  if (first === '{' || first === '[') {
    open.push(first);
    return 'first';
  }
  return /[}\],:]/.test(first) ? undefined : 'end';
}
