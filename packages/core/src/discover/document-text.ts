/** The text of a file that has to be a document: what is no text, or too much of it, is said and not guessed at. */
import { readFile, stat } from 'node:fs/promises';

/** A hundred times the largest bundle of custom resource definitions; the parser needs many times that of memory. */
export const largestDocument = 32 * 1024 * 1024;

/** What is wrong with a document, and where; line and column from 1. */
export interface DocumentProblem {
  line: number;
  column: number;
  reason: string;
}

export type DocumentFile = { text: string; problem?: undefined } | { text?: undefined; problem: DocumentProblem };

export async function readDocument(source: string): Promise<DocumentFile> {
  const { size } = await stat(source);
  if (size > largestDocument)
    return problem(
      `it has ${Math.ceil(size / 1024 / 1024)} MiB, and more than ${largestDocument / 1024 / 1024} are not read`,
    );
  return textOfDocument(await readFile(source));
}

export function textOfDocument(bytes: Buffer): DocumentFile {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return problem('it is UTF-16, which kubectl does not read; write it as UTF-8');
  if (bytes.includes(0)) return problem('it is no text but binary', bytes.subarray(0, bytes.indexOf(0)));
  const text = bytes.toString('utf8');
  const wrong = text.includes('\uFFFD') ? notUtf8At(bytes) : undefined;
  if (wrong !== undefined)
    return problem(
      `the byte 0x${(bytes[wrong] as number).toString(16)} is no UTF-8; the file is of another encoding, or no text`,
      bytes.subarray(0, wrong),
    );
  return { text: text.replace(/^\uFEFF/, '').replace(/\r\n/g, '\n') };
}

function problem(reason: string, before: Buffer = Buffer.alloc(0)): DocumentFile {
  const lines = before.toString('utf8').split('\n');
  return { problem: { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, reason } };
}

/** Where what is decoded is not what was written. */
function notUtf8At(bytes: Buffer): number | undefined {
  const again = Buffer.from(bytes.toString('utf8'), 'utf8');
  if (again.equals(bytes)) return undefined;
  let at = 0;
  while (again[at] === bytes[at]) at += 1;
  // The first byte of the sequence that broke off, not the one at which it did.
  while (at > 0 && ((bytes[at] as number) & 0xc0) === 0x80 && (bytes[at - 1] as number) >= 0x80) at -= 1;
  return at;
}
