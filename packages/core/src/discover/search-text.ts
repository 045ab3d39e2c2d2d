/** Images that Kubernetes documents name, with their places. */

import { isMap, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { tooDeep } from '../text/yaml-shape.js';
import { couldBeImage, type Discovery, isComposedName, isTemplate } from './found-image.js';
import { SearchDocument } from './search-document.js';
import {
  type DocumentText,
  imageLines,
  imagesInSchema,
  isCustomResourceDefinition,
  mayNameImages,
  splitDocuments,
} from './split-documents.js';
import { withoutActions } from './template-text.js';

export interface SearchOptions {
  /** What an origin says. @param line from 1 @param source what helm says the document is made from */
  label(line: number, source: string | undefined): string;
  /** Takes images of test hooks as well. */
  tests?: boolean | undefined;
}

/** @param text YAML documents, JSON, or templates of either */
export function searchText(text: string, options: SearchOptions): Discovery {
  const found: Discovery = { images: [], suspects: [] };
  for (const document of splitDocuments(text)) {
    if (!mayNameImages(document.text)) continue;
    const { images, suspects } = isCustomResourceDefinition(document.text)
      ? searchSchema(document, options)
      : searchDeep(document, options);
    found.images.push(...images);
    found.suspects.push(...suspects);
  }
  return found;
}

function searchSchema({ text, line, source }: DocumentText, { label }: SearchOptions): Discovery {
  const suspects = imagesInSchema(text).map((found) => ({
    image: found.image,
    origin: label(line + found.line + 1, source),
    reason: 'elsewhere' as const,
  }));
  return { images: [], suspects };
}

/** Thousands of levels are beyond the parser, and no manifest. */
function searchDeep(document: DocumentText, options: SearchOptions): Discovery {
  try {
    return searchOne(document, options);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    return searchLines(document, options.label);
  }
}

function searchOne(document: DocumentText, { label, tests }: SearchOptions): Discovery {
  const { line, source } = document;
  const plain = parse(document.text);
  const parsed = plain ?? (document.text.includes('{{') ? parse(withoutActions(document.text)) : undefined);
  if (!parsed) return searchLines(document, label);
  const search = new SearchDocument(parsed.document, {
    originOf: (node) => label(line + parsed.lines.linePos(node.range?.[0] ?? 0).line, source),
    originAt: (node, below) => label(line + parsed.lines.linePos(node.range?.[0] ?? 0).line + below, source),
    tests,
  });
  search.visit(parsed.document.contents as Node);
  return search;
}

function parse(text: string) {
  // The parser ends the process on what is nested too deep.
  if (tooDeep(text) !== undefined) return undefined;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, logLevel: 'silent' });
  const { contents } = document;
  if (document.errors.length > 0 || !(isMap(contents) || isSeq(contents))) return undefined;
  return { document, lines };
}

function searchLines({ text, line, source }: DocumentText, label: SearchOptions['label']): Discovery {
  const found: Discovery = { images: [], suspects: [] };
  for (const { image, line: at } of imageLines(text)) {
    const origin = label(line + at + 1, source);
    if (isTemplate(image)) found.suspects.push({ image, origin, reason: 'template' });
    else if (couldBeImage(image) && isComposedName(image)) found.images.push({ image, origin });
  }
  return found;
}
