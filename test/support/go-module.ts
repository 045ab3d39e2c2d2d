/** The files of a public Go module, fetched once by the go command into its own cache. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** @returns the folder; it is read-only */
export async function goModule(module: string, version: string): Promise<string> {
  // Outside of any module, so that no go.mod has a say.
  const cwd = await mkdtemp(join(tmpdir(), 'go-module-'));
  try {
    const { PATH = '' } = process.env;
    const env = { ...process.env, PATH: `${PATH}:/usr/local/go/bin`, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' };
    const { stdout } = await execa('go', ['mod', 'download', '-json', `${module}@${version}`], { cwd, env });
    return (JSON.parse(stdout) as { Dir: string }).Dir;
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
