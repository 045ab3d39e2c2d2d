/** The small text files that planning reads are copied into the image's config. */
import { readFile } from 'node:fs/promises';
import { clusterfileErrors } from '../cluster/clusterfile-errors.js';
import type { LayerEntry } from '../context/layer-entry.js';
import { documentLimit, isDocumentPath } from '../image/document-paths.js';
import { decodeText } from '../text/decode-text.js';

/** @throws CLUSTERFILE_UNREADABLE for one that is too large, CLUSTERFILE_YAML for bytes that are no text */
export async function readDocuments(entries: readonly LayerEntry[]): Promise<Record<string, string>> {
  const documents: Record<string, string> = {};
  for (const { kind, path, size, source } of entries) {
    if (kind !== 'file' || !isDocumentPath(path)) continue;
    if (size > documentLimit) {
      // Nothing would ever run it, and nobody would be told.
      if (path.startsWith('plugins/'))
        throw clusterfileErrors.CLUSTERFILE_UNREADABLE({
          file: path,
          reason: `it has more than ${documentLimit} bytes`,
        });
      continue;
    }
    const decoded = decodeText(await readFile(source as string));
    if ('text' in decoded) documents[path] = decoded.text;
    else {
      const { reason, ...place } = decoded.fault;
      throw clusterfileErrors.CLUSTERFILE_YAML({ reason }, { position: { file: path, ...place } });
    }
  }
  return documents;
}
