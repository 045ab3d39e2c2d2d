// Runs biome. Its programs are named one by one in package.json instead of through its wrapper package, whose list of
// platforms a registry mirror may not carry in full; npm ci then refuses the whole lockfile.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const program = createRequire(import.meta.url).resolve(`@biomejs/cli-linux-${process.arch}/biome`);
const { status } = spawnSync(program, process.argv.slice(2), { stdio: 'inherit' });
process.exit(status ?? 1);
