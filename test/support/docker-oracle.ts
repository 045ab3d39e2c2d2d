/** Asks docker's own code (docker-oracle/main.go) what it makes of ignore files and of words in a Dockerfile. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export type Question =
  | { text: string; paths: readonly string[] }
  | { word: string; env: readonly string[]; escape: string };

export interface Answer {
  error?: string;
  ignored: string[] | null;
  result: string;
}

const source = fileURLToPath(new URL('docker-oracle', import.meta.url));

/** One answer a question, in their order. */
export async function askDocker(questions: readonly Question[]): Promise<Answer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-oracle-'));
  try {
    const program = join(folder, 'oracle');
    const env = { PATH: `${process.env.PATH}:/usr/local/go/bin`, GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
    await execa('go', ['build', '-o', program, '.'], { cwd: source, env });
    const { stdout } = await execa(program, { input: questions.map((one) => JSON.stringify(one)).join('\n') });
    return stdout.split('\n').map((line) => JSON.parse(line) as Answer);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
