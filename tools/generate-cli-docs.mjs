// Writes docs/cli.md from the commands themselves. Works on what `npm run build` made.
// With --check it only says whether the page is stale, or a command has no description or example (exit 1).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'docs/cli.md');
const { commands } = JSON.parse(readFileSync(join(root, 'packages/cli/oclif.manifest.json'), 'utf8'));
const problems = [];
const fill = (text) => text.replaceAll('<%= config.bin %>', 'sealer').replaceAll('<%= command.id %>', '');
const cell = (text) =>
  fill(text ?? '')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ');
const globalFlags = new Set(['json', 'quiet', 'debug', 'home']);

function flagRow([name, flag]) {
  const short = flag.char ? `-${flag.char}, ` : '';
  const value = flag.type === 'option' ? (flag.options ? ` ${flag.options.join('\\|')}` : ' VALUE') : '';
  const more = [
    flag.multiple ? 'may be given several times' : '',
    flag.default !== undefined && flag.type === 'option' ? `default ${flag.default}` : '',
    flag.required ? 'required' : '',
  ].filter(Boolean);
  if (!flag.description) problems.push(`--${name} has no description`);
  return `| \`${short}--${name}${value}\` | ${cell(flag.description)}${more.length ? ` (${more.join(', ')})` : ''} |`;
}

const lines = [
  '# Commands',
  '',
  'Made by tools/generate-cli-docs.mjs from the commands; `sealer COMMAND --help` says the same. Results go to standard output, all else to standard error.',
  'Exit codes: [errors.md](errors.md).',
  '',
  '| every command knows | |',
  '| --- | --- |',
];
const sorted = Object.values(commands).sort((a, b) => (a.id < b.id ? -1 : 1));
lines.push(
  ...Object.entries(commands.images.flags)
    .filter(([name]) => globalFlags.has(name))
    .map(flagRow),
  '',
);
for (const command of sorted) {
  if (command.hidden) continue;
  const id = command.id.replaceAll(':', ' ');
  if (!command.description) problems.push(`${id} has no description`);
  if (!command.examples?.length) problems.push(`${id} has no example`);
  const args = Object.values(command.args).map((arg) =>
    arg.required ? arg.name.toUpperCase() : `[${arg.name.toUpperCase()}]`,
  );
  const flags = Object.entries(command.flags).filter(([name]) => !globalFlags.has(name));
  lines.push(`## sealer ${id}`, '', fill(command.description ?? ''), '', '```');
  lines.push(`sealer ${[id, ...args, flags.length ? '[FLAGS]' : ''].filter(Boolean).join(' ')}`, '```', '');
  if (args.length) {
    lines.push('| argument | |', '| --- | --- |');
    lines.push(
      ...Object.values(command.args).map((arg) => `| ${arg.name.toUpperCase()} | ${cell(arg.description)} |`),
      '',
    );
  }
  if (flags.length) lines.push('| flag | |', '| --- | --- |', ...flags.map(flagRow), '');
  lines.push(
    '```',
    ...(command.examples ?? []).map((one) => fill(typeof one === 'string' ? one : one.command)),
    '```',
    '',
  );
}
const text = lines.join('\n');
for (const problem of problems) console.error(problem);
if (process.argv.includes('--check')) {
  let present = '';
  try {
    present = readFileSync(target, 'utf8');
  } catch {
    // Reported as stale.
  }
  if (present !== text) console.error('docs/cli.md is stale: run npm run docs');
  if (present !== text || problems.length > 0) process.exit(1);
} else writeFileSync(target, text);
