/** skopeo, as an independent reader and writer of what we store and send. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const aptScript = fileURLToPath(new URL('apt.sh', import.meta.url));

/** Installs it by apt-get when it is not there (root). */
export async function requireSkopeo(): Promise<void> {
  const found = await run('skopeo', ['--version']).catch(() => undefined);
  if (!found) await run(aptScript, ['install', 'skopeo']);
}

/** Standard output. The policy file of the distribution is not needed. */
export async function skopeo(...words: string[]): Promise<string> {
  const { stdout } = await run('skopeo', ['--insecure-policy', ...words], { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}
