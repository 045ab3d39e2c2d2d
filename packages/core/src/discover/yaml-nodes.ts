/** Reading the node tree of a YAML document: aliases followed, numbers as they are written. */
import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';

/** What an alias stands for; the node itself otherwise. */
export function resolved(node: unknown, document: Document): Node | undefined {
  if (isAlias(node)) return node.resolve(document) as Node | undefined;
  return (node as Node | undefined) ?? undefined;
}

/** Key, the node as it stands (for its line) and what it stands for. */
export interface Entry {
  key: string;
  value: Node;
}

/** Mappings can be merged into each other in a circle. */
const deepestMerge = 8;

/** The entries of a mapping, those of merged mappings (`<<: *base`) last. */
export function entriesOf(map: YAMLMap, document: Document, depth = 0): Entry[] {
  const own: Entry[] = [];
  const merged: Entry[] = [];
  for (const pair of map.items) {
    if (!isPair(pair)) continue;
    const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
    const value = resolved(pair.value, document);
    if (!value) continue;
    if (key !== '<<') own.push({ key, value });
    else
      for (const base of isSeq(value) ? value.items : [value]) {
        const from = resolved(base, document);
        if (isMap(from) && depth < deepestMerge) merged.push(...entriesOf(from, document, depth + 1));
      }
  }
  return merged.length ? [...own, ...merged.filter(({ key }) => !own.some((one) => one.key === key))] : own;
}

export function itemsOf(node: unknown, document: Document): Node[] {
  const list = resolved(node, document);
  if (!isSeq(list)) return [];
  return list.items.map((item) => resolved(item, document)).filter((item): item is Node => item !== undefined);
}

/** The text of a scalar: `1.10` stays `1.10`. Undefined for anything else, and for nothing. */
export function textOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null || node.value === undefined) return undefined;
  if (typeof node.value === 'string') return node.value;
  return typeof node.value === 'number' ? (node.source ?? String(node.value)) : undefined;
}
