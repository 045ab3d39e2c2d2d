/** Where benchmarks keep what they make, and the programs they need. */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const cli = join(root, 'packages/cli/bin/run.js');
export const cache = join(process.env.SEALER_LAB_CACHE ?? join(homedir(), '.cache', 'sealer-lab'), 'bench');
mkdirSync(cache, { recursive: true });

/** Installs the packages of programs that are missing. */
export function need(...programs) {
  const missing = programs.filter((name) => execaSync('sh', ['-c', `command -v ${name}`], { reject: false }).failed);
  if (missing.length === 0) return;
  console.error(`installing ${missing.join(', ')} (apt-get)`);
  execaSync(join(root, 'test/support/apt.sh'), ['install', ...missing], { stdio: 'inherit' });
}

/** Environment of sealer with a home of its own. */
export const sealerEnv = (home) => ({ ...process.env, SEALER_HOME: home, CI: 'true' });
