// Runs biome. Its programs are named one by one in package.json instead of through its wrapper package, whose list of
// platforms a registry mirror may not carry in full; npm ci then refuses the whole lockfile.
import { createRequire } from 'node:module';
import { execaSync } from 'execa';

const program = createRequire(import.meta.url).resolve(`@biomejs/cli-linux-${process.arch}/biome`);
const { exitCode = 1 } = execaSync(program, process.argv.slice(2), { stdio: 'inherit', reject: false });
process.exit(exitCode);
