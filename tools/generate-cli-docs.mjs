// Writes docs/cli.md from the commands themselves. Works on what `npm run build` made.
// With --check it only says whether the page is stale, or a command has no description or example (exit 1).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, writePage } from './formatted-page.mjs';

const { commands } = JSON.parse(readFileSync(join(root, 'packages/cli/oclif.manifest.json'), 'utf8'));
const problems = [];
const fill = (text) => text.replaceAll('<%= config.bin %>', 'sealer').replaceAll('<%= command.id %>', '');
const inLine = (text) => fill(text ?? '').replaceAll('\n', ' ');
const globalFlags = new Set(['json', 'quiet', 'debug', 'home']);

function flagItem([name, flag]) {
  const short = flag.char ? `-${flag.char}, ` : '';
  const value = flag.type === 'option' ? (flag.options ? ` ${flag.options.join('|')}` : ' VALUE') : '';
  const more = [
    flag.multiple ? 'may be given several times' : '',
    flag.default !== undefined && flag.type === 'option' ? `default ${flag.default}` : '',
    flag.required ? 'required' : '',
  ].filter(Boolean);
  if (!flag.description) problems.push(`--${name} has no description`);
  return `- \`${short}--${name}${value}\`: ${inLine(flag.description)}${more.length ? ` (${more.join(', ')})` : ''}`;
}

const lines = [
  '# Commands',
  '',
  'Made by tools/generate-cli-docs.mjs from the commands; `sealer COMMAND --help` says the same. Results go to standard output, all else to standard error.',
  'Exit codes: [errors.md](errors.md).',
  '',
  'Every command knows:',
  '',
];
const sorted = Object.values(commands).sort((a, b) => (a.id < b.id ? -1 : 1));
lines.push(
  ...Object.entries(commands.images.flags)
    .filter(([name]) => globalFlags.has(name))
    .map(flagItem),
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
    lines.push(
      ...Object.values(command.args).map((arg) => `- ${arg.name.toUpperCase()}: ${inLine(arg.description)}`),
      '',
    );
  }
  if (flags.length) lines.push(...flags.map(flagItem), '');
  lines.push(
    '```',
    ...(command.examples ?? []).map((one) => fill(typeof one === 'string' ? one : one.command)),
    '```',
    '',
  );
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
await writePage('docs/cli.md', lines);
