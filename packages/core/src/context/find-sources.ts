/**
 * Which files of the context a source names, as docker looks them up: wildcards match, and a link that is named, or lies
 * on the way, is followed with the context as its root; what is not in the context is not there.
 */
import { readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { contextErrors } from './context-errors.js';
import type { Context, ContextFile } from './context-files.js';
import { globPattern, isGlob } from './glob.js';

export interface FoundSource {
  /** As it was named, or matched: what it is called below a folder. */
  name: string;
  /** A file, or a folder with what is in it; none for the context itself. */
  file: ContextFile | undefined;
  /** Of a folder, by paths below it; parents before what is in them. */
  below: { path: string; file: ContextFile; target: string | undefined }[];
}

interface ContextIndex {
  files: ReadonlyMap<string, ContextFile>;
  links: ReadonlyMap<string, string>;
}

const mostLinks = 255;
const indexes = new WeakMap<Context, Promise<ContextIndex>>();

/** @throws BUILD_SOURCE_MISSING, BUILD_PATH_OUTSIDE */
export async function findSources(context: Context, source: string): Promise<FoundSource[]> {
  const index = await indexOf(context);
  const path = posix.normalize(source.replace(/^\/+/, '') || '.').replace(/\/+$/, '');
  if (path === '..' || path.startsWith('../')) throw contextErrors.BUILD_PATH_OUTSIDE({ path: source });
  const matches = isGlob(path) ? matching(path, context, index, source) : [path];
  return matches.map((match) => {
    const found = follow(match, index, source);
    const file = index.files.get(found);
    if (found !== '' && !file) {
      const leads = found === match ? undefined : found;
      throw contextErrors.BUILD_SOURCE_MISSING({ source: match, leads, ignored: context.isIgnored(found) });
    }
    const isFolder = !file || file.stats.isDirectory();
    return { name: posix.basename(match), file, below: isFolder ? filesBelow(found, context, index) : [] };
  });
}

function matching(glob: string, context: Context, index: ContextIndex, source: string): string[] {
  const parts = glob.split('/');
  const first = parts.findIndex(isGlob);
  const folder = follow(parts.slice(0, first).join('/'), index, source);
  const pattern = globPattern(parts.slice(first).join('/'));
  const prefix = folder === '' ? '' : `${folder}/`;
  const found = context.files
    .map(({ path }) => path)
    .filter((path) => path.startsWith(prefix) && pattern?.test(path.slice(prefix.length)));
  if (!found.length) throw contextErrors.BUILD_SOURCE_MISSING({ source, leads: undefined, ignored: false });
  return found;
}

/** '' for the context itself. */
function follow(path: string, { links }: ContextIndex, source: string): string {
  const rest = path.split('/').reverse();
  const done: string[] = [];
  for (let followed = 0; rest.length > 0; ) {
    const part = rest.pop() as string;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      done.pop();
      continue;
    }
    done.push(part);
    const target = links.get(done.join('/'));
    if (target === undefined) continue;
    followed += 1;
    if (followed > mostLinks) throw contextErrors.BUILD_SOURCE_LOOP({ source });
    done.pop();
    if (target.startsWith('/')) done.length = 0;
    rest.push(...target.split('/').reverse());
  }
  return done.join('/');
}

function filesBelow(folder: string, context: Context, { links }: ContextIndex): FoundSource['below'] {
  const prefix = folder === '' ? '' : `${folder}/`;
  return context.files
    .filter(({ path }) => path.startsWith(prefix))
    .map((file) => ({ path: file.path.slice(prefix.length), file, target: links.get(file.path) }));
}

function indexOf(context: Context): Promise<ContextIndex> {
  const known = indexes.get(context);
  if (known) return known;
  const made = (async () => {
    const links = context.files.filter(({ stats }) => stats.isSymbolicLink());
    const targets = await Promise.all(
      links.map(async ({ path, absolute }) => [path, await readlink(absolute)] as const),
    );
    return { files: new Map(context.files.map((file) => [file.path, file])), links: new Map(targets) };
  })();
  indexes.set(context, made);
  return made;
}
