/** skopeo, as an independent reader and writer of what we store and send. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const aptScript = fileURLToPath(new URL('apt.sh', import.meta.url));

/** Installs it by apt-get when it is not there (root). */
export async function requireSkopeo(): Promise<void> {
  const found = await execa('skopeo', ['--version']).catch(() => undefined);
  if (!found) await execa(aptScript, ['install', 'skopeo']);
}

/** Standard output. The policy file of the distribution is not needed. */
export async function skopeo(...words: string[]): Promise<string> {
  const { stdout } = await execa('skopeo', ['--insecure-policy', ...words]);
  return stdout;
}
