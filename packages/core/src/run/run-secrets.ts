/** Secrets a build is given: read once, in memory only, and taken out of whatever is printed. */
import { readFile } from 'node:fs/promises';
import { Secret } from '../secrets/secret.js';
import { runErrors } from './run-errors.js';

export interface SecretSource {
  id: string;
  file?: string | undefined;
  env?: string | undefined;
}

export interface BuildSecret {
  content: Buffer;
}

/** @throws RUN_SECRET_INVALID */
export async function readSecrets(sources: readonly SecretSource[]): Promise<Map<string, BuildSecret>> {
  const secrets = new Map<string, BuildSecret>();
  for (const source of sources) {
    const content = await readSecret(source);
    hide(content.toString('utf8'));
    secrets.set(source.id, { content });
  }
  return secrets;
}

async function readSecret({ id, file, env }: SecretSource): Promise<Buffer> {
  if (env !== undefined) {
    const value = process.env[env];
    if (value === undefined) throw runErrors.RUN_SECRET_INVALID({ id, reason: `there is no variable ${env}` });
    return Buffer.from(value);
  }
  return await readFile(file as string).catch((cause: Error) => {
    throw runErrors.RUN_SECRET_INVALID({ id, reason: cause.message }, { cause });
  });
}

/** Output comes by the line, so each line counts as a secret. */
function hide(text: string): void {
  for (const part of [text, text.trim(), ...text.split('\n').map((line) => line.trim())])
    if (part.length >= 6 || part === text.trim()) new Secret(part);
}
