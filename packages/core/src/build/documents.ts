/** The small text files that planning reads are copied into the image's config. */
import { readFile } from 'node:fs/promises';
import type { LayerEntry } from '../context/layer-entry.js';
import { isDocument } from '../image/document-paths.js';

export async function readDocuments(entries: readonly LayerEntry[]): Promise<Record<string, string>> {
  const documents: Record<string, string> = {};
  for (const entry of entries) {
    if (entry.kind === 'file' && isDocument(entry.path, entry.size)) {
      documents[entry.path] = await readFile(entry.source as string, 'utf8');
    }
  }
  return documents;
}
