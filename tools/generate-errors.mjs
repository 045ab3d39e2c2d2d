// Writes docs/errors.md from the errors that core and the plugins declare. Works on what `npm run build` made.
// With --check it only says whether the page is stale (exit 1).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, writePage } from './formatted-page.mjs';

function compiledErrors(directory) {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('-errors.js'))
    .map((entry) => join(entry.parentPath, entry.name));
}
const folders = [
  'packages/core',
  ...readdirSync(join(root, 'packages/plugins')).map((name) => `packages/plugins/${name}`),
];
for (const folder of folders)
  for (const file of compiledErrors(join(root, folder, 'dist'))) await import(pathToFileURL(file).href);
const { errorCatalog, ExitCode } = await import(pathToFileURL(join(root, 'packages/core/dist/index.js')).href);

const meaning = new Map(Object.entries(ExitCode).map(([name, value]) => [value, name]));
// A hint that depends on what was seen is shown with names in place of the values.
const names = new Proxy({}, { get: (_, key) => (typeof key === 'string' ? placeholder(key) : undefined) });
function placeholder(key) {
  const text = `<${key}>`;
  const list = [text];
  return new Proxy(list, {
    get: (value, name) => {
      if (name === Symbol.toPrimitive || name === 'toString') return () => text;
      if (name in Array.prototype || name === 'length' || typeof name === 'symbol') return value[name];
      return text;
    },
  });
}
const lines = [
  '# Errors',
  '',
  'Made by tools/generate-errors.mjs from the declarations in the sources. Every error has a code; the exit code of the process says what kind it is.',
  '',
  '| exit code | kind |',
  '| --- | --- |',
  ...[...meaning].map(([value, name]) => `| ${value} | ${name} |`),
  '',
];
const catalog = [...errorCatalog()].sort(([a], [b]) => (a < b ? -1 : 1));
for (const [code, { about, hint, exitCode }] of catalog) {
  const text = typeof hint === 'function' ? hint(names) : hint;
  lines.push(`## ${code}`, '', about, '', `Exit code ${exitCode}. What to do: ${text}.`, '');
}
await writePage('docs/errors.md', lines);
