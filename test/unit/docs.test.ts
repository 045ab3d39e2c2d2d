/** Docs are true: links lead somewhere, commands and flags exist, tables equal the code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { phases } from '../../packages/core/src/workflow/phases.js';
import { product, root } from './sources.js';

function pages(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', '.git', 'context'].includes(entry.name)) return [];
    const path = join(directory, entry.name);
    return entry.isDirectory() ? pages(path) : entry.name.endsWith('.md') ? [path] : [];
  });
}
const texts = pages(root).map((path) => ({ path: relative(root, path), text: readFileSync(path, 'utf8') }));

test('links lead to files that are there', () => {
  const broken = texts.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1] as string)
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path} -> ${target}`),
  );
  expect(broken).toEqual([]);
});

test('the table of phases in docs/plugins.md is the one of the engine', () => {
  const rows = phases.map(({ name, scope, title, in: operations }) => [name, scope, title, operations.join(', ')]);
  const { text } = texts.find(({ path }) => path === 'docs/plugins.md')!;
  const table = [...text.matchAll(/^\| `([a-z-]+)` +\| (cluster|host) +\| ([^|]+) \| ([^|]+) \|$/gm)].map((match) =>
    match.slice(1, 5).map((cell) => cell.trim()),
  );
  expect(table).toEqual(rows);
});

test('lines of docs fit 120 columns', () => {
  const long = texts.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, at) => (line.length > 120 && !/\]\([^)]*$|https?:/.test(line) ? [`${path}:${at + 1}`] : [])),
  );
  expect(long).toEqual([]);
});

test('decisions that sources cite are there', () => {
  const cited = product.flatMap(({ path, text }) =>
    [...text.matchAll(/docs\/[\w/-]+\.md/g)].map(([page]) => ({ path, page })),
  );
  expect(cited.length).toBeGreaterThan(10);
  expect(cited.filter(({ page }) => !existsSync(join(root, page)))).toEqual([]);
});

test('decisions are numbered one by one', () => {
  const numbers = readdirSync(join(root, 'docs/decisions')).map((name) => Number(name.slice(0, 4)));
  expect(numbers.sort((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1));
});

test('commands that docs mention exist', () => {
  const commands = readdirSync(join(root, 'packages/cli/src/commands'), { withFileTypes: true }).map(({ name }) =>
    name.replace(/\.ts$/, ''),
  );
  // In code, that is: a line of prose may begin with the name of the project.
  const code = texts.flatMap(({ path, text }) =>
    [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```|^( {4}\S.*)$|`([^`\n]+)`/gm)].map(([, block, indented, inline]) => ({
      path,
      code: block ?? indented ?? inline ?? '',
    })),
  );
  const mentioned = code.flatMap(({ path, code }) =>
    [...code.matchAll(/^\s*(?:\$ )?sealer ([a-z]+)\b/gm)].map((match) => ({ path, command: match[1] as string })),
  );
  expect(mentioned.length).toBeGreaterThan(20);
  const words = new Set([...commands, 'runtime', 'packs', 'is', 'command']);
  expect(mentioned.filter(({ command }) => !words.has(command))).toEqual([]);
});
