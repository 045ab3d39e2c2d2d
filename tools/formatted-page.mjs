// Writes a generated page of docs/, formatted as the others are; with --check it only says whether the page is stale (exit 1).
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

export const root = fileURLToPath(new URL('..', import.meta.url));

export async function writePage(name, lines) {
  const target = join(root, name);
  const text = await format(lines.join('\n'), { ...(await resolveConfig(target)), filepath: target });
  if (!process.argv.includes('--check')) return writeFileSync(target, text);
  let present = '';
  try {
    present = readFileSync(target, 'utf8');
  } catch {
    // Reported as stale.
  }
  if (present === text) return;
  console.error(`${relative(root, target)} is stale: run npm run docs`);
  process.exitCode = 1;
}
