// Copies the contracts in schemas/ into packages/core/src/generated/: the schemas themselves, so that the built package
// carries them, and their TypeScript types. With --check it only says which file is stale (exit 1).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';

const root = new URL('..', import.meta.url);
const folder = new URL('packages/core/src/generated/', root);
const names = readdirSync(new URL('schemas', root))
  .filter((name) => name.endsWith('.schema.json'))
  .sort();
const camel = (name) => name.replace('.schema.json', '').replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const schemas = names.map((name) => [camel(name), JSON.parse(readFileSync(new URL(`schemas/${name}`, root), 'utf8'))]);

const made = '// Made by tools/generate-schemas.mjs from schemas/. Do not edit.';
const texts = {
  'schemas.ts': [
    made,
    ...schemas.map(
      ([name, schema]) =>
        `export const ${name}Schema: Record<string, unknown> = ${JSON.stringify(schema, undefined, 2)};`,
    ),
    '',
  ].join('\n\n'),
  'types.ts': [
    made,
    ...(await Promise.all(
      schemas.map(async ([name, schema]) => {
        const pascal = `${name[0].toUpperCase()}${name.slice(1)}`;
        // Definitions alone, as the Clusterfile's documents are, become members of one type.
        const { $id: _id, $defs, ...rest } = schema;
        const whole = rest.type || rest.oneOf ? { ...rest, $defs } : definitions($defs, schema.title);
        const text = await compile({ ...whole, title: `${pascal}Document` }, `${pascal}Document`, {
          bannerComment: '',
          format: false,
          ignoreMinAndMaxItems: true,
          additionalProperties: false,
        });
        // Every file of types is one module: names of definitions are told apart by their schema.
        return `export namespace ${pascal}Schema {\n${text.trim()}\n}`;
      }),
    )),
    '',
  ].join('\n\n'),
};

function definitions($defs, description) {
  return {
    type: 'object',
    description,
    properties: Object.fromEntries(Object.keys($defs).map((name) => [name, { $ref: `#/$defs/${name}` }])),
    required: Object.keys($defs),
    additionalProperties: false,
    $defs,
  };
}

let stale = false;
for (const [file, text] of Object.entries(texts)) {
  const target = new URL(file, folder);
  if (!process.argv.includes('--check')) {
    writeFileSync(target, text);
    continue;
  }
  let present = '';
  try {
    present = readFileSync(target, 'utf8');
  } catch {
    // Reported below.
  }
  if (present === text) continue;
  console.error(`packages/core/src/generated/${file} is stale: run node tools/generate-schemas.mjs`);
  stale = true;
}
if (stale) process.exit(1);
