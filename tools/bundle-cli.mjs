// Writes packages/cli/dist: the commands with oclif and what it needs in a few files instead of two hundred, of which
// starting takes a third less time (docs/decisions/0017). Core and the plugins stay packages: plugins import core too.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'packages/cli');
const dist = join(cli, 'dist');
const filesBelow = (folder) =>
  (existsSync(folder) ? readdirSync(folder, { recursive: true }) : []).map((name) => join(folder, name));

for (const file of filesBelow(dist)) if (/\.(js|js\.map)$/.test(file)) rmSync(file);

const commands = filesBelow(join(cli, 'src/commands')).filter((file) => /(?<!\.test)\.ts$/.test(file));
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [join(cli, 'src/main.ts'), ...commands],
  outbase: join(cli, 'src'),
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // oclif asks for these in a developer's checkout of an oclif program, which this is not.
  external: ['@sealer/*', 'typescript', 'ts-node', 'tsx'],
  // What is inlined was written for require.
  banner: {
    js: `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = import.meta.dirname;`,
  },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

// What is inlined keeps its licences.
const packages = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
);
const notices = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : `Licence: ${license}`;
  return `${name} ${version}\n\n${text}\n`;
});
writeFileSync(join(dist, 'LICENSES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));
