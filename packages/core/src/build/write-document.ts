/** The text of a here-document as a file of this machine, found by its content. */
import { lstat, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContextFile } from '../context/context-files.js';
import { digestOf, hexOf } from '../image/digest.js';
import { temporaryName } from '../store/atomic-file.js';

/** @param directory of downloads, whose files are named by digest as well */
export async function writeDocument(name: string, text: string, directory: string): Promise<ContextFile> {
  const absolute = join(directory, `document-${hexOf(digestOf(text))}`);
  if (!(await lstat(absolute).catch(() => undefined))) {
    await mkdir(directory, { recursive: true });
    const work = temporaryName(directory, 'document');
    await writeFile(work, text, { mode: 0o644 });
    await rename(work, absolute);
  }
  return { path: name, absolute, stats: await lstat(absolute, { bigint: true }) };
}
