/**
 * YAML from anywhere: values with the place of every field, and everything that is wrong with the text. Whatever it
 * holds (aliases that lead nowhere or in circles, aliases of aliases, thousands of levels), it ends, and throws nothing.
 */
import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node, parseAllDocuments } from 'yaml';
import { mostLevels, placeAt, type TextFault, type TextPlace } from './place.js';
import { shapeFault } from './yaml-shape.js';

/** Of one document: a file of another kind is wrong everywhere. */
const mostFaults = 20;
/** A text of 2 MiB has fewer: only aliases of aliases come to more. */
const mostValues = 2 ** 21;
/** Each is looked up among all of them. */
const mostAliases = 5000;

export interface YamlDocument {
  value: unknown;
  /** Place of a field, by its path; of the nearest parent that is there. */
  at(path: readonly (string | number)[]): TextPlace;
}

export interface YamlText {
  /** Those without a fault; empty ones have the value null. */
  documents: YamlDocument[];
  faults: TextFault[];
}

export function readYaml(given: string): YamlText {
  const text = given.replace(/^\ufeff/, '');
  const fault = shapeFault(text);
  if (fault) return { documents: [], faults: [fault] };
  // The parser's own counter stops where it gave up.
  const place = (offset: number): TextPlace => placeAt(text, Math.min(offset, text.length));
  const result: YamlText = { documents: [], faults: [] };
  let parsed: Document.Parsed[];
  try {
    // `<<` is what Go's YAML reads as well.
    parsed = parseAllDocuments(text, {
      merge: true,
      logLevel: 'silent',
      prettyErrors: false,
    }) as Document.Parsed[];
  } catch (cause) {
    return { documents: [], faults: [{ line: 1, column: 1, reason: (cause as Error).message }] };
  }
  for (const document of parsed) {
    const faults: TextFault[] = [...document.errors, ...document.warnings]
      .slice(0, mostFaults)
      .map(({ message, pos }) => ({ ...place(pos[0]), reason: message }));
    const start = isNode(document.contents) ? (document.contents.range?.[0] ?? 0) : 0;
    if (faults.length === 0)
      for (const [node, reason] of doubtful(document)) faults.push({ ...place(node.range?.[0] ?? start), reason });
    if (faults.length > 0) {
      result.faults.push(...faults);
      continue;
    }
    try {
      const value: unknown = document.toJS({ maxAliasCount: -1 });
      result.documents.push({ value, at: (path) => place(offsetOf(document, path) ?? start) });
    } catch (cause) {
      result.faults.push({ ...place(start), reason: (cause as Error).message });
    }
  }
  return result;
}

/** What parses and still has no value that could be worked with. */
function doubtful(document: Document.Parsed): [Node, string][] {
  const found: [Node, string][] = [];
  /** Of collections that are read to their end: levels below, and values with all that aliases stand for. */
  const measured = new Map<Node, Measure>();
  /** As they stand at this place: a name may be given again. */
  const anchors = new Map<string, Node>();
  let aliases = 0;
  const walk = (node: unknown, around: readonly Node[]): Measure => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      aliases += 1;
      if (aliases === mostAliases + 1) found.push([node, `more than ${mostAliases} aliases`]);
      const measure = (target && measured.get(target)) ?? { height: 0, values: 1 };
      if (!target) found.push([node, `there is no anchor &${node.source} before this alias`]);
      else if (around.includes(target)) found.push([node, `the alias *${node.source} stands in what it means itself`]);
      else if (around.length + measure.height > mostLevels)
        found.push([node, `more than ${mostLevels} levels of mappings and lists`]);
      return measure;
    }
    if (isNode(node) && node.anchor) anchors.set(node.anchor, node);
    if (isScalar(node)) {
      if (typeof node.value === 'number' && isInexact(node.value, node.source))
        found.push([node, 'the number is too large to be kept as it is; write it in quotes']);
      return { height: 0, values: 1 };
    }
    if (!isMap(node) && !isSeq(node)) return { height: 0, values: 1 };
    const within = [...around, node];
    const measure = { height: 0, values: 1 };
    for (const item of node.items)
      for (const part of isPair(item) ? [item.key, item.value] : [item]) {
        const { height, values } = walk(part, within);
        measure.height = Math.max(measure.height, height + 1);
        measure.values += values;
      }
    // The key `<<` is a symbol to the parser.
    for (const { key, value } of isMap(node) ? node.items : [])
      if (isScalar(key) && typeof key.value === 'symbol' && !isMergeable(value, anchors))
        found.push([key, 'what << takes in is no mapping']);
    if (measure.values > mostValues && found.length === 0)
      found.push([node, 'its aliases stand for far more than the text itself']);
    measured.set(node, measure);
    return measure;
  };
  walk(document.contents, []);
  return found.slice(0, mostFaults);
}

interface Measure {
  height: number;
  values: number;
}

function isMergeable(value: unknown, anchors: ReadonlyMap<string, Node>): boolean {
  const node = isAlias(value) ? anchors.get(value.source) : value;
  return isMap(node) || (isSeq(node) && node.items.every((item) => !isSeq(item) && isMergeable(item, anchors)));
}

function isInexact(value: number, source: string | undefined): boolean {
  if (Number.isInteger(value)) return !Number.isSafeInteger(value);
  return !Number.isFinite(value) && !/^[-+]?\.(inf|nan)$/i.test(source ?? '');
}

/** The key's place when the last part names one; the parent's otherwise. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const items = (parent as { items?: unknown[] } | undefined)?.items ?? [];
    const item =
      typeof key === 'number'
        ? items[key]
        : items.find((candidate) => isPair(candidate) && String(candidate.key) === key);
    const node = isPair(item) ? item.key : item;
    const range = (node as { range?: [number, number, number] } | undefined)?.range;
    if (range) return range[0];
  }
  return undefined;
}
