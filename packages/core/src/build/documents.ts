/** The small text files that planning reads are copied into the image's config. */
import { readFile } from 'node:fs/promises';
import type { LayerEntry } from './layer-entry.js';

const pattern = /^(plugins\/[^/]+\.ya?ml|etc\/[^/]+\.ya?ml|(etc|charts|manifests|network)\/(.*\/)?[^/]+\.tmpl)$/;
const maxBytes = 256 * 1024;

export async function readDocuments(entries: readonly LayerEntry[]): Promise<Record<string, string>> {
  const documents: Record<string, string> = {};
  for (const entry of entries) {
    if (entry.kind === 'file' && pattern.test(entry.path) && entry.size <= maxBytes) {
      documents[entry.path] = await readFile(entry.source as string, 'utf8');
    }
  }
  return documents;
}
