// Writes packages/*/src/generated/scripts.ts: the texts of the shell scripts (*.sh) of each package, so that what runs on
// hosts travels inside the built program. Comments stay behind; a line `. ./other.sh` becomes the text of that file, which
// then is no script of its own. With --check it only says which file is stale (exit 1).
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
const made = '// Made by tools/embed-scripts.mjs from the *.sh files of this package. Do not edit.';
const sourced = /^\. \.\/([\w-]+\.sh)$/;
const camel = (file) => basename(file, '.sh').replace(/-(.)/g, (_, letter) => letter.toUpperCase());

function readLines(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  const refuse = (why) => {
    console.error(`${relative(root, file)}: ${why}`);
    process.exit(1);
  };
  if (!/^#!\/bin\/(ba)?sh$|^# shellcheck shell=(ba)?sh$/.test(lines[0])) refuse('its first line names no shell');
  if (!/^# \w/.test(lines[1])) refuse('its second line does not say what it does');
  // Their lines may look like comments.
  if (lines.some((line) => /(?<!<)<<-?['"\w]/.test(line))) refuse('here-documents cannot be embedded');
  return lines;
}

function textOf(file) {
  return readLines(file)
    .filter((line) => line.trim() && !line.trim().startsWith('#'))
    .map((line) => {
      const name = sourced.exec(line)?.[1];
      return name ? textOf(join(dirname(file), name)) : `${line}\n`;
    })
    .join('');
}

function moduleOf(files) {
  const parts = new Set(
    files.flatMap((file) =>
      readLines(file)
        .map((line) => sourced.exec(line)?.[1])
        .filter(Boolean)
        .map((name) => join(dirname(file), name)),
    ),
  );
  const constants = new Map();
  for (const file of files.filter((path) => !parts.has(path))) {
    if (constants.has(camel(file))) {
      console.error(`${relative(root, file)}: the package has another script of this name`);
      process.exit(1);
    }
    const text = textOf(file).replace(/[\\`]|\$(?=\{)/g, '\\$&');
    constants.set(camel(file), `/** ${basename(file)} */\nexport const ${camel(file)} = \`${text}\`;`);
  }
  const sorted = [...constants].sort(([a], [b]) => (a < b ? -1 : 1));
  return [made, ...sorted.map(([, declaration]) => declaration), ''].join('\n\n');
}

const plugins = readdirSync(join(root, 'packages/plugins')).map((name) => `packages/plugins/${name}`);
let stale = false;
for (const folder of ['packages/core', 'packages/cli', ...plugins]) {
  const source = join(root, folder, 'src');
  const files = readdirSync(source, { recursive: true })
    .filter((name) => name.endsWith('.sh'))
    .map((name) => join(source, name));
  const target = join(source, 'generated/scripts.ts');
  const present = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
  const text = files.length ? moduleOf(files) : undefined;
  if (present === text) continue;
  if (check) console.error(`${relative(root, target)} is stale: run node tools/embed-scripts.mjs`);
  else if (text === undefined) rmSync(target);
  else {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  stale = true;
}
if (check && stale) process.exit(1);
