// Writes packages/cli/oclif.manifest.json, so that the CLI need not load every command to know what there is.
// Part of `npm run build`; without the file, or after `tsc -b` alone, commands are still found, only slower.
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Plugin } from '../node_modules/@oclif/core/lib/config/index.js';

const root = fileURLToPath(new URL('../packages/cli', import.meta.url));
const file = `${root}/oclif.manifest.json`;
rmSync(file, { force: true });
const plugin = new Plugin({
  root,
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
});
await plugin.load();
writeFileSync(file, JSON.stringify(plugin.manifest));
