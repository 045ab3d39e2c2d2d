/** The files of a build context, ignore files applied, in the bytewise order of their paths. */
import type { BigIntStats } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type ignoreType from '@balena/dockerignore';
import { buildErrors } from './build-errors.js';

// Its types announce a default export that its CommonJS does not have.
const dockerignore = createRequire(import.meta.url)('@balena/dockerignore') as typeof ignoreType.default;

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

/** @throws BUILD_CONTEXT_MISSING */
export async function readContext(directory: string): Promise<Context> {
  const rules = await ignoreRules(directory);
  const ignore = dockerignore().add(rules ?? []);
  const ignores = (path: string): boolean => {
    try {
      return ignore.ignores(path);
    } catch (cause) {
      const reason = `a rule of its ignore file is not understood (${(cause as Error).message})`;
      throw buildErrors.BUILD_CONTEXT_MISSING({ path: directory, reason }, { cause });
    }
  };
  const files: ContextFile[] = [];
  const hasExceptions = (rules ?? []).some((rule) => rule.startsWith('!'));
  const walk = async (folder: string): Promise<void> => {
    const names = await readdir(join(directory, folder)).catch((cause: Error) => {
      throw buildErrors.BUILD_CONTEXT_MISSING({ path: join(directory, folder), reason: cause.message }, { cause });
    });
    names.sort(bytewise);
    // All of a folder at once: one by one, an unchanged build is mostly waiting.
    const found = await Promise.all(names.map((name) => lstat(join(directory, folder, name), { bigint: true })));
    for (const [index, stats] of found.entries()) {
      const path = folder ? `${folder}/${names[index]}` : (names[index] as string);
      const ignored = ignores(path);
      const absolute = join(directory, path);
      if (stats.isDirectory()) {
        if (!ignored) files.push({ path, absolute, stats });
        // An exception may bring back something below an ignored folder.
        if (!ignored || hasExceptions) await walk(path);
      } else if (!ignored) files.push({ path, absolute, stats });
    }
  };
  await walk('');
  return { directory, files, hasIgnoreFile: rules !== undefined, isIgnored: ignores };
}

export function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function ignoreRules(directory: string): Promise<string[] | undefined> {
  for (const name of ['.sealerignore', '.dockerignore']) {
    const text = await readFile(join(directory, name), 'utf8').catch(() => undefined);
    if (text !== undefined)
      return text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line && !line.startsWith('#'));
  }
  return undefined;
}
