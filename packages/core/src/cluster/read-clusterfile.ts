import { readFile } from 'node:fs/promises';
import { decodeText } from '../text/decode-text.js';
import { clusterfileErrors } from './clusterfile-errors.js';

/** The text of a Clusterfile. @throws CLUSTERFILE_UNREADABLE; CLUSTERFILE_INVALID for bytes that are no text, with their place */
export async function readClusterfile(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: Error) => {
    throw clusterfileErrors.CLUSTERFILE_UNREADABLE({ file: path, reason: cause.message }, { cause });
  });
  const decoded = decodeText(bytes);
  if ('text' in decoded) return decoded.text;
  const { reason, ...place } = decoded.fault;
  const wrong = clusterfileErrors.CLUSTERFILE_YAML({ reason }, { position: { file: path, ...place } });
  throw clusterfileErrors.CLUSTERFILE_INVALID({ file: path, count: 1 }, { errors: [wrong] });
}
