/** The product's sources and their imports, for tests about the repository as a whole. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  /** From the repository's root. */
  path: string;
  text: string;
  lines: number;
  imports: { target: string; typeOnly: boolean }[];
}

function walk(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist', 'testdata'].includes(entry.name) ? [] : walk(path);
    return /\.ts$/.test(entry.name) ? [path] : [];
  });
}

export const sources: Source[] = walk(join(root, 'packages')).map((file) => {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?:^|\n)\s*(import|export)\s+(type\s)?[^;]*?from '([^']+)'|import\('([^']+)'\)/g)];
  const imports = found.map((match) => {
    const name = match[3] ?? match[4] ?? '';
    const target = name.startsWith('.') ? relative(root, resolve(dirname(file), name)).replace(/\.js$/, '.ts') : name;
    return { target, typeOnly: match[2] !== undefined };
  });
  return { path: relative(root, file), text, lines: text.split('\n').length, imports };
});

export const product = sources.filter(({ path }) => !path.endsWith('.test.ts'));

export const within = (folder: string) => product.filter(({ path }) => path.startsWith(folder));
