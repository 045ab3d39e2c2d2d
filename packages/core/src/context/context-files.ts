/** The files of a build context, ignore files applied, in the bytewise order of their paths. */

import type { BigIntStats } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contextErrors } from './context-errors.js';
import { type FolderMatches, IgnoreRules, parseIgnoreFile } from './ignore-file.js';

export interface ContextFile {
  /** Below the context, with `/`. */
  path: string;
  absolute: string;
  stats: BigIntStats;
}

export interface Context {
  directory: string;
  files: ContextFile[];
  hasIgnoreFile: boolean;
  /** Paths an ignore file excludes, for messages. */
  isIgnored(path: string): boolean;
}

/** @throws BUILD_CONTEXT_MISSING, BUILD_IGNORE_INVALID, BUILD_IGNORE_UNREADABLE */
export async function readContext(directory: string): Promise<Context> {
  const given = await ignoreRules(directory);
  const rules = given ?? new IgnoreRules();
  const files: ContextFile[] = [];
  const walk = async (folder: string, above?: FolderMatches): Promise<void> => {
    const names = await readdir(join(directory, folder)).catch((cause: Error) => {
      throw contextErrors.BUILD_CONTEXT_MISSING({ path: join(directory, folder), reason: cause.message }, { cause });
    });
    names.sort(bytewise);
    // All of a folder at once: one by one, an unchanged build is mostly waiting.
    const found = await Promise.all(names.map((name) => statsOf(join(directory, folder, name))));
    for (const [index, stats] of found.entries()) {
      const path = folder ? `${folder}/${names[index]}` : (names[index] as string);
      const { ignored, matches } = rules.match(path, above);
      const absolute = join(directory, path);
      if (!stats) {
        if (ignored) continue;
        // Node has replaced the bytes that are none.
        if (path.includes('\uFFFD'))
          throw contextErrors.BUILD_FILE_UNSUPPORTED({ path: absolute, kind: 'name that is not UTF-8' });
        throw contextErrors.BUILD_CONTEXT_MISSING({
          path: absolute,
          reason: 'it went away while the context was read',
        });
      }
      if (stats.isDirectory()) {
        if (!ignored) files.push({ path, absolute, stats });
        if (!ignored || rules.hasExceptions) await walk(path, matches);
      } else if (!ignored) files.push({ path, absolute, stats });
    }
  };
  await walk('');
  return { directory, files, hasIgnoreFile: given !== undefined, isIgnored: (path) => rules.ignores(path) };
}

/** Undefined when it cannot be found by its name. */
async function statsOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw contextErrors.BUILD_CONTEXT_MISSING({ path, reason: message }, { cause });
  }
}

export function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Undefined without an ignore file. One that cannot be read is no empty one. */
async function ignoreRules(directory: string): Promise<IgnoreRules | undefined> {
  for (const name of ['.sealerignore', '.dockerignore']) {
    const path = join(directory, name);
    const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
      throw contextErrors.BUILD_IGNORE_UNREADABLE({ path, reason: cause.message }, { cause });
    });
    if (text !== undefined) return parseIgnoreFile(text, name);
  }
  return undefined;
}
