/** The small text files that planning reads are copied into the image's config. */
import { readFile } from 'node:fs/promises';
import type { LayerEntry } from './layer-entry.js';

const pattern = /^(plugins\/[^/]+\.ya?ml|etc\/[^/]+\.ya?ml|(etc|charts|manifests|network)\/(.*\/)?[^/]+\.tmpl)$/;
const maxBytes = 256 * 1024;

/** @param size in bytes */
export function isDocument(path: string, size: number): boolean {
  return pattern.test(path) && size <= maxBytes;
}

export async function readDocuments(entries: readonly LayerEntry[]): Promise<Record<string, string>> {
  const documents: Record<string, string> = {};
  for (const entry of entries) {
    if (entry.kind === 'file' && isDocument(entry.path, entry.size)) {
      documents[entry.path] = await readFile(entry.source as string, 'utf8');
    }
  }
  return documents;
}
