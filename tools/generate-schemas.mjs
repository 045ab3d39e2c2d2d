// Copies the contracts in schemas/ into packages/core/src/generated/schemas.ts, so that the built package carries them.
// With --check it only says whether that file is stale (exit 1).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const target = new URL('packages/core/src/generated/schemas.ts', root);
const names = readdirSync(new URL('schemas', root))
  .filter((name) => name.endsWith('.schema.json'))
  .sort();
const camel = (name) => name.replace('.schema.json', '').replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const text = [
  '// Made by tools/generate-schemas.mjs from schemas/. Do not edit.',
  ...names.map((name) => {
    const schema = JSON.parse(readFileSync(new URL(`schemas/${name}`, root), 'utf8'));
    return `export const ${camel(name)}Schema: Record<string, unknown> = ${JSON.stringify(schema, undefined, 2)};`;
  }),
  '',
].join('\n\n');
const present = (() => {
  try {
    return readFileSync(target, 'utf8');
  } catch {
    return '';
  }
})();
if (process.argv.includes('--check')) {
  if (present !== text) {
    console.error('packages/core/src/generated/schemas.ts is stale: run node tools/generate-schemas.mjs');
    process.exit(1);
  }
} else writeFileSync(target, text);
