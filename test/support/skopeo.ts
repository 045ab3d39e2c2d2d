/** skopeo, as an independent reader and writer of what we store and send. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Installs it by apt-get when it is not there (root). */
export async function requireSkopeo(): Promise<void> {
  const found = await run('skopeo', ['--version']).catch(() => undefined);
  if (!found) await run('apt-get', ['install', '-y', '--no-install-recommends', 'skopeo']);
}

/** Standard output. The policy file of the distribution is not needed. */
export async function skopeo(...words: string[]): Promise<string> {
  const { stdout } = await run('skopeo', ['--insecure-policy', ...words], { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}
