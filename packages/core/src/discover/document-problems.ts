/** What is wrong with the YAML of a file as kubectl, kustomize and helm would read it, document by document. */
import { type Document, isScalar, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import type { DocumentProblem } from './document-text.js';
import { isPlainYaml } from './plain-yaml.js';
import { withQuotedLinesJoined } from './quoted-lines.js';
import { splitDocuments } from './split-documents.js';
import { withoutActions } from './template-text.js';

export interface DocumentProblems {
  /** The first mistake of each document. */
  wrong: DocumentProblem[];
  /** Keys that are there twice, where the later one counts. */
  twice: DocumentProblem[];
  /** Nothing but comments. */
  isEmpty: boolean;
  /** First lines of documents without the fields that every object has. */
  noObjects: number[];
}

/** @param isTemplate lines and words of a Go template are taken out of a document first */
export function documentProblems(text: string, isTemplate = false): DocumentProblems {
  const found: DocumentProblems = { wrong: [], twice: [], isEmpty: true, noObjects: [] };
  for (const document of splitDocuments(text)) {
    const plain = isTemplate ? withoutActions(document.text) : document.text;
    if (!/^[ \t]*[^\s#%]/m.test(plain)) continue;
    found.isEmpty = false;
    if (
      !['apiVersion', 'kind'].every((field) =>
        new RegExp(`^\\s*(-\\s+|\\{.*)?["']?${field}["']?\\s*:|[{,]\\s*["']?${field}["']?\\s*:`, 'm').test(plain),
      )
    )
      found.noObjects.push(
        document.line + 1 + (plain.slice(0, plain.search(/^[ \t]*[^\s#%]/m)).split('\n').length - 1),
      );
    if (isPlainYaml(plain)) continue;
    const { wrong, twice } = asReadByGo(plain);
    const inFile = (one: DocumentProblem) => ({ ...one, line: one.line + document.line });
    found.wrong.push(...wrong.slice(0, 1).map(inFile));
    found.twice.push(...twice.map(inFile));
  }
  return found;
}

/** With the one licence that Go's parser takes. */
function asReadByGo(text: string): ReturnType<typeof parsed> {
  const first = parsed(text);
  const joined = first.wrong.length > 0 ? withQuotedLinesJoined(text) : undefined;
  const second = joined === undefined ? first : parsed(joined);
  return second.wrong.length > 0 ? first : second;
}

/** One document of JSON, or several one after the other; undefined when it is right. */
export function jsonProblem(text: string): DocumentProblem | undefined {
  try {
    for (const piece of text.split(/(?<=^\})\s*\n(?=\{)/m)) JSON.parse(piece);
    return undefined;
  } catch {
    // kubectl reads what is no JSON as YAML.
    return parsed(text).wrong[0];
  }
}

function parsed(text: string): { wrong: DocumentProblem[]; twice: DocumentProblem[] } {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, logLevel: 'silent' });
    const said = ({ message, pos }: YAMLError): DocumentProblem => ({
      ...place(lines, pos[0]),
      reason: inWords(message),
    });
    const isTwice = ({ code }: YAMLError) => code === 'DUPLICATE_KEY';
    const wrong = document.errors.filter((one) => !isTwice(one) && !isHarmless(one)).map(said);
    const { contents } = document;
    const isText = isScalar(contents) && contents.value !== null;
    if (wrong.length === 0 && isText && contents.range)
      wrong.push({ ...place(lines, contents.range[0]), reason: 'a mapping is expected, and this is only a text' });
    const alias = wrong.length === 0 ? unknownAlias(document, lines) : undefined;
    return { wrong: alias ? [alias] : wrong, twice: document.errors.filter(isTwice).map(said) };
  } catch (cause) {
    // Thousands of levels are beyond the parser.
    if (!(cause instanceof RangeError)) throw cause;
    return { wrong: [{ line: 1, column: 1, reason: 'its collections go too deep to be read' }], twice: [] };
  }
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Without the place, which is said with the file, and without the lines that are shown below it. */
function inWords(message: string): string {
  const [first = ''] = message.split('\n');
  const said = first.replace(/:?( at line \d+, column \d+)?:?$/, '');
  return said.charAt(0).toLowerCase() + said.slice(1);
}

/** Go's parser does not mind: `a: "b"# why`. */
export function isHarmless({ message }: YAMLError): boolean {
  return message.startsWith('Comments must be separated');
}

function unknownAlias(document: Document, lines: LineCounter): DocumentProblem | undefined {
  let found: DocumentProblem | undefined;
  const known = new Set<string>();
  visit(document, {
    Node: (_, node) => {
      if ('anchor' in node && node.anchor) known.add(node.anchor);
    },
    Alias: (_, node) => {
      if (known.has(node.source)) return undefined;
      found = {
        ...place(lines, node.range?.[0] ?? 0),
        reason: `no anchor &${node.source} stands before *${node.source}`,
      };
      return visit.BREAK;
    },
  });
  return found;
}
