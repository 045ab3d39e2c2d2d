/** COPY semantics: which files of the context go where (docker's rules for folders, globs and several sources). */

import { readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { contextErrors } from './context-errors.js';
import type { Context, ContextFile } from './context-files.js';
import { imagePath, type LayerEntry, layerEntry, type Ownership } from './layer-entry.js';

/** @throws BUILD_SOURCE_MISSING, BUILD_PATH_OUTSIDE */
export async function copySources(
  context: Context,
  sources: readonly string[],
  destination: string,
  ownership: Ownership,
): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  const into = destination.endsWith('/') || destination === '.' || destination.endsWith('/.') || sources.length > 1;
  const target = imagePath(destination);
  const add = async (path: string, file: ContextFile) => {
    const link = file.stats.isSymbolicLink() ? await readlink(file.absolute) : undefined;
    entries.push(layerEntry(path, file, link, ownership));
  };
  for (const source of sources) {
    const matches = matchSource(context, source);
    const many = matches.length > 1;
    for (const match of matches) {
      if (match === undefined || match.stats.isDirectory()) {
        // The contents of a folder are copied, not the folder.
        const prefix = match ? `${match.path}/` : '';
        for (const file of context.files) {
          if (file.path.startsWith(prefix)) await add(posix.join(target, file.path.slice(prefix.length)), file);
        }
      } else await add(into || many || target === '' ? posix.join(target, posix.basename(match.path)) : target, match);
    }
  }
  return entries;
}

/** `undefined` stands for the context itself. */
function matchSource(context: Context, source: string): (ContextFile | undefined)[] {
  const path = posix.normalize(source.replace(/^\/+/, '') || '.').replace(/\/+$/, '');
  if (path === '..' || path.startsWith('../')) throw contextErrors.BUILD_PATH_OUTSIDE({ path: source });
  if (path === '.') return [undefined];
  const isGlob = /[*?[]/.test(path);
  const pattern = isGlob ? globPattern(path) : undefined;
  const found = context.files.filter((file) => (pattern ? pattern.test(file.path) : file.path === path));
  if (!found.length) throw contextErrors.BUILD_SOURCE_MISSING({ source, ignored: !isGlob && context.isIgnored(path) });
  return found;
}

/** Go's filepath.Match, as docker uses it: `*` and `?` stay within a path component. */
function globPattern(glob: string): RegExp {
  let text = '';
  for (let index = 0; index < glob.length; index += 1) {
    const character = glob[index] as string;
    if (character === '*') text += '[^/]*';
    else if (character === '?') text += '[^/]';
    else if (character === '[') {
      const end = glob.indexOf(']', index + 2);
      if (end < 0) text += '\\[';
      else {
        text += `[${glob.slice(index + 1, end).replace(/\\/g, '\\\\')}]`;
        index = end;
      }
    } else text += character.replace(/[.+^$(){}|\\]/g, '\\$&');
  }
  return new RegExp(`^${text}$`);
}
